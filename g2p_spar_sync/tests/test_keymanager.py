import logging

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from . import small_keymanager
from .common import DispatchCase
from .small_keymanager import APPLICATION, CLIENT, SECRET, SmallKeymanager


@tagged("post_install", "-at_install")
class TestKeymanager(DispatchCase):
    """A connection whose requests MOSIP Keymanager signs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keymanager = SmallKeymanager()
        cls.addClassCleanup(lambda: cls.keymanager.stop())

    def setUp(self):
        super().setUp()
        self.keymanager.reset()
        self.managed = self.connection.with_user(self.manager)
        self.managed.write(
            {
                "wire_format": "g2p-connect",
                "signer": "keymanager",
                "keymanager_url": f"{self.keymanager.url}/v1/keymanager",
                "keymanager_application": APPLICATION,
                "keymanager_token_url": f"{self.keymanager.url}/token",
                "keymanager_client": CLIENT,
                "keymanager_secret": SECRET,
                "keymanager_seconds": 1,
            }
        )

    def _fetch(self):
        said = self.managed.action_fetch_certificate()["params"]
        self.assertEqual(said["type"], "success", said["message"])

    def _assert_waits_then_goes_on(self, row, reason, word):
        self.assertEqual((row.state, row.attempts), ("pending", 0))
        self.assertEqual(
            (self.connection.state, self.connection.paused_reason), ("waiting", reason)
        )
        self.assertIn(word, self.connection.pause_explanation)
        self.assertFalse(self.spar.writes(row.partner_id.ref), "it was sent all the same")
        self.assertNotIn("sent", [kind for kind, _detail in self.events(row)])
        self.keymanager.reset()
        self.later(120)
        self.drain()
        self.assertEqual((row.state, row.attempts), ("done", 0))
        self.assertEqual(self.connection.state, "running")

    def test_what_it_signs_is_sent(self):
        self._fetch()
        partner = self.registrant()
        fetched = len(self.keymanager.tokens)
        first = self.submit(partner, "1000000001")
        self.drain()
        second = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual((first.outcome, second.outcome), ("link", "update"))
        sent = self.env["spar.event"].search(
            [("submission_id", "in", (first | second).ids), ("kind", "=", "sent")]
        )
        self.assertEqual(set(sent.mapped("kid")), {"key-0"})
        self.assertEqual(len(self.keymanager.tokens), fetched + 1, "one token serves two turns")
        self.assertNotIn("PRIVATE", str(self.managed.read()))

    def test_its_certificate_is_fetched_and_given_out(self):
        with self.assertRaises(UserError):
            self.managed.action_download_certificate()
        self._fetch()
        self.assertEqual(len(self.connection.keymanager_fingerprint), 64)
        self.assertEqual(self.connection.keymanager_kid, "key-0")
        link = self.managed.action_download_certificate()["url"]
        self.assertIn(f"spar.connection/{self.connection.id}/keymanager_certificate_file", link)
        self.assertIn("BEGIN CERTIFICATE", self.connection.keymanager_certificate)
        said = self.managed.action_test_connection()["params"]
        self.assertEqual(said["type"], "success", said["message"])

    def test_no_certificate_yet(self):
        row = self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual(self.connection.paused_reason, "keymanager_no_certificate")
        self._fetch()
        self._assert_waits_then_goes_on(row, "keymanager_no_certificate", "Fetch certificate")

    def test_it_is_away_and_comes_back(self):
        self._fetch()
        row = self.submit(self.confirmed(), "1000000002")
        port = self.keymanager.port
        self.keymanager.stop()
        self.drain()
        self.keymanager.start(port)
        self.assertEqual(self.connection.paused_reason, "keymanager_unreachable")
        self.assertEqual((row.state, row.attempts), ("pending", 0))
        self.later(120)
        self.drain()
        self.assertEqual((row.state, row.attempts, row.outcome), ("done", 0, "update"))

    def test_every_trouble_waits_and_says_what_to_do(self):
        self._fetch()
        for behaviour, reason, word in (
            (small_keymanager.silent, "keymanager_silent", "in time"),
            (small_keymanager.error("KER-KMS-012"), "keymanager_no_key", APPLICATION),
            (small_keymanager.error("KER-JWS-108"), "keymanager_application", APPLICATION),
            (small_keymanager.error("KER-KMA-005"), "keymanager_key_expired", "expired"),
            (small_keymanager.error("KER-ZZZ-123"), "KER-ZZZ-123", "KER-ZZZ-123"),
            (small_keymanager.error("KER-ATH-403"), "keymanager_not_allowed", "role"),
        ):
            with self.subTest(reason):
                row = self.submit(self.registrant(), "1000000001")
                self.keymanager.behaviour = behaviour
                self.drain()
                self._assert_waits_then_goes_on(row, reason, word)

    def test_a_key_that_was_renewed_waits_for_a_person(self):
        self._fetch()
        row = self.submit(self.registrant(), "1000000001")
        self.keymanager.renew()
        self.drain()
        self.assertEqual(self.connection.paused_reason, "keymanager_other_key")
        self.assertEqual(self.spar.writes(), [])
        self._fetch()
        self.assertEqual(self.connection.keymanager_kid, "key-1")
        self.later(120)
        self.drain()
        self.assertEqual((row.state, row.attempts), ("done", 0))

    def test_an_expired_certificate(self):
        self._fetch()
        self.connection.keymanager_not_after = "2020-01-01 00:00:00"
        row = self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual(self.connection.paused_reason, "keymanager_key_expired")
        self._fetch()
        self._assert_waits_then_goes_on(row, "keymanager_key_expired", "expired")

    def test_a_wrong_secret(self):
        self._fetch()
        self.managed.keymanager_secret = "wrong"
        row = self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual(self.connection.paused_reason, "keymanager_token_refused")
        self.managed.keymanager_secret = SECRET
        self._assert_waits_then_goes_on(row, "keymanager_token_refused", "secret")
        self.managed.keymanager_secret = False
        self.assertFalse(self.managed.keymanager_has_secret)
        said = self.managed.action_test_connection()["params"]
        self.assertIn("no client secret", said["message"])

    def test_the_secret_is_nobodys(self):
        secret = self.env["spar.keymanager.secret"].search(
            [("connection_id", "=", self.connection.id)]
        )
        self.assertNotIn(SECRET, secret.wrapped)
        admin = new_test_user(self.env, "km-admin", "base.group_system")
        for user in (self.manager, self.officer, admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                secret.with_user(user).read(["wrapped"])
        self.env.invalidate_all()
        self.assertTrue(self.managed.keymanager_has_secret)
        self.assertFalse(self.managed.keymanager_secret)
        self.assertNotIn(SECRET, str(self.managed.read()))
        with self.assertRaises(AccessError):
            self.connection.with_user(self.viewer).read(["keymanager_secret"])
        self.assertFalse(self.connection.copy().keymanager_has_secret)
        events = self.env["spar.event"].search([("kind", "=", "configured")])
        self.assertNotIn(SECRET, str(events.mapped("detail")))

    def test_a_changed_url_is_not_told_the_secret(self):
        """Else a manager could have it sent to a server of his own."""
        for vals in (
            {"keymanager_token_url": "https://elsewhere.example.org/token"},
            {"keymanager_url": "https://elsewhere.example.org/v1/keymanager"},
            {"keymanager_client": "another"},
        ):
            with self.subTest(vals):
                self.managed.keymanager_secret = SECRET
                self.managed.write(vals)
                self.assertFalse(self.managed.keymanager_has_secret)
                self.managed.write({**vals, "keymanager_secret": SECRET})
                self.assertTrue(self.managed.keymanager_has_secret)
        self.managed.write({"keymanager_seconds": 2, "keymanager_application": "OTHER"})
        self.assertTrue(self.managed.keymanager_has_secret)

    def test_neither_secret_nor_token_nor_address_is_logged(self):
        self._fetch()
        with self.assertLogs(logging.getLogger(), logging.DEBUG) as logged:
            self.submit(self.registrant(), "4711000815")
            self.drain()
            self.keymanager.behaviour = small_keymanager.error("KER-JWS-104")
            self.submit(self.registrant(), "4711000815")
            self.drain()
        lines = "\n".join(
            line for line in logged.output if not line.startswith("DEBUG:odoo.sql_db")
        )
        self.assertIn("KER-JWS-104", lines)
        for value in (SECRET, "token-", "4711000815"):
            self.assertNotIn(value, lines)

    def test_bad_settings_are_refused_in_words(self):
        for vals, word in (
            ({"keymanager_url": False}, "Where is Keymanager"),
            ({"keymanager_url": "keymanager.example.org"}, "Keymanager's URL"),
            ({"keymanager_url": "http://keymanager.example.org/v1"}, "https only"),
            ({"keymanager_url": "https://u:p@keymanager.example.org"}, "no user"),
            ({"keymanager_url": "https://keymanager.example.org:99999/"}, "65535"),
            ({"keymanager_url": "https://key manager/"}, "space"),
            ({"keymanager_application": "  "}, "application id"),
            ({"keymanager_application": False}, "application id"),
            ({"keymanager_token_url": "ftp://example.org"}, "Token URL"),
            ({"keymanager_client": False}, "for a client"),
            ({"keymanager_seconds": 0}, "one second"),
            ({"keymanager_seconds": 50}, "lease"),
        ):
            with self.subTest(vals), self.assertRaises(ValidationError) as caught:
                self.managed.write(vals)
            self.assertIn(word, str(caught.exception))
        # What is not used may stand there half filled in.
        self.managed.write({"signer": "own", "keymanager_url": False})

    def test_plain_http_that_is_switched_off_is_so_for_keymanager(self):
        for name in ("keymanager_url", "keymanager_token_url"):
            before = self.connection[name]
            self.managed.write({"allow_http": True, name: "http://keymanager.example.org/v1"})
            with self.subTest(name), self.refused(ValidationError):
                self.managed.write({"allow_http": False})
            self.managed.write({"allow_http": False, name: before})

    def test_a_copied_database_asks_no_keymanager(self):
        self.connection.home_database = {"uuid": "another"}
        with self.assertRaises(UserError):
            self.managed.action_fetch_certificate()
        self.assertFalse(self.keymanager.tokens)
