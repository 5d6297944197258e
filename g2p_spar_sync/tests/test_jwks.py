import base64
import json
from datetime import timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import SparCase


def number(text):
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


@tagged("post_install", "-at_install")
class TestJwks(SparCase, HttpCase):
    """The address where SPAR, and anybody, finds a connection's public keys."""

    def setUp(self):
        super().setUp()
        self.connection.wire_format = "g2p-connect"
        self.path = f"/spar/{self.connection.jwks_token}/jwks.json"
        self.opener.cookies.clear()

    def _get(self, path=None, **headers):
        return self.url_open(path or self.path, headers=headers)

    def test_anybody_reads_the_published_keys(self):
        self.assertEqual(self._get().json(), {"keys": []})
        self.connection.action_generate_key()
        self.connection.action_generate_key()
        answer = self._get()
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/jwk-set+json")
        self.assertEqual(answer.headers["Cache-Control"], "public, max-age=300")
        self.assertNotIn("Set-Cookie", answer.headers)
        keys = {key["kid"]: key for key in answer.json()["keys"]}
        self.assertEqual(set(keys), set(self.connection.key_ids.mapped("kid")))
        for key in self.connection.key_ids:
            published = keys[key.kid]
            self.assertEqual(set(published), {"kty", "n", "e", "use", "alg", "kid"})
            self.assertEqual((published["alg"], published["use"]), ("RS256", "sig"))
            numbers = rsa.RSAPublicNumbers(number(published["e"]), number(published["n"]))
            self._verifies(numbers.public_key(), key._signer("as_sent"))

    def _verifies(self, public_key, signer):
        header, middle, signature = signer.sign(b"{}").split(".")
        signed = f"{header}.{base64.urlsafe_b64encode(b'{}').decode().rstrip('=')}".encode()
        raw = base64.urlsafe_b64decode(signature + "==")
        public_key.verify(raw, signed, padding.PKCS1v15(), hashes.SHA256())
        self.assertFalse(middle)

    def test_through_a_rotation(self):
        for _each in range(2):
            self.connection.action_generate_key()
        self.env.invalidate_all()
        new, old = self.connection.key_ids
        new._start()
        self.assertEqual(self._kids(), [new.kid, old.kid])
        old.published_until = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self._kids(), [new.kid])
        new.not_after = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self._kids(), [])

    def _kids(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return [key["kid"] for key in self._get().json()["keys"]]

    def test_a_copy_is_kept_until_the_keys_change(self):
        self.connection.action_generate_key()
        etag = self._get().headers["ETag"]
        again = self._get(**{"If-None-Match": etag})
        self.assertEqual((again.status_code, again.content), (304, b""))
        self.assertEqual(again.headers["ETag"], etag)
        self.connection.action_generate_key()
        changed = self._get(**{"If-None-Match": etag})
        self.assertEqual(changed.status_code, 200)
        self.assertNotEqual(changed.headers["ETag"], etag)

    def test_only_get_and_head(self):
        url = self.base_url() + self.path
        head = self.opener.head(url, timeout=10)
        self.assertEqual((head.status_code, head.content), (200, b""))
        self.assertTrue(head.headers["ETag"])
        for method in ("post", "put", "delete", "patch"):
            with self.subTest(method):
                self.assertEqual(getattr(self.opener, method)(url, timeout=10).status_code, 405)

    def test_no_such_connection(self):
        number = self.connection.id
        for token in ("nobody", str(number), "%27%20OR%201=1", "a" * 5000, "%00"):
            with self.subTest(token[:20]):
                self.assertEqual(self._get(f"/spar/{token}/jwks.json").status_code, 404)
        self.connection.active = False
        self.env.flush_all()
        self.assertEqual(self._get().status_code, 404)

    def test_the_file_is_the_same(self):
        self.connection.action_generate_key()
        file = base64.b64decode(self.connection.with_user(self.manager).jwks_file)
        self.assertEqual(json.loads(file), self._get().json())
        self.authenticate(self.manager.login, self.manager.login)
        url = self.connection.with_user(self.manager).action_download_jwks()["url"]
        said = self.url_open(url)
        self.assertEqual(said.content, file)
        self.assertIn("attachment", said.headers["Content-Disposition"])
        url = self.connection.with_user(self.manager).action_download_certificate()["url"]
        self.assertIn(b"BEGIN CERTIFICATE", self.url_open(url).content)
        self.authenticate(self.officer.login, self.officer.login)
        self.assertNotIn(b"BEGIN CERTIFICATE", self.url_open(url).content)
