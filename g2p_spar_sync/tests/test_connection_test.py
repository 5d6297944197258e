import socket

from odoo.exceptions import AccessError
from odoo.tests import tagged

from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestConnectionTest(DispatchCase):
    """Test connection shows each step of the way, in words, and changes nothing at SPAR."""

    def _test(self):
        """(the action, the test that it shows)"""
        action = self.connection.with_user(self.manager).action_test_connection()
        shown = self.env[action["res_model"]].with_user(self.manager).browse(action["res_id"])
        return action, shown

    def _steps(self, shown):
        return [(line.step, line.state) for line in shown.line_ids]

    def test_all_is_well(self):
        self.env.cr.execute(
            "UPDATE spar_connection SET state = 'waiting', paused_reason = 'connect_timeout', "
            "probe_at = now() + interval '1 hour' WHERE id = %s",
            (self.connection.id,),
        )
        self.connection.invalidate_recordset()
        _action, shown = self._test()
        self.assertTrue(shown.passed, shown.summary)
        self.assertIn("whole way", shown.summary)
        self.assertEqual({state for _step, state in self._steps(shown)}, {"ok"})
        self.assertEqual(self.connection.state, "running")
        self.assertEqual(self.spar.writes(), [])
        self.assertFalse(self.spar.table)

    def test_it_says_where_the_way_ends(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.connection.base_url = f"http://127.0.0.1:{free.getsockname()[1]}"
            action, shown = self._test()
        self.assertEqual(self._steps(shown)[:2], [("Name", "ok"), ("Port", "failed")])
        self.assertEqual({state for _step, state in self._steps(shown)[2:]}, {"not_reached"})
        self.assertIn("Nothing listens", shown.summary)
        self.assertEqual(action["params"], {"type": "danger", "message": shown.summary})

    def test_another_wire_format_is_named(self):
        self.spar.always["resolve"] = hostile.bad_signature
        _action, shown = self._test()
        self.assertIn("G2P Connect, signed (SPAR 1.1)", shown.summary)

    def test_what_works_and_is_to_be_looked_at(self):
        """A SPAR that takes any signature."""
        self.connection.wire_format = "g2p-connect"
        self.connection.with_user(self.manager).action_generate_key()
        action, shown = self._test()
        self.assertTrue(shown.passed)
        self.assertIn(("Signature", "warning"), self._steps(shown))
        self.assertIn("SPAR answers. Look at this", shown.summary)
        self.assertIn("any key", action["params"]["message"])

    def test_without_a_key(self):
        self.connection.wire_format = "g2p-connect"
        _action, shown = self._test()
        self.assertIn(("Signature", "failed"), self._steps(shown))
        self.assertIn("New key", shown.summary)

    def test_every_code_has_words(self):
        for code in (
            "tls_expired",
            "tls_not_yet_valid",
            "tls_untrusted",
            "tls_hostname",
            "tls_client_refused",
            "tls_not_spoken",
            "tls_version",
            "proxy_unreachable",
            "proxy_refused",
            "proxy_password",
            "route_unreadable",
        ):
            self.connection.write({"state": "waiting", "paused_reason": code})
            self.assertNotIn(code, self.connection.pause_explanation)

    def test_it_is_for_those_who_may(self):
        _action, shown = self._test()
        for user in (self.viewer, self.officer, self._user("manager")):
            with self.assertRaises(AccessError):
                shown.with_user(user).read(["summary"])
        with self.assertRaises(AccessError):
            self.connection.with_user(self.officer).action_test_connection()
