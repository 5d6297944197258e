import base64
import json
import logging
import secrets

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..spar import KeyUnusable, RsaSigner, SigningKeyUnusable
from .master_key import MasterKeyUnusable
from .spar_connection_client import MANAGER
from .tools import database_now, download, unique_index

_logger = logging.getLogger(__name__)


class SparConnection(models.Model):
    """The keys a connection signs with, and where SPAR finds their public halves."""

    _inherit = "spar.connection"

    key_overlap_days = fields.Integer(
        string="Old key stays published (days)",
        default=7,
        required=True,
        help="After another key started signing; so long SPAR may still verify by the old one.",
    )
    accepted_key_id = fields.Many2one(
        "spar.key",
        string="Key that SPAR accepted last",
        readonly=True,
        copy=False,
        groups=MANAGER,
    )
    jwks_token = fields.Char(
        readonly=True, copy=False, default=lambda self: secrets.token_urlsafe(16)
    )
    jwks_url = fields.Char(
        string="JWKS address",
        compute="_compute_jwks_url",
        help="The public halves of the published keys. Anybody may read it; SPAR may fetch it.",
    )
    jwks_file = fields.Binary(compute="_compute_jwks_file")

    def init(self):
        result = super().init()
        self.env.cr.execute("SELECT id FROM spar_connection WHERE jwks_token IS NULL")
        for (connection,) in self.env.cr.fetchall():
            self.env.cr.execute(
                "UPDATE spar_connection SET jwks_token = %s WHERE id = %s",
                (secrets.token_urlsafe(16), connection),
            )
        unique_index(self.env.cr, self._table, "jwks_token", "(jwks_token)")
        return result

    @api.constrains("key_overlap_days")
    def _check_key_overlap(self):
        for connection in self:
            if connection.key_overlap_days < 1:
                raise ValidationError(_("An old key stays published for one day at the least."))

    @api.depends("jwks_token")
    def _compute_jwks_url(self):
        for connection in self:
            base = connection.get_base_url()
            connection.jwks_url = f"{base}/spar/{connection.jwks_token}/jwks.json"

    @api.depends("key_ids.published", "key_ids.kid")
    def _compute_jwks_file(self):
        for connection in self:
            connection.jwks_file = base64.b64encode(connection._jwks())

    def _jwks(self):
        """The published keys as a JWKS, in bytes."""
        self.ensure_one()
        published = self.sudo().key_ids.filtered("published")
        return json.dumps({"keys": [key._jwk() for key in published]}, indent=1).encode()

    def _key_in(self, state):
        """The key in this state, or none; of retired ones the newest."""
        return self.sudo().key_ids.filtered(lambda key: key.state == state)[:1]

    def _signing_keys(self):
        """The keys that SPAR may know us by, the one that signs first; of retired ones the last."""
        keys = self.sudo().key_ids.filtered("published")
        retired = keys.filtered(lambda key: key.state == "retired")
        newest = retired.sorted(lambda key: (key.retired_at, key.id))[-1:]
        return (self._key_in("active") | self._key_in("next")) & keys | newest

    def _signer(self, wire):
        keys = self._signing_keys()
        if not keys:
            expired = self._key_in("active") and "signing_key_expired"
            raise SigningKeyUnusable(code=expired or "signing_key_missing")
        return self._opened(keys[0], wire)

    def _spare_signers(self, wire):
        """Of the other keys that SPAR may know: see SparClient."""
        return [self._opened(key, wire) for key in self._signing_keys()[1:]]

    @api.model
    def _opened(self, key, wire):
        try:
            return key._signer(wire.canonical)
        except MasterKeyUnusable as error:
            raise SigningKeyUnusable(code=error.code) from error
        except (KeyUnusable, UserError) as error:
            raise SigningKeyUnusable(code="signing_key_unreadable") from error

    def _client(self):
        """SigningKeyUnusable, too, when the master key opens nothing, which addresses lie under."""
        try:
            self.env["spar.vault"]._check_open()
        except MasterKeyUnusable as error:
            raise SigningKeyUnusable(code=error.code) from error
        return super()._client()

    def _client_mark(self):
        """Another one as soon as a client would be another one."""
        self.ensure_one()
        keys = self._signing_keys()
        return self.write_date, keys.ids, keys.mapped("write_date")

    def _follow(self, client):
        """Note which key SPAR accepts. Is it the next one, that one signs from now on."""
        self.ensure_one()
        signer = client.accepted
        if not isinstance(signer, RsaSigner):
            return
        key = self.sudo().key_ids.filtered(lambda key: key.thumbprint == signer.thumbprint)[:1]
        self._note_accepted(key)
        if key.state == "next":
            _logger.info("spar: connection %s: SPAR knows the next key, which signs now", self.id)
            key._start()

    def _note_accepted(self, key):
        if self.sudo().accepted_key_id != key:
            self._note({"accepted_key_id": key.id})

    def _note(self, vals):
        """Write down what was found out. No setting was changed: no event, no cache to clear."""
        for name, value in vals.items():
            self.env.cr.execute(
                SQL(
                    "UPDATE spar_connection SET %s = %s WHERE id IN %s",
                    SQL.identifier(name),
                    value,
                    tuple(self.ids),
                )
            )
        self.invalidate_recordset(vals)

    def _probe_soon(self):
        """A connection that waits, perhaps for a key, is asked about at once."""
        self.env.cr.execute(
            "UPDATE spar_connection SET probe_at = %s WHERE id IN %s AND state = 'waiting'",
            (database_now(self.env.cr), tuple(self.ids)),
        )
        if self.env.cr.rowcount:
            self.invalidate_recordset(["probe_at"])
            self.env["spar.dispatcher"]._wake()

    def action_generate_key(self):
        """A key of the usual size and lifetime, without asking for either."""
        for connection in self._as_manager():
            self.env["spar.key"].sudo()._generate(connection)
        return True

    def action_new_key(self):
        """The form that generates or imports one."""
        self.ensure_one()
        refusal = self.env["spar.key"].sudo()._refusal(self._as_manager())
        if refusal:
            raise UserError(refusal)
        return self.env["spar.key.wizard"]._form_of(self)

    def action_download_certificate(self):
        """Of the key that is to be registered: the next one, else the one that signs."""
        self.ensure_one()
        connection = self._as_manager()
        key = connection._key_in("next") or connection._key_in("active")
        if not key:
            raise UserError(_("There is no signing key yet: choose New key."))
        return key.with_env(self.env).action_download_certificate()

    def action_download_jwks(self):
        """Every published key, for an administrator whose SPAR does not fetch the JWKS."""
        self.ensure_one()
        connection = self._as_manager()
        return download(connection, "jwks_file", f"{connection.sender_id}-jwks.json")

    def _trouble(self, error):
        texts = {
            "signing_key_missing": _("There is no signing key yet: choose New key."),
            "signing_key_expired": _(
                "The signing key has expired: choose New key, and have its certificate registered "
                "at SPAR."
            ),
            "signing_key_unreadable": _(
                "The private half of the signing key is missing or damaged: choose New key."
            ),
            "master_key_missing": _(
                "There is no SPAR master key, so neither keys nor addresses can be opened: put "
                "back the file that was backed up with this database, or name the key in odoo.conf "
                "(spar_master_key or spar_master_key_file), and restart Odoo."
            ),
            "master_key_malformed": _(
                "The SPAR master key in odoo.conf is not one: 32 bytes in URL-safe base64, several "
                "separated by commas. Correct it, and restart Odoo."
            ),
            "master_key_wrong": _(
                "The SPAR master key is not the one that this database was encrypted with: put "
                "back the one that was backed up with it, and restart Odoo."
            ),
        }
        return texts.get(error.code) or super()._trouble(error)
