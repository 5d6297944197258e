import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..spar import generate_key
from .common import DispatchCase


class KeyCase(DispatchCase):
    """A signed connection, to a SPAR that accepts every signature until a test says otherwise."""

    def setUp(self):
        super().setUp()
        self.connection.wire_format = "g2p-connect"
        self.managed = self.connection.with_user(self.manager)

    def _new(self):
        """Another key, by the button, as the manager sees it."""
        self.managed.action_generate_key()
        self.env.invalidate_all()
        return self.managed.key_ids[0]

    def _states(self):
        self.env.invalidate_all()
        return self.connection.key_ids.mapped("state")

    def _published(self):
        self.env.invalidate_all()
        return [key["kid"] for key in json.loads(self.connection._jwks())["keys"]]

    def _told(self, key):
        events = self.env["spar.event"].search([("detail", "=like", f"spar.key {key.id}: %")])
        self.assertEqual(set(events.mapped("kind")), {"configured"} if events else set())
        return [(event.detail.rpartition(" ")[2], event.user_id) for event in events[::-1]]


@tagged("post_install", "-at_install")
class TestKeys(KeyCase):
    """A connection's keys: next, active, retired, and who may do what with them."""

    def test_a_sender_id_longer_than_a_name_in_a_certificate(self):
        self.connection.sender_id = f"https://registry.example.org/{'partner/' * 10}"
        self.assertIn("BEGIN CERTIFICATE", self._new().certificate)

    def test_the_first_key_signs_and_the_second_waits(self):
        first = self._new()
        self.assertEqual((first.state, self._published()), ("active", [first.thumbprint]))
        second = self._new()
        self.assertEqual(self._states(), ["next", "active"])
        self.assertEqual(self._published(), [second.kid, first.kid])
        with self.assertRaisesRegex(UserError, "next key waits already"):
            self._new()

    def test_the_next_key_starts_signing(self):
        old, new = self._new(), self._new()
        new.action_start_signing()
        self.assertEqual(self._states(), ["active", "retired"])
        self.assertEqual(self._published(), [new.kid, old.kid])
        self.assertEqual(old.published_until - old.retired_at, timedelta(days=7))
        client = self.connection._client()
        client.probe()
        self.assertEqual(client.accepted.thumbprint, new.thumbprint)
        client.close()
        self.assertEqual(self._told(old), [("made", self.manager), ("retired", self.manager)])
        self.assertEqual(self._told(new), [("made", self.manager), ("signs", self.manager)])
        self.assertTrue(new.action_start_signing(), "a worker may have been faster")
        self.assertEqual(self._states(), ["active", "retired"])
        with self.assertRaisesRegex(UserError, "Only the next key"):
            old.action_start_signing()

    def test_an_expired_key_does_not_start_signing(self):
        self._new()
        new = self._new()
        new.sudo().not_after = fields.Datetime.now() - timedelta(seconds=1)
        with self.assertRaisesRegex(UserError, "has expired"):
            new.action_start_signing()

    def test_retiring(self):
        old, new = self._new(), self._new()
        with self.assertRaisesRegex(UserError, "This key signs"):
            old.action_retire()
        new.action_start_signing()
        with self.assertRaisesRegex(UserError, "worker may still sign with it for [1-6]?[0-9] sec"):
            old.action_retire()
        old.sudo().retired_at -= timedelta(seconds=self.connection.lease_seconds)
        old.action_retire()
        self.assertEqual(self._published(), [new.kid])
        secrets = self.env["spar.key.secret"].search([]).key_id
        self.assertNotIn(old.sudo(), secrets)
        self.assertIn(new.sudo(), secrets)
        self.assertEqual(self._told(old)[-1], ("withdrawn", self.manager))

    def test_a_key_in_wrong_hands_is_withdrawn_at_once_while_nothing_is_sent(self):
        old, new = self._new(), self._new()
        new.action_start_signing()
        self.managed.action_pause()
        old.action_retire()
        self.assertEqual(self._published(), [new.kid])

    def test_a_next_key_is_withdrawn_and_leaves_room_for_another(self):
        first, wrong = self._new(), self._new()
        wrong.action_retire()
        self.assertEqual(self._published(), [first.kid])
        self.assertEqual(self._new().state, "next")

    def test_of_many_retired_keys_the_last_is_tried(self):
        self._new()
        for _each in range(3):
            self._new().sudo()._start()
        prints = self.connection.key_ids.mapped("thumbprint")
        self.assertEqual(len(self._published()), 4)
        wire = self.connection._wire()
        tried = [self.connection._signer(wire), *self.connection._spare_signers(wire)]
        self.assertEqual([signer.thumbprint for signer in tried], prints[:2])

    def test_the_overlap_ends_by_itself(self):
        old, new = self._new(), self._new()
        new.action_start_signing()
        self.env["spar.connection"]._cron_keys()
        self.assertEqual(self._published(), [new.kid, old.kid])
        old.sudo().published_until = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self._published(), [new.kid])
        self.env["spar.connection"]._cron_keys()
        self.env["spar.connection"]._cron_keys()
        self.assertFalse(self.env["spar.key.secret"].search([("key_id", "=", old.id)]))
        self.assertEqual([what for what, _who in self._told(old)], ["made", "retired", "withdrawn"])
        for days in (0, -1):
            with self.subTest(days), self.refused(ValidationError):
                self.managed.key_overlap_days = days

    def test_the_database_keeps_one_key_of_a_kind(self):
        old, new = self._new(), self._new()
        with self.refused(IntegrityError):
            new.sudo().state = "active"
            self.env.flush_all()
        with self.refused(IntegrityError):
            old.sudo().state = "next"
            self.env.flush_all()

    def test_a_key_comes_only_once(self):
        private = generate_key()
        keys = self.env["spar.key"]
        certificate = keys._certify(self.connection, private)
        keys._add(self.connection, private, certificate)
        with self.assertRaisesRegex(UserError, "already"):
            keys._add(self.connection, private, certificate)

    def test_the_key_id(self):
        key = self._new()
        signer = self.connection._signer(self.connection._wire())
        self.assertEqual((key.kid, key.kid_sent), (key.thumbprint, False))
        self.assertIsNone(signer.kid, "SPAR's administrator registered none")
        wizard = self.env["spar.key.id.wizard"].with_user(self.manager)
        form = wizard.create({"key_id": key.id, "registered_kid": " registry-2026 "})
        self.assertEqual(form.action_set()["type"], "ir.actions.act_window_close")
        self.assertEqual(self._published(), ["registry-2026"])
        self.assertEqual(self.connection._signer(self.connection._wire()).kid, "registry-2026")
        other = self._new()
        for wrong in ("registry-2026", "with space", "ключ", "x" * 201):
            with self.subTest(wrong):
                form = wizard.create({"key_id": other.id, "registered_kid": wrong})
                self.assertEqual(form.action_set()["res_id"], form.id)
                self.assertTrue(form.refusal)
        self.assertEqual(other.kid, other.thumbprint)
        wizard.create({"key_id": key.id}).action_set()
        self.assertEqual(self._published(), [other.thumbprint, key.thumbprint])
        self.assertIsNone(self.connection._signer(self.connection._wire()).kid)

    def test_certificates_and_jwks_for_an_administrator(self):
        with self.assertRaisesRegex(UserError, "no signing key"):
            self.managed.action_download_certificate()
        first = self._new()
        said = self.managed.action_download_certificate()["url"]
        self.assertIn(f"/spar.key/{first.id}/certificate_file", said)
        second = self._new()
        said = self.managed.action_download_certificate()["url"]
        self.assertIn(f"/spar.key/{second.id}/certificate_file", said, "it is to be registered")
        self.managed.sender_id = "r&d #2"
        said = urlsplit(self.managed.action_download_jwks()["url"])
        self.assertIn("jwks_file", said.path)
        self.assertEqual(parse_qs(said.query)["filename"], ["r&d #2-jwks.json"])
        self.assertIn(self.connection.jwks_token, self.managed.jwks_url)

    def test_rights(self):
        key = self._new()
        wizard = self.env["spar.key.wizard"].create({"connection_id": self.connection.id})
        master = self.env["spar.master.key.wizard"].create({})
        name = self.env["spar.key.id.wizard"].create({"key_id": key.id})
        calls = [
            (key, "action_start_signing"),
            (key, "action_retire"),
            (key, "action_download_certificate"),
            (self.connection, "action_new_key"),
            (self.connection, "action_generate_key"),
            (self.connection, "action_download_jwks"),
            (wizard, "action_make"),
            (master, "action_wrap_anew"),
            (name, "action_set"),
        ]
        for user in (self.officer, self.viewer, self.staff, self.portal):
            for records, method in calls:
                with self.subTest(f"{user.login} {method}"), self.assertRaises(AccessError):
                    getattr(records.with_user(user), method)()
            for model in ("spar.key.wizard", "spar.key.id.wizard", "spar.master.key.wizard"):
                with self.subTest(f"{user.login} {model}"), self.assertRaises(AccessError):
                    self.env[model].with_user(user).create({})
        with self.subTest("another manager's form"), self.assertRaises(AccessError):
            wizard.with_user(self.manager).action_make()
        self.assertEqual(self._states(), ["active"])

    def test_nothing_of_a_key_is_written_by_rpc(self):
        key = self._new()
        for vals in (
            {"state": "retired"},
            {"kid": "x"},
            {"certificate": "x"},
            {"not_after": False},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                key.write(vals)
        with self.assertRaises(AccessError):
            key.unlink()
        for command in ((0, 0, {"kid": "x"}), (1, key.id, {"kid": "x"}), (2, key.id)):
            with self.subTest(command), self.assertRaises(AccessError):
                self.managed.write({"key_ids": [command]})

    def test_keys_of_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self.connection.copy({"company_id": company.id})
        self.assertNotEqual(elsewhere.jwks_token, self.connection.jwks_token)
        elsewhere.action_generate_key()
        theirs = elsewhere.key_ids.with_user(self.manager)
        self.assertFalse(theirs.search([("id", "=", theirs.id)]))
        for method in ("action_retire", "action_start_signing", "action_download_certificate"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(theirs, method)()
        form = self.env["spar.key.wizard"].with_user(self.manager)
        with self.assertRaises(AccessError):
            form.create({"connection_id": elsewhere.id}).action_make()
