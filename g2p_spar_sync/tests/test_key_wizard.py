import base64
from datetime import timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..spar import generate_key, self_signed_certificate, thumbprint
from .common import SparCase

PASSWORD = "correct horse battery"
LOCK = serialization.BestAvailableEncryption(PASSWORD.encode())


def pem(key, lock=None):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        lock or serialization.NoEncryption(),
    ).decode()


def public_pem(key):
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


@tagged("post_install", "-at_install")
class TestKeyWizard(SparCase):
    """The form that makes a key, or takes one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.wire_format = "g2p-connect"
        cls.private = generate_key()
        cls.other = generate_key()
        cls.locked = pem(cls.private, LOCK)

    def _certificate(self, key=None, start=-1, end=100):
        """``start``, ``end``: days from now."""
        now = fields.Datetime.now()
        days = (now + timedelta(days=start), now + timedelta(days=end))
        return self_signed_certificate(key or self.private, "theirs", *days).decode()

    def _form(self, **vals):
        """The form as its manager saves it."""
        opened = self.connection.with_user(self.manager).action_new_key()
        forms = self.env[opened["res_model"]].with_user(self.manager)
        return forms.with_context(**opened["context"]).create(vals)

    def _make(self, **vals):
        form = self._form(**vals)
        said = form.action_make()
        self.env.invalidate_all()
        if said["type"] == "ir.actions.act_window_close":
            self.assertFalse(form.refusal)
        else:
            self.assertEqual((said["res_model"], said["res_id"]), (form._name, form.id))
            self.assertTrue(form.refusal)
        return form

    def _import(self, **vals):
        return self._make(way="import", **vals)

    def _nothing_stays(self, form, *secrets):
        """Neither open nor sealed, nor as an attachment."""
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM spar_key_wizard WHERE id = %s", (form.id,))
        [row] = self.env.cr.dictfetchall()
        self.assertFalse(row["sealed"])
        for secret in secrets:
            self.assertNotIn(secret, str(row))
        attachments = self.env["ir.attachment"].search([("res_model", "=", form._name)])
        self.assertFalse(attachments)

    def test_generating(self):
        for bits, lifetime, unit in (("2048", 6, "months"), ("3072", 10, "years")):
            with self.subTest(bits):
                self.connection.key_ids.unlink()
                self._make(bits=bits, lifetime=lifetime, lifetime_unit=unit)
                key = self.connection.key_ids
                self.assertEqual(key.state, "active")
                secret = self.env["spar.key.secret"].search([("key_id", "=", key.id)])
                self.assertGreater(len(secret.wrapped), int(bits))
                wanted = fields.Datetime.now() + relativedelta(**{unit: lifetime})
                self.assertLess(abs(key.not_after - wanted), timedelta(minutes=5))

    def test_lifetimes_that_are_none(self):
        for lifetime, unit in ((0, "years"), (-1, "years"), (11, "years"), (10**9, "years")):
            with self.subTest(lifetime):
                form = self._make(lifetime=lifetime, lifetime_unit=unit)
                self.assertIn("ten years", form.refusal)
        self.assertFalse(self.connection.key_ids)

    def test_importing_a_file(self):
        upload = base64.b64encode(self.locked.encode())
        form = self._import(key_file=upload, password=PASSWORD, registered_kid="theirs-1")
        key = self.connection.key_ids
        self.assertEqual(key.thumbprint, thumbprint(self.private.public_key()))
        self.assertEqual((key.state, key.kid, key.kid_sent), ("active", "theirs-1", True))
        signer = self.connection._signer(self.connection._wire())
        self.assertEqual((signer.thumbprint, signer.kid), (key.thumbprint, "theirs-1"))
        self._nothing_stays(form, PASSWORD, self.locked, upload.decode())

    def test_importing_what_was_pasted_with_its_certificate(self):
        certificate = self._certificate()
        self._import(key_text=pem(self.private), certificate_text=certificate)
        key = self.connection.key_ids
        self.assertEqual(key.certificate, certificate)
        end = fields.Datetime.now() + timedelta(days=100)
        self.assertLess(abs(key.not_after - end), timedelta(minutes=5))

    def test_a_certificate_as_a_file(self):
        upload = base64.b64encode(self._certificate().encode())
        self._import(key_text=pem(self.private), certificate_upload=upload)
        self.assertEqual(self.connection.key_ids.certificate, self._certificate_of(upload))

    @staticmethod
    def _certificate_of(upload):
        return base64.b64decode(upload).decode()

    def test_bad_input_is_told_in_words_and_nothing_of_it_stays(self):
        short, curve = generate_key(1024), ec.generate_private_key(ec.SECP256R1())
        ended, begins = self._certificate(end=-1, start=-9), self._certificate(start=1)
        foreign = self._certificate(self.other)
        good = pem(self.private)
        for words, vals in (
            ("There is no private key", {}),
            ("There is no private key", {"key_file": base64.b64encode(b" ")}),
            ("no private key in PEM form", {"key_text": "rubbish"}),
            ("no private key in PEM form", {"key_text": good[:200]}),
            ("no private key in PEM form", {"key_file": base64.b64encode(b"\x30\x82\x01\xff")}),
            ("no private key in PEM form", {"key_file": "no base64!"}),
            ("public key", {"key_text": public_pem(self.private)}),
            ("This is a certificate", {"key_text": self._certificate()}),
            ("shorter than 2048", {"key_text": pem(short)}),
            ("no RSA key", {"key_text": pem(curve)}),
            ("type its password", {"key_text": self.locked}),
            ("password does not open", {"key_text": self.locked, "password": "Wr0ng"}),
            ("another key", {"key_text": good, "certificate_text": foreign}),
            (
                "has expired",
                {"key_text": good, "certificate_text": ended},
            ),
            ("not valid yet", {"key_text": good, "certificate_text": begins}),
            ("no certificate in PEM", {"key_text": good, "certificate_text": good}),
            ("no certificate in PEM", {"key_text": good, "certificate_text": "rubbish"}),
            ("letters, digits", {"key_text": good, "registered_kid": "a b"}),
        ):
            with self.subTest(words, **{key: "" for key in vals}):
                form = self._import(**vals)
                self.assertIn(words, form.refusal)
                self._nothing_stays(form, good[40:80], self.locked[40:80], "Wr0ng")
        self.assertFalse(self.connection.key_ids)

    def test_ten_megabytes(self):
        upload = base64.b64encode(b"x" * 10 * 2**20)
        with self.assertRaisesRegex(UserError, "64 kB"):
            self._form(way="import", key_file=upload)
        with self.assertRaisesRegex(UserError, "64 kB"):
            self._form(way="import", certificate_text="x" * 2**20)

    def test_what_was_typed_is_never_shown_and_lies_sealed_until_the_button(self):
        form = self._form(way="import", key_text=self.locked, password=PASSWORD)
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM spar_key_wizard WHERE id = %s", (form.id,))
        [row] = self.env.cr.dictfetchall()
        self.assertTrue(row["sealed"])
        self.assertNotIn(PASSWORD, str(row))
        self.assertNotIn("PRIVATE KEY", str(row))
        self.env.invalidate_all()
        shown = str(form.read())
        self.assertNotIn(PASSWORD, shown)
        self.assertNotIn("PRIVATE", shown)
        self.assertNotIn("sealed", shown)

    def test_no_secret_gets_into_a_log(self):
        with self.assertLogs(level="DEBUG") as logs:
            self._import(key_text=self.locked, password="Wr0ng-Wr0ng")
            self._import(key_text=self.locked, password=PASSWORD)
        said = "\n".join(line for line in logs.output if "odoo.sql_db" not in line)
        for secret in (PASSWORD, "Wr0ng-Wr0ng", self.locked[40:80], pem(self.private)[40:80]):
            self.assertNotIn(secret, said)

    def test_the_same_key_again(self):
        self._import(key_text=pem(self.private))
        form = self._import(key_text=pem(self.private))
        self.assertIn("already", form.refusal)
        self._import(key_text=pem(self.other))
        self.assertEqual(self.connection.key_ids.mapped("state"), ["next", "active"])
        with self.assertRaisesRegex(UserError, "next key waits already"):
            self._form()
