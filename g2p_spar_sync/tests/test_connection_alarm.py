import socket
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..models.spar_connection_alarm import ACTIVITY
from . import hostile_spar as hostile
from .common import DispatchCase

HOUR = 3600


@tagged("post_install", "-at_install")
class TestConnectionAlarm(DispatchCase):
    """A manager is told once of trouble that lasts or needs a person, and it goes by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.responsible_id = cls.manager
        cls.type = cls.env.ref(ACTIVITY)

    def _look(self):
        """What is open after the cron has run."""
        self.env["spar.connection"]._cron_alarms()
        self.connection.invalidate_recordset()
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "spar.connection"),
                ("res_id", "=", self.connection.id),
                ("activity_type_id", "=", self.type.id),
            ]
        )

    def _away(self, seconds=600):
        """SPAR fails a submission's drain, and stays away so long."""
        self.spar.always["resolve"] = self.spar.always["link"] = hostile.html
        self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual(self.connection.state, "waiting")
        self.later(seconds)

    def _back(self):
        self.spar.always.clear()
        self.later(120)
        self.drain()
        self.assertEqual(self.connection.state, "running")

    def test_one_activity_which_goes_by_itself(self):
        self._away(0)
        self.assertFalse(self._look(), "it does not last yet")
        self.later(600)
        told = self._look()
        self.assertEqual((len(told), told.user_id), (1, self.manager))
        self.assertIn("not SPAR", told.note)
        for _minute in range(3):
            self.drain()
            self.later(60)
            self.assertEqual(self._look(), told)
        self._back()
        self.assertFalse(self._look())
        self.assertIn("over", self.connection.message_ids[0].body)

    def test_one_that_a_manager_marked_done_does_not_come_back(self):
        self._away()
        self._look().action_feedback()
        self.later(HOUR * 3)
        self.drain()
        self.assertFalse(self._look())

    def test_a_flapping_spar_makes_no_flood(self):
        told = self.env["mail.activity"]
        for _time in range(12):
            self._away()
            told |= self._look()
            self._back()
            self.assertFalse(self._look())
        # Twelve minutes each: two and a half hours.
        self.assertLessEqual(len(told.ids), 3)
        self.assertTrue(told.ids)

    def test_what_needs_a_person_is_told_at_once(self):
        self.connection.wire_format = "g2p-connect"
        self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual(self.connection.paused_reason, "signing_key_missing")
        self.assertIn("New key", self._look().note)

    def test_what_looks_like_html_is_said_as_it_is_and_once(self):
        self.connection.sender_id = "R&D <registry>"
        self.spar.always["resolve"] = self.spar.always["link"] = hostile.bad_signature
        self.submit(self.registrant(), "1000000001")
        self.drain()
        told = self._look()
        self.assertIn("R&D <registry>", html2plaintext(told.note))
        with patch.object(type(told), "write") as written:
            self.assertEqual(self._look(), told)
        written.assert_not_called()

    def test_a_dominating_code_is_told_at_once_and_gone_after_resume(self):
        self._away()
        first = self._look()
        self.connection._halt("rjct.strategy.unknown")
        self.assertEqual(self._look(), first, "another trouble, the same activity")
        self.assertIn("rjct.strategy.unknown", first.note)
        self.connection.with_user(self.manager).action_resume()
        self.assertFalse(first.exists())
        self.connection._halt("rjct.strategy.unknown")
        self.assertEqual(len(self._look()), 1)

    def test_what_a_person_did_is_no_trouble(self):
        self._away()
        self.assertTrue(self._look())
        self.connection.with_user(self.manager).action_pause()
        self.assertFalse(self._look())
        self.assertIn(self.manager.name, str(self.connection.message_ids.mapped("body")))
        self.connection.write({"paused_reason": "neutralized"})
        self.assertFalse(self._look())

    def test_nothing_secret_is_said(self):
        self.connection.header_ids = [(0, 0, {"name": "X-Key", "value": "SECRET-2"})]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            self.env.cr.execute(
                "UPDATE spar_connection SET base_url = %s WHERE id = %s",
                (f"http://127.0.0.1:{port}", self.connection.id),
            )
            self.connection.invalidate_recordset()
            row = self.submit(self.registrant(), "1000000001")
            self.drain()
        self.later(600)
        told = self._look()
        self.assertEqual(len(told), 1)
        for secret in ("SECRET-2", "1000000001", row.partner_id.name, row.partner_id.ref):
            self.assertNotIn(secret, f"{told.note} {told.summary}")

    def test_the_cron_runs_on_and_on(self):
        cron = self.env.ref("g2p_spar_sync.cron_alarms")
        self.assertEqual((cron.interval_number, cron.interval_type), (1, "minutes"))
        if "numbercall" in cron._fields:
            self.assertEqual(cron.numbercall, -1)
