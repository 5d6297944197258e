from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from ..spar import SparClient, Timeouts
from .answer_reader import AnswerReader
from .spar_connection import MARGIN
from .tools import database_now

MANAGER = "g2p_spar_sync.group_spar_manager"


class SparConnection(models.Model):
    """A connection at work: its client, what its answers mean, its pauses and its buttons."""

    _inherit = "spar.connection"

    def _client(self):
        """A SparClient for this connection. SigningKeyUnusable when it cannot sign."""
        self.ensure_one()
        wire = self._wire()
        if not wire.signed:
            return self._client_signing(wire, None)
        return self._client_signing(wire, self._signer(wire), self._spare_signers(wire))

    def _client_signing(self, wire, signer, spare_signers=()):
        return SparClient(
            base_url=self.base_url,
            wire=wire,
            signer=signer,
            spare_signers=spare_signers,
            sender_id=self.sender_id,
            receiver_id=self.receiver_id,
            route=self._route(),
            timeouts=Timeouts(
                connect=self.connect_seconds,
                read_base=self.read_seconds,
                total=self.lease_seconds - MARGIN,
            ),
        )

    def _reader(self):
        """An AnswerReader for this connection."""
        self.ensure_one()
        identify, _key = self.env["spar.vault"]._identifier()
        return AnswerReader(self._strategies(), identify)

    def _stop_for(self, error, seconds):
        """SPAR cannot be worked with: wait, and probe after ``seconds``."""
        self.ensure_one()
        now = database_now(self.env.cr)
        self.env.cr.execute(
            "UPDATE spar_connection SET state = 'waiting', probes = COALESCE(probes, 0) + 1, "
            "paused_since = COALESCE(paused_since, %s), paused_reason = %s, probe_at = %s "
            "WHERE id = %s AND state IN ('running', 'waiting')",
            (now, error.code, now + timedelta(seconds=seconds), self.id),
        )
        self.invalidate_recordset()

    def _go_on(self):
        """SPAR answers again: nothing waits any longer."""
        self.env.cr.execute(
            "UPDATE spar_connection SET state = 'running', probes = 0, paused_since = NULL, "
            "paused_reason = NULL, probe_at = NULL WHERE id = %s AND state = 'waiting'",
            (self.id,),
        )
        self.invalidate_recordset()

    def _halt(self, code):
        """Stop until a person looks: so many rejections with one code are a wrong setting."""
        self.sudo().write(
            {
                "state": "paused",
                "paused_since": fields.Datetime.now(),
                "paused_reason": code,
                "probe_at": False,
            }
        )

    def _as_manager(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(_("Only a SPAR manager may do this."))
        self.mapped("name")  # Raises where record rules hide one of them.
        return self.sudo()

    def action_pause(self):
        """Nothing is sent until a manager resumes it; submissions wait."""
        self._as_manager().write(
            {
                "state": "paused",
                "paused_since": fields.Datetime.now(),
                "paused_reason": "by_person",
                "probe_at": False,
            }
        )
        return True

    def action_resume(self):
        """Go on at once."""
        self._as_manager().write(
            {
                "state": "running",
                "paused_since": False,
                "paused_reason": False,
                "probe_at": False,
                "probes": 0,
            }
        )
        self.env["spar.dispatcher"]._wake()
        return True

    @api.model
    def _say(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": kind, "sticky": kind != "success"},
        }

    def _trouble(self, error):
        """What ``error`` means for this connection, and what to do: for a manager."""
        texts = {
            "name_not_resolved": _("The host name of the base URL is not known: correct it."),
            "connection_refused": _(
                "Nothing listens at the base URL's host and port: is SPAR running, is the port "
                "right, does a firewall stand between?"
            ),
            "connect_timeout": _("The host does not answer: a firewall, or a wrong address."),
            "tls_refused": _("No trusted TLS connection: SPAR's certificate is not accepted here."),
            "rjct.jwt.invalid": _(
                "SPAR refused the signature: register this connection's certificate at SPAR for "
                "the sender id %(sender)s, and compare the fingerprints. It also says this while "
                "its own Keymanager is out of order.",
                sender=self.sender_id,
            ),
            "not_allowed": _("Something before SPAR (a gateway?) does not let us in."),
            "wrong_wire_format": _(
                "A server answers, but not in this wire format at this path: check the path of the "
                "base URL (it ends before /sync or /mapper) and the wire format."
            ),
            "not_json": _("A server answers, but it is not SPAR's: check the base URL's path."),
            "answer_timeout": _("SPAR does not answer in time: raise the timeout, or ask SPAR."),
            "server_failed": _(
                "SPAR fails inside: its database or its Keymanager may be down, or it does not "
                "know this sender id."
            ),
            "unforeseen": _(
                "This program breaks over what SPAR answers, in a place that the server's log "
                "names: tell whoever maintains it."
            ),
        }
        text = (
            texts.get(error.code)
            or texts.get(error.default_code)
            or _("SPAR gave no usable answer (%(code)s).", code=error.code)
        )
        status = _(" (HTTP %s)", error.http_status) if error.http_status else ""
        return f"{text}{status}"
