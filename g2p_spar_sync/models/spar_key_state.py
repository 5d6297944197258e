from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..spar import RequestError, SignatureRefused
from .tools import download


class SparKey(models.Model):
    """Rotation: next -> active -> retired, where a retired key stays published for a while.

    SPAR may know the old key, the new one, or both, and it changes its mind when its administrator
    registers a certificate, not when a manager presses a button. So a client is given every
    published key and signs by the one that SPAR accepts; see ``SparClient.spare_signers``.
    """

    _inherit = "spar.key"

    def action_start_signing(self):
        """The next key signs from now on, unless SPAR says that it does not know it."""
        self.ensure_one()
        key = self._as_manager()
        if key.state == "active":
            return True  # A worker was faster: SPAR had accepted it.
        if key.state != "next":
            raise UserError(_("Only the next key can start signing."))
        if key._is_expired():
            raise UserError(_("This key has expired. Retire it, and make another one."))
        key._refuse_unknown()
        key._start()
        return True

    def action_retire(self):
        """Withdraw the key: nothing is signed by it again, and it leaves the JWKS."""
        for key in self._as_manager():
            if key.state == "active":
                raise UserError(
                    _(
                        "This key signs. Make another one and start signing with that, then this "
                        "one can be retired. Is it in wrong hands? Pause the connection first."
                    )
                )
            connection = key.connection_id
            if key.published and key == connection.accepted_key_id and connection.state != "paused":
                raise UserError(
                    _(
                        "This is the key that SPAR accepted last. Have the certificate of the key "
                        "that signs registered at SPAR and choose Test connection, or pause the "
                        "connection first."
                    )
                )
            until = key._used_until()
            if until and connection.state != "paused":
                raise UserError(
                    _(
                        "A worker may still sign with it for %s seconds. Retire it after that, or "
                        "pause the connection first.",
                        max(1, round((until - fields.Datetime.now()).total_seconds())),
                    )
                )
            key._withdraw()
        return True

    def action_download_certificate(self):
        """Its certificate, for SPAR's administrator to register."""
        self.ensure_one()
        key = self._as_manager()
        filename = f"{key.connection_id.sender_id}-{key.fingerprint[:8]}.pem"
        return download(key, "certificate_file", filename)

    def _as_manager(self):
        self.mapped("connection_id")._as_manager()
        return self.sudo()

    def _refuse_unknown(self):
        """UserError when SPAR refuses a signature by this key. Other trouble does no harm:
        until SPAR knows the key, the one before it is tried after it."""
        connection = self.connection_id
        if not connection._is_signed():
            return
        try:
            client = connection._client()
            client.sign_by(self._signer(connection._wire().canonical))
            client.probe()
            connection._note_accepted(self)
        except SignatureRefused as error:
            raise UserError(
                _(
                    "SPAR does not accept this key yet, so nothing was changed. Give its "
                    "certificate to SPAR's administrator to register for the sender id "
                    "%(sender)s (SPAR may read it from the JWKS address), and compare the "
                    "fingerprints. It also says this while its own Keymanager is out of order.",
                    sender=connection.sender_id,
                )
            ) from error
        except RequestError:
            return

    def _start(self):
        """This key signs, the one before it retires and stays published."""
        self.ensure_one()
        now = fields.Datetime.now()
        connection = self.connection_id
        before = connection._key_in("active")
        overlap = timedelta(days=connection.key_overlap_days)
        before.write({"state": "retired", "retired_at": now, "published_until": now + overlap})
        before.flush_recordset()
        self.write({"state": "active"})
        self.flush_recordset()
        before._record("retired")
        self._record("signs")
        connection._expires_no_more()
        connection._probe_soon()

    def _withdraw(self):
        """Unpublish these keys and destroy their private halves."""
        now = fields.Datetime.now()
        self.filtered(lambda key: key.state == "active").connection_id._expires_no_more()
        for key in self:
            key.write(
                {"state": "retired", "retired_at": key.retired_at or now, "published_until": now}
            )
        self.flush_recordset()
        self.env["spar.key.secret"].sudo().search([("key_id", "in", self.ids)]).unlink()
        self._record("withdrawn")

    def _used_until(self):
        """When the last worker that knew this retired key as the one that signs is done with it."""
        if not self.published or not self.retired_at:
            return None
        until = self.retired_at + timedelta(seconds=self.connection_id.lease_seconds)
        return until if until > fields.Datetime.now() else None

    @api.model
    def _withdraw_overdue(self):
        """Retired keys whose time to stay published is over."""
        held = self.env["spar.key.secret"].sudo().search([("key_id.state", "=", "retired")]).key_id
        held.filtered(lambda key: not key.published)._withdraw()
