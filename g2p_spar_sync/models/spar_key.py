import base64
import re
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from dateutil.relativedelta import relativedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..spar import (
    RsaSigner,
    generate_key,
    jwk,
    load_private_key,
    self_signed_certificate,
    thumbprint,
    validity,
)
from . import master_key
from .tools import unique_index

KEY_ID = re.compile(r"[\x21-\x7e]{1,200}")
#: A certificate is valid from a little before now, for clocks that are behind.
BEFORE = timedelta(hours=1)
LIFETIME = relativedelta(years=2)


class SparKey(models.Model):
    """A signing key of one connection: its public half. The private half is ``spar.key.secret``."""

    _name = "spar.key"
    _description = "SPAR signing key"
    _order = "id desc"
    _rec_name = "fingerprint"

    connection_id = fields.Many2one("spar.connection", required=True, ondelete="cascade")
    state = fields.Selection(
        [("next", "Next"), ("active", "Signs"), ("retired", "Retired")],
        required=True,
        readonly=True,
    )
    kid = fields.Char(
        string="Key id",
        required=True,
        readonly=True,
        help="Names the key in the JWKS: the one that SPAR's administrator registered it by, else "
        "its thumbprint (RFC 7638).",
    )
    kid_sent = fields.Boolean(
        string="Sent",
        readonly=True,
        help="The signature's header carries the key id: SPAR's administrator registered it.",
    )
    thumbprint = fields.Char(readonly=True, required=True)
    certificate = fields.Text(readonly=True, required=True)
    certificate_file = fields.Binary(compute="_compute_certificate_file")
    fingerprint = fields.Char(string="SHA-256 fingerprint", readonly=True)
    not_after = fields.Datetime(string="Valid until", readonly=True, required=True)
    retired_at = fields.Datetime(readonly=True)
    published_until = fields.Datetime(
        readonly=True, help="A retired key stays published so long, for requests on their way."
    )
    published = fields.Boolean(
        compute="_compute_published", help="SPAR may verify by it: it stands in the JWKS."
    )

    def init(self):
        for state in ("next", "active"):
            unique_index(
                self.env.cr, self._table, state, "(connection_id)", where=f"state = '{state}'"
            )

    @api.depends("certificate")
    def _compute_certificate_file(self):
        for key in self:
            key.certificate_file = base64.b64encode((key.certificate or "").encode())

    @api.depends("state", "not_after", "published_until")
    def _compute_published(self):
        now = fields.Datetime.now()
        for key in self:
            stays = key.state != "retired" or (key.published_until or now) > now
            key.published = stays and key.not_after > now

    @api.model
    def _generate(self, connection, lifetime=LIFETIME, bits=2048, registered_kid=None):
        """A new key pair with a certificate signed by itself."""
        private = generate_key(bits)
        certificate = self._certify(connection, private, lifetime)
        return self._add(connection, private, certificate, registered_kid)

    @api.model
    def _certify(self, connection, private, lifetime=LIFETIME):
        now = fields.Datetime.now()
        return self_signed_certificate(private, connection.sender_id, now - BEFORE, now + lifetime)

    @api.model
    def _add(self, connection, private, certificate, registered_kid=None):
        """Keep a key pair. It signs at once where no other one can, else it is the next one.

        :param certificate: PEM, of this very key
        :param registered_kid: the key id that SPAR's administrator gave it
        """
        refusal = self._refusal(connection, private, registered_kid)
        if refusal:
            raise UserError(refusal)
        parsed = x509.load_pem_x509_certificate(certificate)
        print_ = thumbprint(private.public_key())
        active = connection._key_in("active")
        at_once = not active or active._is_expired()
        if at_once:
            active._withdraw()
        key = self.create(
            {
                "connection_id": connection.id,
                "state": "active" if at_once else "next",
                "kid": registered_kid or print_,
                "kid_sent": bool(registered_kid),
                "thumbprint": print_,
                "certificate": certificate.decode(),
                "fingerprint": parsed.fingerprint(hashes.SHA256()).hex(),
                "not_after": validity(parsed)[1],
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
        key._record("made")
        connection._probe_soon()
        return key

    @api.model
    def _refusal(self, connection, private=None, registered_kid=None):
        """Why ``connection`` takes no new key, or not this one; None when it does."""
        if connection._key_in("next"):
            return _(
                "A next key waits already: start signing with it, or retire it. Then make another."
            )
        keys = connection.key_ids
        if private and thumbprint(private.public_key()) in keys.mapped("thumbprint"):
            return _(
                "This key is, or was, a key of this connection already. Bring another one: a "
                "rotation that keeps the key changes nothing."
            )
        return self._kid_refusal(keys, registered_kid) if registered_kid else None

    @api.model
    def _kid_refusal(self, others, kid):
        """Why a key beside ``others`` cannot go by ``kid``; None when it can."""
        if not KEY_ID.fullmatch(kid):
            return _("A key id is at most 200 letters, digits and signs, without spaces.")
        if kid in others.filtered("published").mapped("kid"):
            return _("Another key of this connection goes by this key id.")
        return None

    def _go_by(self, registered_kid):
        """Take the key id that SPAR's administrator gave, "" for none. Returns why not, or None."""
        self.ensure_one()
        if registered_kid:
            refusal = self._kid_refusal(self.connection_id.key_ids - self, registered_kid)
            if refusal:
                return refusal
        self.write({"kid": registered_kid or self.thumbprint, "kid_sent": bool(registered_kid)})
        self._record("kid")
        return None

    def _record(self, what):
        self.env["spar.event"]._record_setting(self, [what])

    def _is_expired(self):
        return self.not_after <= fields.Datetime.now()

    def _jwk(self):
        self.ensure_one()
        return jwk(x509.load_pem_x509_certificate(self.certificate.encode()), self.kid)

    def _signer(self, canonical):
        """The signer of this key. UserError when its private half cannot be opened."""
        self.ensure_one()
        secret = self.env["spar.key.secret"].sudo().search([("key_id", "=", self.id)], limit=1)
        if not secret:
            raise UserError(
                _("The private half of the signing key is missing. Generate a new key.")
            )
        kid = self.kid if self.kid_sent else None
        return RsaSigner(load_private_key(secret._open()), kid=kid, canonical=canonical)


class SparKeySecret(models.Model):
    """A private key, wrapped by the master key. No access rule: no RPC reads it."""

    _name = "spar.key.secret"
    _inherit = "spar.wrapped"
    _description = "SPAR private key"

    key_id = fields.Many2one("spar.key", required=True, ondelete="cascade", index=True)
