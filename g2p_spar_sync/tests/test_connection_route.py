import base64
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import serialization

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..models import master_key
from ..spar import RouteUnusable, SettingUnusable, generate_key, self_signed_certificate
from .common import DispatchCase

NOW = datetime.now()
DAY = timedelta(days=1)


def _key_pem(key, password=None):
    lock = serialization.NoEncryption()
    if password:
        lock = serialization.BestAvailableEncryption(password.encode())
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, lock).decode()


def _certificate(key, last=NOW + DAY):
    return self_signed_certificate(key, "registry", NOW - 3 * DAY, last).decode()


@tagged("post_install", "-at_install")
class TestConnectionRoute(DispatchCase):
    """What a connection shows on its way to SPAR, and what is not accepted of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = generate_key()
        cls.pem = _key_pem(cls.key)
        cls.certificate = _certificate(cls.key)

    def _write(self, **vals):
        self.connection.with_user(self.manager).write(vals)
        self.connection.invalidate_recordset()

    def _says(self, word, **vals):
        with self.assertRaises(ValidationError) as caught, self.env.cr.savepoint():
            self._write(**vals)
        self.assertIn(word, str(caught.exception))
        self.connection.invalidate_recordset()

    def test_every_mistake_has_words(self):
        for code in SettingUnusable.MESSAGES:
            words = self.connection._setting_words(SettingUnusable(code))
            self.assertTrue(words.strip(), code)
            self.assertNotIn("%(", words)

    def test_urls(self):
        for url, word in (
            ("https://spar.example.org/api/sync", "/sync"),
            ("https://spar.example.org/mapper/resolve", "/mapper/resolve"),
            ("https://user:secret@spar.example.org", "password"),
            ("https://spar.example.org ", "space"),
            ("http://spar.example.org", "https only"),
        ):
            with self.subTest(url):
                self._says(word, base_url=url)

    def test_plain_http_is_a_deliberate_switch_that_leaves_an_event(self):
        self._write(base_url="http://spar.example.org", allow_http=True)
        self._says("https only", allow_http=False)
        details = self.env["spar.event"].search([("kind", "=", "configured")]).mapped("detail")
        self.assertTrue([detail for detail in details if "allow_http" in detail])
        made = self.connection.copy({"name": "Copy"})
        event = self.env["spar.event"].search([], limit=1)
        self.assertEqual(event.detail, f"spar.connection {made.id}: allow_http")

    def test_authorities(self):
        self._says("no certificate", ca_bundle="hello")
        self._says("private key", ca_bundle=self.certificate + self.pem)
        self._says("expired", ca_bundle=_certificate(self.key, NOW - DAY))
        self._write(ca_bundle_file=base64.b64encode(self.certificate.encode()))
        self.assertEqual(self.connection.ca_bundle.strip(), self.certificate.strip())
        self.assertEqual(self.connection._route().ca_bundle, self.connection.ca_bundle)
        self._says("no certificate", ca_bundle_file=base64.b64encode(b"\xff\xfe"))

    def test_a_client_certificate_and_its_key(self):
        self._says("needs its key", client_certificate=self.certificate)
        self._says("needs its certificate", client_key=self.pem)
        self._says(
            "does not belong",
            client_certificate=self.certificate,
            client_key=_key_pem(generate_key()),
        )
        short = generate_key(1024)
        self._says("too short", client_certificate=_certificate(short), client_key=_key_pem(short))
        locked = _key_pem(self.key, "right")
        wrong = {"client_certificate": self.certificate, "client_key": locked}
        self._says("password", client_key_password="wrong", **wrong)
        self._says("password", **wrong)
        self._write(client_key_password="right", **wrong)
        route = self.connection._route()
        self.assertEqual(route.certificate, self.certificate)
        self.assertIn(b"BEGIN PRIVATE KEY", route.key)
        self.assertEqual(self.connection.client_certificate_until.date(), (NOW + DAY).date())
        self._write(client_certificate=_certificate(self.key, NOW + 2 * DAY))
        self._says("does not belong", client_certificate=_certificate(generate_key()))
        self._write(client_certificate=False)
        self.assertFalse(self.connection._route().key)

    def test_a_connection_is_made_with_all_of_it(self):
        made = self.connection.with_user(self.manager).create(
            {
                "name": "Whole",
                "base_url": "https://spar.example.org",
                "sender_id": "whole",
                "client_certificate": self.certificate,
                "client_key": self.pem,
                "proxy_url": "http://proxy.example.org:3128",
                "proxy_user": "registry",
                "proxy_password": "SECRET-1",
                "header_ids": [(0, 0, {"name": "X-Key", "value": "SECRET-2"})],
            }
        )
        route = made._route()
        self.assertEqual(
            (route.proxy, route.proxy_user, route.proxy_password, dict(route.headers)),
            ("http://proxy.example.org:3128", "registry", "SECRET-1", {"X-Key": "SECRET-2"}),
        )
        self.assertTrue(route.key)

    def test_what_was_typed_is_shown_to_nobody(self):
        self._write(
            client_certificate=self.certificate,
            client_key=self.pem,
            proxy_url="http://proxy.example.org",
            proxy_user="registry",
            proxy_password="SECRET-1",
            header_ids=[(0, 0, {"name": "X-Key", "value": "SECRET-2"})],
        )
        self.env.invalidate_all()
        manager = self.connection.with_user(self.manager)
        read = manager.read()[0] | {"headers": manager.header_ids.read()}
        text = str(read) + str(manager.copy_data())
        exported = self.connection.export_data(
            ["client_key", "proxy_password", "header_ids/value", "header_ids/name"]
        )
        text += str(exported)
        self.env.flush_all()
        for table in ("spar_connection", "spar_connection_header", "spar_connection_secret"):
            self.env.cr.execute(f"SELECT t.*::text FROM {table} t")
            text += str(self.env.cr.fetchall())
        self.env.cr.execute("SELECT e.*::text FROM spar_event e")
        text += str(self.env.cr.fetchall())
        for secret in ("SECRET-1", "SECRET-2", "PRIVATE KEY"):
            self.assertNotIn(secret, text)
        self.assertIn("header_ids", str(self.env["spar.event"].search([]).mapped("detail")))

    def test_headers_go_along(self):
        shown = []

        def note(handler, operation, rows):
            shown.append(handler.headers.get("X-Key"))
            handler.answer(operation, handler.spar.work(operation, rows))

        self.spar.always["resolve"] = note
        self._write(header_ids=[(0, 0, {"name": "X-Key", "value": "SECRET-2"})])
        self.connection._client().probe()
        self._write(header_ids=[(1, self.connection.header_ids.id, {"value": "SECRET-3"})])
        self.connection._client().probe()
        self.assertEqual(shown, ["SECRET-2", "SECRET-3"])

    def test_several_are_written_at_once(self):
        both = self.connection | self.connection.copy({"name": "Other"})
        both.write({"client_certificate": self.certificate, "client_key": self.pem})
        both.write({"client_key": self.pem})
        for connection in both:
            self.assertTrue(connection._route().key)

    def test_headers_that_cannot_be(self):
        for name, value, word in (
            ("Signature", "x", "protocol"),
            ("Content-Type", "x", "protocol"),
            ("X Key", "x", "letters"),
            ("X-Key", "a\r\nHost: b", "one line"),
            ("X-Key", "", "value"),
        ):
            with self.subTest(name):
                self._says(word, header_ids=[(0, 0, {"name": name, "value": value})])
        twice = [(0, 0, {"name": name, "value": "x"}) for name in ("X-Key", "x-key")]
        self._says("twice", header_ids=twice)

    def test_a_header_is_told_to_no_other_host(self):
        self._write(header_ids=[(0, 0, {"name": "X-Key", "value": "SECRET-2"})])
        self._says("X-Key", base_url="https://elsewhere.example.org")
        self._write(
            base_url="https://elsewhere.example.org",
            header_ids=[(1, self.connection.header_ids.id, {"value": "SECRET-3"})],
        )
        self._write(base_url="https://elsewhere.example.org/api")
        self.assertEqual(dict(self.connection._route().headers), {"X-Key": "SECRET-3"})
        self._says("X-Key", base_url="https://elsewhere.example.org:8443")

    def test_nor_to_another_proxy(self):
        """One by an authority of its own would read it, and over plain http anyone."""
        self._write(header_ids=[(0, 0, {"name": "X-Key", "value": "SECRET-2"})])
        self._says("X-Key", proxy_url="http://elsewhere.example.org")
        proxy = {"proxy_url": "http://proxy.example.org:3128"}
        self._write(header_ids=[(1, self.connection.header_ids.id, {"value": "SECRET-3"})], **proxy)
        self._write(proxy_url=False)
        self._write(**proxy)
        self._says("X-Key", proxy_url="http://proxy.example.org:3129")
        self.assertEqual(dict(self.connection._route().headers), {"X-Key": "SECRET-3"})

    def test_a_password_is_told_to_no_other_proxy(self):
        self._says("http://", proxy_url="https://proxy.example.org")
        self._says("password", proxy_url="http://a:b@proxy.example.org")
        proxy = {"proxy_url": "http://proxy.example.org", "proxy_user": "registry"}
        self._write(proxy_password="SECRET-1", **proxy)
        self._write(name="Other", **proxy)
        self.assertEqual(self.connection._route().proxy_password, "SECRET-1")
        self._write(proxy_url="http://elsewhere.example.org")
        self.assertFalse(self.connection._route().proxy_password)

    def test_a_lost_master_key_stops_this_connection_only(self):
        self._write(header_ids=[(0, 0, {"name": "X-Key", "value": "SECRET-2"})])
        secret = self.env["spar.connection.secret"].search([])
        secret.wrapped = master_key.wrap(b"x")[:-4] + "AAAA"
        with self.assertRaises(RouteUnusable):
            self.connection._client()
        row = self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual((row.state, row.attempts), ("pending", 0))
        self.assertEqual(self.connection.paused_reason, "route_unreadable")

    def test_a_viewer_sees_nothing_of_it(self):
        seen = self.connection.with_user(self.viewer).fields_get()
        self.assertIn("base_url", seen)
        self.assertFalse({"client_certificate", "proxy_url", "header_ids"} & seen.keys())
