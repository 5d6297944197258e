from datetime import timedelta

from odoo import api, fields, models

from .spar_reconciliation_line import CURRENT

#: How many go in one night.
AT_ONCE = 100_000


class SparConnection(models.Model):
    _inherit = "spar.connection"

    def _by_reconcile_age(self):
        """Yield each connection that keeps comparisons for a time, and when that began."""
        for connection in self.with_context(active_test=False).search(
            [("reconcile_keep_days", ">", 0)]
        ):
            yield (
                connection,
                fields.Datetime.now() - timedelta(days=connection.reconcile_keep_days),
            )


class SparReconciliation(models.Model):
    _inherit = "spar.reconciliation"

    @api.autovacuum
    def _gc_old(self):
        """Comparisons that ended long ago go; what they found goes by its own age."""
        for connection, before in self.env["spar.connection"]._by_reconcile_age():
            self.search(
                [
                    ("connection_id", "=", connection.id),
                    ("state", "in", ("done", "cancelled")),
                    ("ended_at", "<", before),
                ]
            ).unlink()


class SparReconciliationLine(models.Model):
    _inherit = "spar.reconciliation.line"

    @api.autovacuum
    def _gc_old(self):
        """Differences that were decided on, or were no longer so, long ago go.

        One that is still so stays, and so does one that is ignored until something else is found.
        """
        for connection, before in self.env["spar.connection"]._by_reconcile_age():
            self.search(
                [
                    ("connection_id", "=", connection.id),
                    ("state", "not in", CURRENT),
                    ("seen_at", "<", before),
                    "|",
                    ("decided_at", "=", False),
                    ("decided_at", "<", before),
                ],
                limit=AT_ONCE,
            ).unlink()
