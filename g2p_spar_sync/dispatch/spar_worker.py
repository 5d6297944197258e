from contextlib import contextmanager
from datetime import timedelta
from math import ceil

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import config

CHANNEL = "root.spar"
#: Wake-ups closer together than this are one.
GRAIN = 2


class SparWorker(models.AbstractModel):
    """What works in turns: its jobs carry no data, and each batch has a cursor of its own."""

    _name = "spar.worker"
    _description = "SPAR worker"

    @api.model
    def _alone(self):
        """Without the writer's user, rights and context."""
        return self.env(user=SUPERUSER_ID, su=True, context={})[self._name]

    @api.model
    def _own_cursors(self):
        """A context manager factory: an Environment with a cursor of its own."""
        registry = self.env.registry

        @contextmanager
        def open_env():
            with registry.cursor() as cr:
                yield api.Environment(cr, SUPERUSER_ID, {})

        return open_env

    @api.model
    def _limit(self):
        """Seconds after which Odoo kills a worker."""
        return config["limit_time_real"] or 120

    @api.model
    def _delayed(self, seconds, identity, description):
        """This model in a job after ``seconds``; those that wake up at one time are one."""
        # A second more, since now() drops its fraction: a job before its time finds nothing due.
        eta = fields.Datetime.now() + timedelta(seconds=ceil(seconds) + 1) if seconds else None
        return self.with_delay(
            channel=CHANNEL,
            eta=eta,
            identity_key=f"{identity}-{int(eta.timestamp()) // GRAIN}" if eta else None,
            description=description,
        )
