import base64
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..spar import RsaSigner, generate_key, load_private_key, self_signed_certificate
from . import master_key


class SparKey(models.Model):
    """A signing key of one connection: its public half. The private half is ``spar.key.secret``."""

    _name = "spar.key"
    _description = "SPAR signing key"
    _order = "id desc"
    _rec_name = "fingerprint"

    connection_id = fields.Many2one("spar.connection", required=True, ondelete="cascade")
    state = fields.Selection(
        [("active", "Signs"), ("retired", "Retired")], required=True, readonly=True
    )
    kid = fields.Char(
        string="Key id", readonly=True, help="Sent in the signature's header where one is set."
    )
    certificate = fields.Text(readonly=True, required=True)
    certificate_file = fields.Binary(compute="_compute_certificate_file")
    fingerprint = fields.Char(string="SHA-256 fingerprint", readonly=True)
    not_after = fields.Datetime(string="Valid until", readonly=True)

    @api.depends("certificate")
    def _compute_certificate_file(self):
        for key in self:
            key.certificate_file = base64.b64encode((key.certificate or "").encode())

    @api.model
    def _generate(self, connection, years=2):
        """A new key pair for ``connection``; it signs from now on, the one before retires."""
        now = fields.Datetime.now()
        private = generate_key()
        certificate = self_signed_certificate(
            private,
            connection.sender_id,
            now - timedelta(hours=1),
            now + timedelta(days=365 * years),
        )
        parsed = x509.load_pem_x509_certificate(certificate)
        connection.key_ids.filtered(lambda key: key.state == "active").state = "retired"
        key = self.create(
            {
                "connection_id": connection.id,
                "state": "active",
                "kid": connection.signing_kid,
                "certificate": certificate.decode(),
                "fingerprint": parsed.fingerprint(parsed.signature_hash_algorithm).hex(),
                "not_after": now + timedelta(days=365 * years),
            }
        )
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self.env["spar.key.secret"].sudo().create(
            {"key_id": key.id, "wrapped": master_key.wrap(pem)}
        )
        return key

    def _signer(self, canonical):
        """The signer of this key. UserError when its private half cannot be opened."""
        self.ensure_one()
        secret = self.env["spar.key.secret"].sudo().search([("key_id", "=", self.id)], limit=1)
        if not secret:
            raise UserError(
                _("The private half of the signing key is missing. Generate a new key.")
            )
        private = load_private_key(master_key.unwrap(secret.wrapped), None)
        return RsaSigner(private, kid=self.kid or None, canonical=canonical)


class SparKeySecret(models.Model):
    """A private key, wrapped by the master key. No access rule: no RPC reads it."""

    _name = "spar.key.secret"
    _description = "SPAR private key"

    key_id = fields.Many2one("spar.key", required=True, ondelete="cascade", index=True)
    wrapped = fields.Text(required=True)
