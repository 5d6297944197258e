from odoo import api, models

from ..models import restore_mark
from .drain import Drain
from .spar_worker import CHANNEL

#: Seconds. Well under Odoo's limit_time_real, so that no worker is killed over a batch.
LONGEST_TURN = 40


class SparDispatcher(models.AbstractModel):
    """Wakes up the carrying of submissions: by a job in the writer's own transaction, by the job
    before it, and once a minute by a cron for what no job woke up for."""

    _name = "spar.dispatcher"
    _inherit = "spar.worker"
    _description = "SPAR dispatcher"

    @api.model
    def _wake(self):
        """A job, written in this very transaction: a commit without its wake-up cannot be.

        A savepoint runs the hook early, so a transaction may write more than one; that is harmless.
        """
        data = self.env.cr.precommit.data
        if data.get("spar_wake"):
            return
        data["spar_wake"] = True
        dispatcher = self._alone()
        self.env.cr.precommit.add(lambda: dispatcher._enqueue())

    @api.model
    def _enqueue(self, seconds=0):
        self._delayed(seconds, "spar-wake", "SPAR: carry submissions")._drain_job()

    @api.model
    def _drain_job(self):
        """The queue job. It carries no data; what it has no time for, its successor does."""
        seconds = self._drain(self._turn())
        if seconds == 0:
            self._alone()._call_another()
        elif seconds is not None:
            self._alone()._enqueue(seconds)

    @api.model
    def _call_another(self):
        """A job for what is due now: beside this one where the channel has room, else after it.

        One that waits already will find everything that is due, since that is committed.
        """
        self.with_delay(
            channel=CHANNEL,
            identity_key="spar-another",
            description="SPAR: carry submissions",
        )._drain_job()

    @api.model
    def _cron_sweep(self):
        """Drain by itself what no job woke up for, also when the queue is stuck."""
        self._drain(self._turn())

    @api.model
    def _turn(self):
        """Seconds after which a turn begins no batch any more."""
        return min(LONGEST_TURN, self._limit() / 3)

    @api.model
    def _longest_lease(self):
        """(seconds, Odoo's limit): a batch begun at the end of a turn must end before the limit."""
        return int(self._limit() - self._turn()), self._limit()

    @api.model
    def _drain(self, budget):
        open_env = self._own_cursors()
        restore_mark.look(open_env)
        seconds = Drain(open_env, budget).run()
        restore_mark.keep(open_env)
        return seconds
