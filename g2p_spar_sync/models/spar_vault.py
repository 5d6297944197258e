import hashlib
import hmac
import json

from cryptography.fernet import Fernet, InvalidToken

from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError

from . import master_key


class SparVault(models.Model):
    """Keys for the ledger's content, each wrapped by the master key.

    The model has no access rule: nobody but the server's own code reads it. Purposes:
    ``seal`` encrypts addresses at rest, ``hash`` keys the HMAC by which two addresses are
    compared without being read.
    """

    _name = "spar.vault"
    _inherit = "spar.wrapped"
    _description = "SPAR vault key"
    _order = "id desc"

    purpose = fields.Selection(
        [("seal", "Seals addresses"), ("hash", "Hashes addresses")], required=True
    )

    @api.model
    def _ensure_keys(self):
        """Make the keys a new database needs. For installation only."""
        master_key.ensure()
        for purpose in ("seal", "hash"):
            if not self.search_count([("purpose", "=", purpose)]):
                self.create({"purpose": purpose, "wrapped": master_key.wrap(Fernet.generate_key())})

    @tools.ormcache("purpose")
    def _newest_id(self, purpose):
        return self.sudo().search([("purpose", "=", purpose)], limit=1).id

    @tools.ormcache("key_id")
    def _open_key(self, key_id):
        # Cached for good: a key wrapped anew is still the same key.
        key = self.sudo().browse(key_id).exists()
        if not key:
            raise UserError(
                _("A key of the SPAR vault is missing from this database. Restore its backup.")
            )
        return key._open()

    @api.model
    def _check_open(self):
        """MasterKeyUnusable when a key of the vault cannot be opened."""
        for key in self.sudo().search([]):
            self._open_key(key.id)

    @api.model
    def _seal(self, payload):
        """JSON-able ``payload`` -> (token, id of the key)."""
        key_id = self._newest_id("seal")
        token = Fernet(self._open_key(key_id)).encrypt(json.dumps(payload).encode())
        return token.decode(), key_id

    @api.model
    def _unseal(self, token, key_id):
        """What ``_seal`` was given."""
        try:
            return json.loads(Fernet(self._open_key(key_id)).decrypt(token.encode()))
        except InvalidToken as error:
            raise UserError(
                _("A sealed payment address cannot be opened: it was altered in the database.")
            ) from error

    @api.model
    def _identifier(self):
        """(function: parts -> keyed hash in hex, id of its key). The function needs no cursor."""
        key_id = self._newest_id("hash")
        key = self._open_key(key_id)

        def identify(parts):
            message = json.dumps(list(parts), ensure_ascii=True, separators=(",", ":")).encode()
            return hmac.new(key, message, hashlib.sha256).hexdigest()

        return identify, key_id
