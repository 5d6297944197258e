from odoo import _, api, models
from odoo.tools import SQL

#: Registrants gone over in one job.
PART = 500
#: Seconds until what waits is gone over once more: what was handed in meanwhile, in a transaction
#: that knew the settings of before, and was not over yet.
ONCE_MORE = 1800

#: Settings by which a registrant's connection is chosen.
CHOOSING = {"active", "company_id", "sequence"}
WAITING = "waits_for_id OR state IN ('pending', 'sending')"
#: Whose address lies at SPAR, or is to go there.
CONCERNED = f"confirmed OR {WAITING}"


class SparConnection(models.Model):
    """Settings that give registrants another connection, or another id at SPAR.

    Each is gone over as if its own company had changed: what waits goes over to its connection of
    now, and a person is asked about what SPAR holds at the connection, or for the id, of before.
    """

    _inherit = "spar.connection"

    @api.model_create_multi
    def create(self, vals_list):
        before = self.browse()._moving_settings()
        connections = super().create(vals_list)
        if self.browse()._moving_settings() != before:
            connections._registrants_moved()
        return connections

    def write(self, vals):
        if self._moving_fields().isdisjoint(vals):
            return super().write(vals)
        before = self._moving_settings()
        result = super().write(vals)
        if self._moving_settings() != before:
            self._registrants_moved()
        return result

    @api.model
    def _moving_fields(self):
        """Names of the settings that decide whose connection it is, and on their ids."""
        return CHOOSING | {"id_prefix", "id_suffix"}

    def _moving_settings(self):
        """Which connection is whose, by ``res.partner._spar_connections``, and what ids are made
        of. The order of the others, and what is not in use, moves nobody."""
        names = self._moving_fields() - CHOOSING
        connections = self.sudo().with_context(active_test=True).search([])
        firsts = {}
        for connection in connections:
            firsts.setdefault(connection.company_id, connection)
        ids = {own: [own[name] or False for name in names] for own in self.sudo()}
        return connections[:1], firsts, ids

    def _registrants_moved(self):
        self.env.cr.execute(
            SQL("SELECT count(DISTINCT partner_id) FROM spar_submission WHERE %s", SQL(CONCERNED))
        )
        [count] = self.env.cr.fetchone()
        if not count:
            return
        text = _(
            "What was changed decides over which connection, and for which id, payment addresses "
            "go. The %s registrants with an address at SPAR, or one that is to go there, are gone "
            "over in the background. Where one has another id or connection now, what waits "
            "follows, and what SPAR holds for the one of before waits for an officer, as held.",
            count,
        )
        for connection in self.sudo():
            connection._message_log(body=text)
        self._go_over_later(after=0, ask=True)

    @api.model
    def _go_over_later(self, after, ask, seconds=None):
        """A job, run as whoever changed the setting: what it asks, another person decides."""
        self.env["spar.connection"].with_delay(
            channel="root.spar",
            eta=seconds,
            # Several changes of one transaction are one walk. A job of another one may have begun
            # before this change, which it would not see.
            identity_key=f"spar-go-over-{self.env.cr.now()}-{after}-{ask}",
            description="SPAR: go over registrants",
        )._go_over_part(after=after, ask=ask)

    @api.model
    def _go_over_part(self, after, ask):
        """A job: the registrants with the next ids after that one; a successor does the rest.

        :param ask: about what SPAR holds, too; else what waits alone goes over
        """
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT partner_id FROM spar_submission "
                "WHERE partner_id > %s AND (%s) ORDER BY partner_id LIMIT %s",
                after,
                SQL(CONCERNED if ask else WAITING),
                PART,
            )
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        partners = self.env["res.partner"].sudo().browse(ids)
        # Who has no connection for now has no id, either; that is no change of it.
        partners = partners.browse(partners._spar_connections())
        submissions = self.env["spar.submission"]
        (submissions._connection_changed if ask else submissions._waiting_go_over)(partners)
        if len(ids) == PART:
            self._go_over_later(after=ids[-1], ask=ask)
        elif ask:
            self._go_over_later(seconds=ONCE_MORE, after=0, ask=False)
