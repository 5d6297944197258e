import logging
from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import _, api, fields, models
from odoo.tools import html2plaintext, plaintext2html

from .spar_connection_database import PAUSES
from .tools import database_now

_logger = logging.getLogger(__name__)

ACTIVITY = "g2p_spar_sync.activity_trouble"
#: So long SPAR must have been away before anybody is told, and so far apart are two activities.
LASTS, APART = timedelta(minutes=5), timedelta(hours=1)
#: Pauses that somebody knows of.
KNOWN = ("by_person", *PAUSES)
#: Beginnings of the codes that no waiting mends.
FOR_A_PERSON = (
    "keymanager_no_certificate",
    "keymanager_not_allowed",
    "keymanager_token_refused",
    "master_key",
    "not_allowed",
    "proxy_password",
    "rjct.jwt.invalid",
    "route_unreadable",
    "signing_key",
    "tls_client_refused",
    "tls_client_unusable",
    "tls_expired",
    "tls_hostname",
    "tls_untrusted",
)


class SparConnection(models.Model):
    """Tells a manager of trouble that lasts or needs a person: one activity, not a flood.

    A cron looks at what the drains wrote about the connection, so that telling never hinders one.
    """

    _inherit = "spar.connection"

    alarm_at = fields.Datetime(
        string="Manager told", readonly=True, copy=False, help="Of trouble with SPAR, last."
    )

    @api.model
    def _cron_alarms(self):
        for connection in self.with_context(active_test=False).search([]):
            try:
                with self.env.cr.savepoint():
                    connection._tell_of_trouble()
            except SerializationFailure:
                _logger.info(
                    "spar: connection %s changes just now; it is looked at again in a minute",
                    connection.id,
                )

    def _tell_of_trouble(self):
        """One activity for each trouble; it goes by itself when the trouble is over."""
        self.ensure_one()
        connection, now = self.sudo(), database_now(self.env.cr)
        told = connection.activity_search([ACTIVITY])
        if not connection._is_troubled():
            if told:
                told.unlink()
                connection._message_log(body=_("The trouble with SPAR is over."))
            return
        text = connection.pause_explanation
        about = {"summary": _("Nothing is sent to SPAR"), "note": plaintext2html(text)}
        if told:
            # What is wrong may have changed since.
            if html2plaintext(told[0].note or "") != text:
                told[0].write(about)
        elif connection._is_to_be_told(now):
            connection._note({"alarm_at": now})
            connection.activity_schedule(ACTIVITY, user_id=connection._whom_to_tell().id, **about)

    def _is_troubled(self):
        return self.active and self.state != "running" and self.paused_reason not in KNOWN

    def _is_to_be_told(self, now):
        if self.alarm_at and self.paused_since and self.alarm_at >= self.paused_since:
            return False
        if self.state == "paused":
            return True
        if self.alarm_at and now - self.alarm_at < APART:
            # It comes and goes.
            return False
        lasts = self.paused_since and now - self.paused_since >= LASTS
        return bool(lasts) or (self.paused_reason or "").startswith(FOR_A_PERSON)

    def action_pause(self):
        result = super().action_pause()
        for connection in self.sudo():
            connection._message_log(body=_("Paused by %s.", self.env.user.name))
            connection._tell_of_trouble()
        return result

    def action_resume(self):
        result = super().action_resume()
        for connection in self.sudo():
            connection._message_log(body=_("Resumed by %s.", self.env.user.name))
            connection._tell_of_trouble()
            # A person looked: whatever comes now is another trouble, be it in the same second.
            connection._note({"alarm_at": None})
        return result
