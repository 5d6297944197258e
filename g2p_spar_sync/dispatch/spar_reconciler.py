from contextlib import contextmanager
from datetime import timedelta
from math import ceil

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import config

from .reconcile import Reconcile
from .spar_dispatcher import CHANNEL, GRAIN

#: Seconds. Carrying submissions shares the channel and comes first.
LONGEST_TURN = 10


class SparReconciler(models.AbstractModel):
    """Wakes up comparisons: by a job that carries no data, by the job before it, and by a cron for
    what no job woke up for."""

    _name = "spar.reconciler"
    _description = "SPAR reconciler"

    @api.model
    def _wake(self):
        self.env(user=SUPERUSER_ID, su=True, context={})["spar.reconciler"]._enqueue()

    @api.model
    def _enqueue(self, seconds=0):
        eta = fields.Datetime.now() + timedelta(seconds=ceil(seconds) + 1) if seconds else None
        identity = f"spar-reconcile-{int(eta.timestamp()) // GRAIN}" if eta else None
        self.with_delay(
            channel=CHANNEL, eta=eta, identity_key=identity, description="SPAR: compare"
        )._work_job()

    @api.model
    def _work_job(self):
        """The queue job; what it has no time for, its successor does."""
        seconds = self._work(min(LONGEST_TURN, (config["limit_time_real"] or 120) / 6))
        if seconds is not None:
            self.env(user=SUPERUSER_ID, su=True, context={})["spar.reconciler"]._enqueue(seconds)

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

    @api.model
    def _own_cursors(self):
        registry = self.env.registry

        @contextmanager
        def open_env():
            with registry.cursor() as cr:
                yield api.Environment(cr, SUPERUSER_ID, {})

        return open_env
