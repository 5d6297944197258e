import base64

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..spar import (
    Exchange,
    KeymanagerSigner,
    KeymanagerUnusable,
    Route,
    validity,
)
from .spar_connection import MARGIN
from .spar_connection_client import MANAGER
from .tools import download

LARGEST_ANSWER = 8 * 1024 * 1024


class SparConnection(models.Model):
    """Signed by MOSIP Keymanager: the private key stays there, and never comes into Odoo."""

    _inherit = "spar.connection"

    signer = fields.Selection(
        [("own", "A key of this registry"), ("keymanager", "MOSIP Keymanager")],
        string="Signed by",
        required=True,
        default="own",
    )
    keymanager_url = fields.Char(
        string="Keymanager's URL",
        help="Up to the part before /jwtSign, e.g. https://keymanager.example.org/v1/keymanager",
    )
    keymanager_application = fields.Char(
        string="Application id", help="The application whose key signs, as Keymanager knows it."
    )
    keymanager_reference = fields.Char(
        string="Reference id",
        help="Empty for the application's own key, which is the one that signs RS256.",
    )
    keymanager_token_url = fields.Char(
        string="Token URL",
        help="The OIDC token endpoint that Keymanager trusts, e.g. https://keycloak.example.org/"
        "realms/staff/protocol/openid-connect/token. Empty when Keymanager asks for no token.",
    )
    keymanager_client = fields.Char(string="Client id", groups=MANAGER)
    keymanager_seconds = fields.Integer(
        string="Longest wait for a signature (s)", required=True, default=5
    )
    keymanager_certificate = fields.Text(readonly=True, copy=False, groups=MANAGER)
    keymanager_certificate_file = fields.Binary(
        compute="_compute_keymanager_certificate_file", groups=MANAGER
    )
    keymanager_fingerprint = fields.Char(
        string="Certificate's SHA-256 fingerprint", readonly=True, copy=False
    )
    keymanager_kid = fields.Char(
        string="Key id in the signatures",
        readonly=True,
        copy=False,
        help="As Keymanager writes it. A SPAR that keeps key ids must know it by this one.",
    )
    keymanager_not_after = fields.Datetime(string="Valid until", readonly=True, copy=False)

    @api.depends("keymanager_certificate")
    def _compute_keymanager_certificate_file(self):
        for connection in self:
            pem = connection.keymanager_certificate or ""
            connection.keymanager_certificate_file = base64.b64encode(pem.encode())

    @api.constrains(
        "signer",
        "allow_http",
        "keymanager_url",
        "keymanager_application",
        "keymanager_token_url",
        "keymanager_client",
    )
    def _check_keymanager(self):
        for connection in self.filtered(lambda connection: connection.signer == "keymanager"):
            if not connection.keymanager_url:
                raise ValidationError(_("Where is Keymanager? Fill in its URL."))
            connection._check_url("keymanager_url")
            if not (connection.keymanager_application or "").strip():
                raise ValidationError(
                    _(
                        "Keymanager needs the application id: without one it signs with a key of "
                        "its own, which SPAR does not know."
                    )
                )
            if connection.keymanager_token_url:
                connection._check_url("keymanager_token_url")
                if not connection.sudo().keymanager_client:
                    raise ValidationError(_("A token is fetched for a client: fill in its id."))

    @api.constrains(
        "signer", "keymanager_seconds", "lease_seconds", "connect_seconds", "read_seconds"
    )
    def _check_keymanager_seconds(self):
        for connection in self.filtered(lambda connection: connection.signer == "keymanager"):
            if connection.keymanager_seconds < 1:
                raise ValidationError(_("A timeout is one second at least."))
            # Each of the two calls is signed.
            each = connection.read_seconds + connection.keymanager_seconds
            needed = connection.connect_seconds + 2 * each + MARGIN
            if connection.lease_seconds < needed:
                raise ValidationError(
                    _(
                        "With these timeouts, and the wait for Keymanager, the lease must be %s "
                        "seconds at the least.",
                        needed,
                    )
                )

    def _signer(self, wire):
        self.ensure_one()
        if self.signer != "keymanager":
            return super()._signer(wire)
        connection = self.sudo()
        if not connection.keymanager_certificate:
            raise KeymanagerUnusable(code="keymanager_no_certificate")
        if connection.keymanager_not_after <= fields.Datetime.now():
            raise KeymanagerUnusable(code="keymanager_key_expired")
        return connection._keymanager_signer(wire)

    def _spare_signers(self, wire):
        return [] if self.signer == "keymanager" else super()._spare_signers(wire)

    def _keymanager_signer(self, wire):
        pem = self.keymanager_certificate
        return KeymanagerSigner(
            self._keymanager_exchange(self.keymanager_url),
            application_id=self.keymanager_application.strip(),
            reference_id=(self.keymanager_reference or "").strip(),
            certificate=pem.encode() if pem else None,
            tokens=self._keymanager_tokens(),
            seconds=self.keymanager_seconds,
            canonical=wire.canonical,
        )

    def _keymanager_exchange(self, url):
        return Exchange(
            base_url=url,
            session=None,
            route=Route(ca_bundle=self.sudo().ca_bundle or None),
            max_answer_bytes=LARGEST_ANSWER,
        )

    def action_fetch_certificate(self):
        """Have something signed, and keep the certificate that it is proved by."""
        self.ensure_one()
        connection = self._as_manager()
        differs = connection._differing_marks()
        if differs:
            raise UserError(self._copied_text(differs))
        if connection.signer != "keymanager":
            raise UserError(_("This connection signs with a key of this registry."))
        try:
            signer = connection._keymanager_signer(connection._wire())
            pem = signer.introduce()
            signer.close()
        except KeymanagerUnusable as error:
            return self._say(connection._trouble(error), "danger")
        parsed = x509.load_pem_x509_certificate(pem)
        connection.write(
            {
                "keymanager_certificate": pem.decode(),
                "keymanager_fingerprint": parsed.fingerprint(hashes.SHA256()).hex(),
                "keymanager_kid": signer.kid,
                "keymanager_not_after": validity(parsed)[1],
            }
        )
        return self._say(
            _(
                "Keymanager signs, and its certificate is kept. Now choose Download certificate "
                "and have SPAR's administrator register it for the sender id %s.",
                self.sender_id,
            ),
            "success",
        )

    def action_download_certificate(self):
        self.ensure_one()
        connection = self._as_manager()
        if connection.signer != "keymanager":
            return super().action_download_certificate()
        if not connection.keymanager_certificate:
            raise UserError(_("Choose Fetch certificate first: Keymanager has it."))
        return download(connection, "keymanager_certificate_file", f"{self.sender_id}.pem")
