from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..dispatch.flight import Flight
from . import hostile_spar as hostile
from .test_keys import KeyCase


@tagged("post_install", "-at_install")
class TestKeyRotation(KeyCase):
    """What a worker does while keys change, here or at SPAR."""

    def test_a_key_that_spar_does_not_know_does_not_start_signing(self):
        old, new = self._new(), self._new()
        self.spar.next(hostile.bad_signature)
        with self.assertRaisesRegex(UserError, f"sender id {self.connection.sender_id}"):
            new.action_start_signing()
        self.assertEqual((old.state, new.state), ("active", "next"))

    def test_while_spar_cannot_be_asked_it_may_start(self):
        _old, new = self._new(), self._new()
        self.connection.base_url = "http://127.0.0.1:1"
        new.action_start_signing()
        self.assertEqual(self._states(), ["active", "retired"])

    def test_what_spar_accepts_signs(self):
        """Its administrator registered the next key, so the one before counts no longer."""
        old, new = self._new(), self._new()
        row = self.submit(self.registrant(), "1000000001")
        self.spar.next(hostile.bad_signature, "link")
        self.drain()
        self.assertEqual((row.state, row.attempts), ("done", 0))
        self.assertEqual((self.connection.state, self.connection.probes), ("running", 0))
        self.assertEqual(self._states(), ["active", "retired"])
        self.assertEqual(self.connection.accepted_key_id, new)
        self.assertEqual([detail for detail, _who in self._told(old)], ["made", "retired"])

    def test_what_spar_accepts_though_it_is_retired_goes_on_signing_and_is_said(self):
        old, new = self._new(), self._new()
        new.sudo()._start()
        row = self.submit(self.registrant(), "1000000001")
        self.spar.next(hostile.bad_signature, "link")
        self.drain()
        self.assertEqual((row.state, self.connection.state), ("done", "running"))
        self.assertEqual(self._states(), ["active", "retired"])
        self.assertIn("does not know the key that signs", self.managed.key_warning)
        self.later(600)
        old.sudo().retired_at -= timedelta(seconds=600)
        with self.assertRaisesRegex(UserError, "SPAR accepted last"):
            old.action_retire()
        self.managed.action_test_connection()
        self.assertFalse(self.managed.key_warning)
        old.action_retire()
        self.assertEqual(self._published(), [new.kid])

    def test_all_keys_refused_is_the_connections_trouble(self):
        self._new()
        self._new()
        row = self.submit(self.registrant(), "1000000001")
        self.spar.always["link"] = self.spar.always["resolve"] = hostile.bad_signature
        self.drain()
        self.assertEqual((row.state, row.attempts), ("pending", 0))
        self.assertEqual(self.connection.paused_reason, "rjct.jwt.invalid")
        self.assertEqual(self._states(), ["next", "active"])

    def test_keys_that_change_under_a_worker(self):
        """It holds the old key alone; SPAR knows only the new one. It goes on with today's keys."""
        row = self.submit(self.registrant(), "1000000001")
        self._new()
        launch = Flight.launch

        def rotated_meanwhile(flight, thread, behind):
            self._new().sudo()._start()
            self.spar.next(hostile.bad_signature, "link")
            launch(flight, thread, behind)

        with patch.object(Flight, "launch", rotated_meanwhile):
            self.drain()
        self.assertEqual((row.state, row.attempts), ("pending", 0))
        self.assertEqual((self.connection.state, self.connection.probes), ("running", 0))
        self.later(2)
        self.drain()
        self.assertEqual((row.state, self.connection.state), ("done", "running"))

    def test_one_turn_takes_up_the_keys_of_each_round(self):
        for number in range(3):
            self.submit(self.registrant(), f"100000000{number}")
        self.connection.batch_size = 1
        seen, land = [], Flight.land
        self._new()

        def noted(flight):
            land(flight)
            seen.append(flight.client.accepted.thumbprint)
            if len(seen) == 1:
                self._new().sudo()._start()

        with patch.object(Flight, "land", noted):
            self.drain()
        new, old = self.connection.key_ids.mapped("thumbprint")
        self.assertEqual(seen, [old, new, new])

    def test_the_event_of_a_request_says_which_key_id_was_sent(self):
        self._new().sudo()._go_by("registry-2026")
        row = self.submit(self.registrant(), "1000000001")
        self.drain()
        domain = [("submission_id", "=", row.id), ("kind", "=", "sent")]
        self.assertEqual(self.env["spar.event"].search(domain).kid, "registry-2026")
