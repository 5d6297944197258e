from odoo import api, models
from odoo.tools import SQL


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
