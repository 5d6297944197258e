"""Rotation of keys against the real SPAR mapper 1.1 of the stack, whose Keymanager keeps one
certificate of a partner: who registers another ends the one before with it."""

from unittest.mock import patch

from cryptography.hazmat.primitives import serialization

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..dispatch.carrier import Carrier
from ..dispatch.flight import Flight
from ..spar import generate_key
from .test_real_spar import RealSparCase


@tagged("post_install", "-at_install")
class TestRealRotation(RealSparCase):
    def setUp(self):
        super().setUp()
        self.managed = self.connection.with_user(self.manager)
        self.rows = self.Submission

    def _next(self):
        self.managed.action_generate_key()
        self.env.invalidate_all()
        return self.managed._key_in("next").with_user(self.manager)

    def _flow(self, count=3):
        """So many registrants hand in an address, and a worker takes its turn."""
        for number in range(count):
            self.rows |= self.submit(self.registrant(), f"100000000{number}")
        self.drain()
        self._nothing_was_held_up()

    def _nothing_was_held_up(self):
        self.env.invalidate_all()
        self.assertEqual(set(self.rows.mapped("state")), {"done"})
        self.assertEqual(set(self.rows.mapped("attempts")), {0})
        self.assertEqual((self.connection.state, self.connection.probes), ("running", 0))
        kinds = {kind for row in self.rows for kind, _detail in self.events(row)}
        self.assertNotIn("delayed", kinds)
        for row in self.rows:
            self.assertEqual([op for op, _fa in self._audit(row.partner_id.ref)], ["INSERT"])

    def test_the_administrator_registers_it_first(self):
        old = self.connection._key_in("active")
        self._flow()
        new = self._next()
        self._flow()
        with self.assertRaisesRegex(UserError, "does not accept this key yet"):
            new.action_start_signing()
        self._flow()
        self._give(new)
        self._flow()
        self.assertEqual((old.state, new.state), ("retired", "active"))
        self._flow()
        self.assertEqual(self.connection.accepted_key_id, new.sudo())

    def test_the_button_right_after_it(self):
        new = self._next()
        self._give(new)
        new.action_start_signing()
        self._flow()

    def test_in_the_middle_of_a_turn(self):
        """Registered between two batches of one worker, with the client that it holds."""
        new, launch = self._next(), Flight.launch
        self.connection.batch_size = 1
        rounds = []

        def registered_meanwhile(flight, thread, behind):
            rounds.append(len(flight.batch.lines))
            if len(rounds) == 2:
                self._give(new)
            launch(flight, thread, behind)

        with patch.object(Flight, "launch", registered_meanwhile):
            self._flow(4)
        self.assertEqual(new.state, "active")
        self.assertEqual(rounds, [1, 1, 1, 1])

    def test_in_the_middle_of_a_batch(self):
        """The question was signed by the old key, the write after it by the new one."""
        self._flow(2)
        new, write = self._next(), Carrier._write

        def registered_meanwhile(carrier, operation, lines, rounds):
            if lines:
                self._give(new)
            write(carrier, operation, lines, rounds)

        changes = self.Submission
        for partner in self.rows.partner_id:
            changes |= self.submit(partner, "2000000001")
        with patch.object(Carrier, "_write", registered_meanwhile):
            self.drain()
        self.assertEqual(changes.mapped("outcome"), ["update", "update"])
        self.assertEqual(set(changes.mapped("attempts")), {0})
        self.assertEqual((self.connection.state, new.state), ("running", "active"))
        for partner in self.rows.partner_id:
            self.assertEqual(self._audit(partner.ref)[1:], [("UPDATE", "2000000001")])

    def test_the_administrator_goes_back_to_the_old_one(self):
        old, new = self.connection._key_in("active"), self._next()
        self._give(new)
        new.action_start_signing()
        self._flow()
        self._give(old)
        self._flow()
        self.assertIn("does not know the key that signs", self.managed.key_warning)
        self._give(new)
        self._flow()
        self.assertFalse(self.managed.key_warning)

    def test_an_imported_key(self):
        """As somebody makes it by openssl, with a certificate and a password."""
        private = generate_key(3072)
        certificate = self.env["spar.key"]._certify(self.connection, private).decode()
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.BestAvailableEncryption(b"secret"),
        ).decode()
        form = self.env["spar.key.wizard"].with_user(self.manager)
        form.create(
            {
                "connection_id": self.connection.id,
                "way": "import",
                "key_text": pem,
                "password": "secret",
                "certificate_text": certificate,
            }
        ).action_make()
        new = self.connection._key_in("next")
        self.assertEqual(new.certificate, certificate)
        self._give(new)
        new.with_user(self.manager).action_start_signing()
        self._flow()
