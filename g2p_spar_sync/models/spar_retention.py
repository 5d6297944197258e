from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .tools import database_now

AT_ONCE = 500
# One that waits for an id waits for nobody's decision, and a confirmed one is what SPAR holds, as
# one may be that was sent with an outcome nobody knew.
UNDECIDED = """
SELECT s.id FROM spar_submission s
 WHERE s.connection_id = %(connection)s AND s.state IN ('held', 'conflict', 'rejected')
   AND s.waits_for_id IS NOT TRUE AND s.confirmed IS NOT TRUE
   AND s.sent_at IS NULL AND s.create_date < %(since)s
   AND NOT EXISTS (SELECT 1 FROM spar_event e WHERE e.submission_id = s.id AND e.at >= %(since)s)
 ORDER BY s.id LIMIT %(limit)s
   FOR UPDATE OF s SKIP LOCKED
"""


class SparConnection(models.Model):
    """How long an address is kept that nobody decides on."""

    _inherit = "spar.connection"

    retention_days = fields.Integer(
        string="Days for a decision",
        help="Rows that are held, in conflict or rejected are cancelled when nobody did anything "
        "about them for so many days: their address is deleted, the mask stays. One that may be "
        "at SPAR is kept for a person. 0: never.",
    )

    @api.constrains("retention_days")
    def _check_retention_days(self):
        for connection in self:
            if connection.retention_days < 0:
                raise ValidationError(_("The days for a decision are 0 (never) or more."))


class SparSubmission(models.Model):
    _inherit = "spar.submission"

    @api.model
    def _cron_let_go(self):
        """Cancel what waited longer for a decision than its connection keeps it. A part at a time:
        what is left has its turn in the next run."""
        now = database_now(self.env.cr)
        connections = self.env["spar.connection"].sudo().search([("retention_days", ">", 0)])
        for connection in connections:
            self.env.cr.execute(
                UNDECIDED,
                {
                    "connection": connection.id,
                    "since": now - timedelta(days=connection.retention_days),
                    "limit": AT_ONCE,
                },
            )
            rows = self.browse([row[0] for row in self.env.cr.fetchall()])
            rows._transition("cancelled", "cancelled", detail="retention")
