from contextlib import contextmanager
from datetime import timedelta
from math import ceil

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import config

from ..models import restore_mark
from .drain import Drain

CHANNEL = "root.spar"
#: Seconds. Well under Odoo's limit_time_real, so that no worker is killed over a batch.
LONGEST_TURN = 40
#: Wake-ups closer together than this are one.
GRAIN = 2


def _limit():
    """Seconds after which Odoo kills a worker."""
    return config["limit_time_real"] or 120


class SparDispatcher(models.AbstractModel):
    """Wakes up the carrying of submissions: by a job in the writer's own transaction, by the job
    before it, and once a minute by a cron for what no job woke up for."""

    _name = "spar.dispatcher"
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
    def _alone(self):
        """Without the writer's user, rights and context."""
        return self.env(user=SUPERUSER_ID, su=True, context={})["spar.dispatcher"]

    @api.model
    def _enqueue(self, seconds=0):
        # A second more, since now() drops its fraction: a job before its time finds nothing due.
        eta = fields.Datetime.now() + timedelta(seconds=ceil(seconds) + 1) if seconds else None
        identity = f"spar-wake-{int(eta.timestamp()) // GRAIN}" if eta else None
        self.with_delay(
            channel=CHANNEL,
            eta=eta,
            identity_key=identity,
            description="SPAR: carry submissions",
        )._drain_job()

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
        return min(LONGEST_TURN, _limit() / 3)

    @api.model
    def _longest_lease(self):
        """(seconds, Odoo's limit): a batch begun at the end of a turn must end before the limit."""
        return int(_limit() - self._turn()), _limit()

    @api.model
    def _drain(self, budget):
        registry = self.env.registry

        @contextmanager
        def open_env():
            with registry.cursor() as cr:
                yield api.Environment(cr, SUPERUSER_ID, {})

        restore_mark.look(open_env)
        seconds = Drain(open_env, budget).run()
        restore_mark.keep(open_env)
        return seconds
