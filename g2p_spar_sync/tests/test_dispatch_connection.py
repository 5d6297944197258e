import socket

from odoo.tests import tagged

from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestDispatchConnection(DispatchCase):
    """Trouble of the connection: it waits and probes; no submission burns an attempt for it."""

    def _assert_waits_then_goes_on(self, row, reason):
        self.assertEqual((row.state, row.attempts), ("pending", 0))
        self.assertEqual(self.connection.state, "waiting")
        self.assertEqual(self.connection.paused_reason, reason)
        self.assertTrue(self.connection.paused_since)
        asked = len(self.spar.log)
        self.drain()
        self.assertEqual(len(self.spar.log), asked, "nothing is asked before the probe is due")
        self.spar.queue.clear()
        self.spar.always.clear()
        self.later(120)
        self.drain()
        self.assertEqual((row.state, row.attempts), ("done", 0))
        self.assertEqual((self.connection.state, self.connection.probes), ("running", 0))
        self.assertFalse(self.connection.paused_reason or self.connection.probe_at)

    def test_a_page_instead_of_an_answer(self):
        for operation in ("link", "update"):
            with self.subTest(operation):
                partner = self.registrant() if operation == "link" else self.confirmed()
                row = self.submit(partner, "1000000002")
                self.spar.next(hostile.html, operation)
                self.drain()
                self._assert_waits_then_goes_on(row, "not_json")

    def test_a_refused_signature(self):
        row = self.submit(self.registrant(), "1000000001")
        self.spar.always.update(dict.fromkeys(("link", "resolve"), hostile.bad_signature))
        self.drain()
        self._assert_waits_then_goes_on(row, "rjct.jwt.invalid")

    def test_spar_cannot_read_its_own_database(self):
        row = self.submit(self.confirmed(), "1000000002")
        self.spar.always["resolve"] = hostile.fail
        self.drain()
        self._assert_waits_then_goes_on(row, "G2P-REQ-100")

    def test_nothing_listens(self):
        row = self.submit(self.registrant(), "1000000001")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.connection.base_url = f"http://127.0.0.1:{free.getsockname()[1]}"
            self.drain()
        self.assertEqual(self.connection.paused_reason, "connection_refused")
        self.connection.base_url = self.spar.url
        self._assert_waits_then_goes_on(row, "connection_refused")

    def test_no_key_to_sign_with(self):
        self.connection.wire_format = "g2p-connect"
        row = self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual((row.state, self.spar.log), ("pending", []))
        self._assert_a_new_key_lets_it_go_on(row, "signing_key_missing")

    def test_an_expired_key(self):
        self.connection.wire_format = "g2p-connect"
        self.connection.with_user(self.manager).action_generate_key()
        self.connection.key_ids.not_after = "2020-01-01 00:00:00"
        row = self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual((row.state, self.spar.log), ("pending", []))
        self._assert_a_new_key_lets_it_go_on(row, "signing_key_expired")
        self.assertEqual(self.connection.key_ids.mapped("state"), ["active", "retired"])

    def _assert_a_new_key_lets_it_go_on(self, row, reason):
        self.assertEqual((self.connection.state, row.attempts), ("waiting", 0))
        self.assertEqual(self.connection.paused_reason, reason)
        self.connection.with_user(self.manager).action_generate_key()
        self.connection.invalidate_recordset()
        self.drain()
        self.assertEqual((row.state, row.attempts), ("done", 0))
        self.assertEqual((self.connection.state, self.connection.probes), ("running", 0))

    def test_a_failed_probe_waits_longer(self):
        row = self.submit(self.registrant(), "1000000001")
        self.spar.always.update(dict.fromkeys(("link", "resolve"), hostile.bad_signature))
        waits = []
        for probes in range(1, 5):
            waits.append(self.drain())
            self.assertEqual(self.connection.probes, probes)
            self.later(60)
        self.assertEqual(waits, sorted(waits))
        self.assertGreater(waits[-1], waits[0])
        self.assertEqual(len(self.spar.writes()), 1, "afterwards only probes")
        self._assert_goes_on(row)

    def _assert_goes_on(self, row):
        self.spar.always.clear()
        self.drain()
        self.assertEqual(row.state, "done")

    def test_what_was_planned_before_the_trouble_keeps_its_verdict(self):
        leaves, changes = self.confirmed(), self.confirmed()
        removal = self.submit(leaves, "1000000001", operation="remove")
        change = self.submit(changes, "1000000002")
        self.spar.next(hostile.html, "unlink")
        self.drain()
        self.assertEqual((change.state, removal.state), ("done", "pending"))
        self.assertEqual(removal.attempts, 0)

    def test_one_troubled_connection_does_not_hold_up_another(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.connection.sequence = 20
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            broken = self.connection.copy(
                {
                    "company_id": company.id,
                    "sequence": 1,
                    "base_url": f"http://127.0.0.1:{free.getsockname()[1]}",
                }
            )
            stuck = self.submit(self.registrant(company_id=company.id), "1000000001")
            free_row = self.submit(self.registrant(company_id=self.env.company.id), "1000000001")
            self.drain()
        self.assertEqual(stuck.connection_id, broken)
        self.assertEqual((stuck.state, free_row.state), ("pending", "done"))

    def test_a_person_may_pause_and_test(self):
        manager = self.connection.with_user(self.manager)
        manager.action_pause()
        self.assertEqual(self.connection.paused_reason, "by_person")
        said = manager.action_test_connection()
        self.assertEqual(said["params"]["type"], "success")
        self.assertEqual(
            self.connection.state, "paused", "a test resumes nothing that a person paused"
        )

    def test_the_test_says_what_is_wrong(self):
        for behaviour, word in (
            (hostile.html, "not SPAR"),
            (hostile.bad_signature, "SPAR 1.1"),
            (hostile.fail, "database"),
            (hostile.unavailable, "503"),
        ):
            with self.subTest(behaviour.__name__):
                self.spar.always["resolve"] = behaviour
                said = self.connection.with_user(self.manager).action_test_connection()
                self.assertEqual(said["params"]["type"], "danger")
                self.assertIn(word, said["params"]["message"])

    def test_the_banner_of_a_copy_says_so(self):
        self.connection.write({"state": "paused", "paused_reason": "neutralized"})
        self.assertIn("neutralized copy", self.connection.pause_explanation)
        self.connection.paused_reason = "rjct.strategy.unknown"
        self.assertIn("sent again", self.connection.pause_explanation)
