from odoo import _, api, fields, models

from ..spar import RequestError


class SparConnection(models.Model):
    """Why nothing is sent, in words, for the banner of the connection's form."""

    _inherit = "spar.connection"

    pause_explanation = fields.Char(compute="_compute_pause_explanation")

    @api.depends("state", "paused_reason")
    def _compute_pause_explanation(self):
        for connection in self:
            reason = connection.paused_reason
            if connection.state == "running" or not reason:
                connection.pause_explanation = False
            elif reason == "by_person":
                connection.pause_explanation = _("A person paused it; choose Resume to go on.")
            elif connection.state == "paused":
                connection.pause_explanation = _(
                    "SPAR rejects most of what is sent, with the code %s: that is a wrong setting. "
                    "Correct it, then choose Resume: what was refused waits and is sent again.",
                    reason,
                )
            else:
                connection.pause_explanation = connection._trouble(RequestError(code=reason))
