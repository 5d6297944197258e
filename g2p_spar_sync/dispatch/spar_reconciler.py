from odoo import api, models

from .reconcile import Reconcile

#: Seconds. Carrying submissions shares the channel and comes first.
LONGEST_TURN = 10


class SparReconciler(models.AbstractModel):
    """Wakes up comparisons: by a job that carries no data, by the job before it, and by a cron for
    what no job woke up for."""

    _name = "spar.reconciler"
    _inherit = "spar.worker"
    _description = "SPAR reconciler"

    @api.model
    def _wake(self):
        self._alone()._enqueue()

    @api.model
    def _enqueue(self, seconds=0):
        self._delayed(seconds, "spar-reconcile", "SPAR: compare")._work_job()

    @api.model
    def _work_job(self):
        """The queue job; what it has no time for, its successor does."""
        seconds = self._work(min(LONGEST_TURN, self._limit() / 6))
        if seconds is not None:
            self._alone()._enqueue(seconds)

    @api.model
    def _cron_sweep(self):
        """Start what is due by the calendar or after a restore; go on with what stands still."""
        open_env = self._own_cursors()
        with open_env() as env:
            connections = env["spar.connection"].with_context(active_test=False)
            connections.search([("restored_to", ">", 0)])._reconcile_restored()
            connections._reconcile_on_schedule()
        self._work(LONGEST_TURN)

    @api.model
    def _work(self, budget):
        return Reconcile(self._own_cursors(), budget).run()
