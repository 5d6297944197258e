from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: Seconds in which a worker that read what was before a commit has noted what it found out.
SETTLED = 30
#: Registrants looked at in one job.
PART = 500


class SparSubmission(models.Model):
    """Rows whose registrants get another connection."""

    _inherit = "spar.submission"

    @api.model
    def _connection_changed(self, partners):
        """These registrants may be another connection's, whose ids have other prefixes."""
        self._waiting_go_over(partners)
        self._hold_for_new_id(partners)
        self._touch_on_the_way(partners)

    @api.model
    def _look_once_more(self, partners):
        """A job, written in this very transaction, for what was handed in and confirmed since this
        one began: it does not see that, and who confirmed it did not see what this one changes."""
        hooks, now = self.env.cr.precommit, self.env.cr.now()
        moved = hooks.data.setdefault("spar_moved", set())
        if not moved:
            hooks.add(self._look_once_more_later)
        # Of registrants who are created here nobody else knows.
        moved.update(partners.sudo().filtered(lambda partner: partner.create_date != now).ids)

    @api.model
    def _look_once_more_later(self):
        moved = sorted(self.env.cr.precommit.data.pop("spar_moved", ()))
        for start in range(0, len(moved), PART):
            part = self.env["res.partner"].browse(moved[start : start + PART]).exists()
            self.with_delay(
                channel="root.spar",
                eta=fields.Datetime.now() + timedelta(seconds=SETTLED),
                description="SPAR: look once more at registrants whose id or connection changed",
            )._look_once_more_job(part.ids, seen=self._confirmed_of_lines(part).ids)

    @api.model
    def _look_once_more_job(self, partner_ids, seen):
        """A job.

        :param partner_ids: registrants who may have got another id or connection
        :param seen: ids of the confirmed rows that were known to who changed it, and asked about
        """
        partners = self.env["res.partner"].sudo().browse(partner_ids).exists()
        self._waiting_go_over(partners)
        unseen = self._confirmed_of_lines(partners).filtered(lambda row: row.id not in seen)
        unseen._ask_about_new_ids()

    @api.model
    def _waiting_go_over(self, partners):
        """What waits for a connection that is these registrants' no longer: it may stand still."""
        waiting = self.sudo().search(
            [
                ("partner_id", "in", partners.ids),
                "|",
                ("state", "=", "pending"),
                ("waits_for_id", "=", True),
            ]
        )
        if waiting._go_over():
            self.env["spar.dispatcher"]._wake()

    def _go_over(self):
        """Put what waits for a connection that is its registrant's no longer to the one that is.

        So with what waits for an id, and may wait for longer than its connection is in use.
        """
        connections = self.partner_id._spar_connections()
        leaving = self.filtered(
            lambda row: (
                connections.get(row.partner_id.id, row.connection_id) != row.connection_id
                and not row._has_fixed_id()
            )
        )
        leaving._ask_about_sent()
        moved = self.browse()
        for row in leaving:
            moved |= row._update_rows(
                {
                    "connection_id": connections[row.partner_id.id].id,
                    "due_at": self.env.cr.now(),
                    "observed": None,
                },
                SQL("(state = 'pending' OR waits_for_id)"),
            )
        return moved

    def _ask_about_sent(self):
        """What may have reached SPAR over the connection it leaves, for an id of the past."""
        sent = self.filtered("sent_at")
        current = sent.partner_id._spar_id()
        for row in sent:
            if row.spar_id and row.spar_id != current.get(row.partner_id.id):
                row._hold_old_id()
                # Asked of this connection, and of no other.
                row._update_rows({"spar_id": None})
