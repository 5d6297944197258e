"""Telling a manager of trouble while a worker writes about the same connection."""

from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..dispatch.drain import Drain
from ..spar import RequestError
from .test_claim_concurrent import ConcurrentCase


@tagged("post_install", "-at_install")
class TestConnectionAlarmConcurrent(ConcurrentCase):
    def setUp(self):
        super().setUp()
        with self.open_env() as env:
            env.cr.execute(
                "UPDATE spar_connection SET state = 'waiting', paused_reason = 'connect_timeout', "
                "probes = 1, paused_since = now() AT TIME ZONE 'UTC' - interval '1 hour' "
                "WHERE id = %s",
                (self.connection,),
            )

    @contextmanager
    def _cron_env(self):
        with self.registry.cursor() as cr:
            # Nobody gets a mail.
            yield api.Environment(cr, SUPERUSER_ID, {"mail_activity_quick_update": True})

    def _alarm(self):
        with self._cron_env() as env:
            env["spar.connection"]._cron_alarms()

    def _told(self):
        with self.open_env() as env:
            return env["mail.activity"].search_count(
                [("res_model", "=", "spar.connection"), ("res_id", "=", self.connection)]
            )

    def _state(self):
        with self.open_env() as env:
            connection = env["spar.connection"].browse(self.connection)
            return connection.state, connection.probes

    def test_a_drain_whose_snapshot_is_older_writes_all_the_same(self):
        opened = []

        @contextmanager
        def overtaken():
            with self.open_env() as env:
                env.cr.execute("SELECT 1 FROM spar_connection")
                if not opened:
                    self._alarm()
                opened.append(1)
                yield env

        with mute_logger("odoo.sql_db"):
            Drain(overtaken, 5)._stop(self.connection, RequestError(code="answer_timeout"), None)
        self.assertEqual((len(opened), self._told()), (2, 1))
        self.assertEqual(self._state(), ("waiting", 2))
        self._alarm()
        self.assertEqual(self._told(), 1)

    def test_what_a_drain_changed_meanwhile_is_told_a_minute_later(self):
        with mute_logger("odoo.sql_db"), self._cron_env() as env:
            env.cr.execute("SELECT 1 FROM spar_connection")
            with self.open_env() as other:
                other["spar.connection"].browse(self.connection)._go_on()
            env["spar.connection"]._cron_alarms()
        self.assertEqual((self._told(), self._state()), (0, ("running", 0)))
        self._alarm()
        self.assertEqual(self._told(), 0)
