from odoo import fields, models, tools
from odoo.exceptions import UserError

from ..spar import AccessTokens, KeptToken, KeymanagerUnusable
from . import master_key
from .spar_connection_client import MANAGER


class SparConnection(models.Model):
    """The secret by which a connection gets its tokens for Keymanager; it is only ever written."""

    _inherit = "spar.connection"

    keymanager_secret = fields.Char(
        string="Client secret",
        compute="_compute_keymanager_secret",
        inverse="_inverse_keymanager_secret",
        groups=MANAGER,
        exportable=False,
        help="Kept sealed and never shown again. Type it anew when the client, the token URL or "
        "Keymanager's URL changes.",
    )
    keymanager_has_secret = fields.Boolean(
        string="A client secret is kept", compute="_compute_keymanager_secret", groups=MANAGER
    )

    def _compute_keymanager_secret(self):
        kept = self._keymanager_secret().connection_id
        for connection in self:
            connection.keymanager_secret = False
            connection.keymanager_has_secret = connection._origin in kept

    def _inverse_keymanager_secret(self):
        for connection in self:
            secret = connection.keymanager_secret
            connection._keymanager_secret().unlink()
            if secret:
                wrapped = master_key.wrap(secret.encode())
                self.env["spar.keymanager.secret"].sudo().create(
                    {"connection_id": connection.id, "wrapped": wrapped}
                )
        self.invalidate_recordset(["keymanager_secret", "keymanager_has_secret"], flush=False)

    def _keymanager_secret(self):
        secrets = self.env["spar.keymanager.secret"].sudo()
        return secrets.search([("connection_id", "in", self.ids)])

    def write(self, vals):
        before = {connection: connection._keymanager_parties() for connection in self}
        result = super().write(vals)
        if not vals.get("keymanager_secret"):
            for connection in self:
                if connection._keymanager_parties() != before[connection]:
                    # Who changes a URL must not get to see by it what others typed.
                    connection._keymanager_secret().unlink()
        return result

    def _keymanager_parties(self):
        """To whom the secret, and the tokens that it brings, are shown, and as whose."""
        own = self.sudo()
        return (
            own.keymanager_url or False,
            own.keymanager_token_url or False,
            own.keymanager_client or False,
        )

    def _keymanager_tokens(self):
        if not self.keymanager_token_url:
            return None
        secret = self._keymanager_secret()
        if not secret:
            raise KeymanagerUnusable(code="keymanager_secret_missing")
        try:
            opened = secret._open().decode()
        except UserError as error:
            raise KeymanagerUnusable(code="keymanager_secret_unreadable") from error
        exchange = self._keymanager_exchange(self.keymanager_token_url)
        return AccessTokens(exchange, self.keymanager_client, opened, self._keymanager_kept())

    @tools.ormcache("self.id")
    def _keymanager_kept(self):
        """Where this process keeps the token. Whatever is written to a connection clears it."""
        return KeptToken()


class SparKeymanagerSecret(models.Model):
    """A client secret, wrapped by the master key. No access rule: no RPC reads it."""

    _name = "spar.keymanager.secret"
    _inherit = "spar.wrapped"
    _description = "SPAR Keymanager client secret"

    connection_id = fields.Many2one(
        "spar.connection", required=True, ondelete="cascade", index=True
    )
