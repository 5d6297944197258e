import logging
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

RESTORED = "restored"
#: Marks of a database that differ after a dump was restored, and not after a renaming.
PLACE = {"oid", "cluster"}
#: Numbers left out after a restore: what was lost has drawn some of those that come next.
LEFT_OUT = 1_000_000

_logger = logging.getLogger(__name__)


class SparConnection(models.Model):
    """How a connection is compared with SPAR, and what is done after a restore."""

    _inherit = "spar.connection"

    reconcile_rate = fields.Integer(
        string="Registrants a minute",
        default=3000,
        required=True,
        help="How fast a comparison asks SPAR. 3000 are a million in five and a half hours.",
    )
    reconcile_days = fields.Integer(
        string="Compare every (days)", help="0: only when somebody starts it."
    )
    reconcile_keep_days = fields.Integer(
        string="Keep comparisons (days)", default=90, help="0: until somebody deletes them."
    )
    restored_to = fields.Integer(
        readonly=True,
        copy=False,
        help="The newest submission in the backup; nothing is sent before all is compared.",
    )

    @api.constrains("reconcile_rate", "reconcile_days", "reconcile_keep_days")
    def _check_reconcile(self):
        for connection in self:
            if not 1 <= connection.reconcile_rate <= 1_000_000:
                raise ValidationError(_("A comparison asks for 1 to 1,000,000 a minute."))
            if min(connection.reconcile_days, connection.reconcile_keep_days) < 0:
                raise ValidationError(_("A number of days is not negative."))

    def action_compare(self):
        """Compare all registrants with SPAR."""
        return self._start_reconciliation("compare")

    def action_spar_restored(self):
        """SPAR was restored: find what it lost, so that an officer can have it sent again."""
        return self._start_reconciliation("spar_restored")

    def _spar_restored(self):
        """Compare anew, whatever is being compared now; the run."""
        runs = self.env["spar.reconciliation"]
        if self.restored_to:
            raise UserError(
                _("This database was restored, too: wait until it is compared, and resume it.")
            )
        runs._going_on(self)._stop()
        return runs._start(self, "spar_restored")

    def _start_reconciliation(self, purpose):
        self.ensure_one()
        connection = self._as_manager()
        if purpose == "spar_restored":
            run = connection._spar_restored()
        else:
            run = self.env["spar.reconciliation"]._start(connection, purpose)
        return {
            "type": "ir.actions.act_window",
            "res_model": "spar.reconciliation",
            "res_id": run.id,
            "views": [(False, "form")],
        }

    def action_registry_restored(self):
        """This database was restored from a backup: nothing is sent until all is compared."""
        self._as_manager()._registry_restored()
        return True

    def _registry_restored(self, event=0):
        """Stop, and compare with SPAR before anything is sent; what the backup would send waits.

        :param event: the newest event that was known outside of the backup
        """
        fresh = self.filtered(lambda connection: not connection.restored_to)
        if not fresh and not event:
            return
        self.env.cr.execute("SELECT last_value FROM spar_submission_id_seq")
        [last] = self.env.cr.fetchone()
        for table, least in (("spar_submission", 0), ("spar_event", event)):
            self.env.cr.execute(
                f"SELECT setval('{table}_id_seq', GREATEST(last_value, %s) + %s) "
                f"FROM {table}_id_seq",
                (least, LEFT_OUT),
            )
        fresh._halt(RESTORED)
        fresh.write({"restored_to": last})
        fresh._reconcile_restored()

    def _reconcile_restored(self):
        """Start what a restore demands and did not start yet, as after the SQL command."""
        runs = self.env["spar.reconciliation"]
        for connection in self.filtered("restored_to"):
            # Also a selection's, which may have been decided on before the time that was lost.
            going_on = runs._going_on(connection, selections=True)
            if going_on.filtered(lambda run: run.purpose == "registry_restored"):
                continue
            going_on._stop()
            runs._start(connection, "registry_restored")
            _logger.warning(
                "spar: connection %s: this database was restored; nothing is sent until all is "
                "compared with SPAR",
                connection.id,
            )

    def _compared_after_restore(self):
        """All is compared: a manager may resume it."""
        self.sudo().write({"restored_to": 0})

    def _compares_while_paused(self):
        """Is SPAR asked although nothing is sent?"""
        return self.state == "paused" and bool(self.restored_to)

    def _elsewhere(self):
        differs = set(self._differing_marks())
        return "uuid" not in differs and not PLACE.isdisjoint(differs)

    def action_confirm_database(self):
        """The one, but in another place than before, is a backup: it is compared first."""
        connections = self._as_manager()
        connections.filtered(lambda connection: connection._elsewhere())._registry_restored()
        connections.filtered("restored_to")._halt(RESTORED)
        return super().action_confirm_database()

    def action_resume(self):
        waiting = self._as_manager().filtered("restored_to")
        if waiting:
            raise UserError(
                _(
                    "This database was restored from a backup, and SPAR may hold newer addresses. "
                    "%s goes on once all registrants are compared (SPAR → Comparisons).",
                    ", ".join(waiting.mapped("name")),
                )
            )
        return super().action_resume()

    @api.depends("restored_to")
    def _compute_pause_explanation(self):
        restored = self.filtered(
            lambda connection: (
                connection.state == "paused"
                and (connection.restored_to or connection.paused_reason == RESTORED)
            )
        )
        for connection in restored:
            connection.pause_explanation = (
                _(
                    "This database was restored from a backup. All registrants are being compared "
                    "with SPAR first (menu Comparisons)."
                )
                if connection.restored_to
                else _(
                    "This database was restored from a backup, and all is compared with SPAR. Look "
                    "at the differences, then choose Resume."
                )
            )
        return super(SparConnection, self - restored)._compute_pause_explanation()

    def _reconcile_on_schedule(self):
        """Start the comparisons whose day has come."""
        runs = self.env["spar.reconciliation"]
        now = fields.Datetime.now()
        for connection in self.search([("reconcile_days", ">", 0), ("state", "=", "running")]):
            since = now - timedelta(days=connection.reconcile_days)
            recent = runs.search_count(
                [
                    ("connection_id", "=", connection.id),
                    ("partner_domain", "=", False),
                    "|",
                    ("state", "in", ("running", "paused")),
                    ("started_at", ">", since),
                ],
                limit=1,
            )
            if not recent:
                runs._start(connection)
