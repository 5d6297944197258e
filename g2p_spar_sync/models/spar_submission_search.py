import re
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .tools import database_now


class SparSubmission(models.Model):
    """Find submissions by the reference that people quote, or by how long they are here."""

    _inherit = "spar.submission"

    reference = fields.Char(search="_search_reference")
    age_days = fields.Integer(
        string="Age (days)", compute="_compute_age_days", search="_search_age_days"
    )

    def _search_reference(self, operator, value):
        """By the digits in it: SPAR-00000012, 00000012 and 12 are the same."""
        values = [value] if isinstance(value, str) or not value else value
        digits = (re.sub(r"\D", "", text or "") for text in values)
        negative = operator.startswith(("not", "!"))
        return [("id", "not in" if negative else "in", [int(text) for text in digits if text])]

    @api.depends("create_date")
    def _compute_age_days(self):
        now = database_now(self.env.cr)
        for row in self:
            row.age_days = (now - row.create_date).days if row.create_date else 0

    @api.model
    def _search_age_days(self, operator, value):
        """In the order of the ledger: what came in before the newest one of that age is as old.

        By the date itself PostgreSQL would walk back through all that is younger, to find the first
        page of a list by number.
        """
        if operator not in (">=", ">", "<=", "<"):
            raise UserError(_("An age is searched by: at least, more than, at most, less than."))
        days = value + 1 if operator in (">", "<=") else value
        return [("id", "<=" if operator in (">=", ">") else ">", self._newest_of_age(days))]

    @api.model
    def _newest_of_age(self, days):
        """Number of the newest row that is at least so many days old; 0 for none."""
        self.env.cr.execute(
            "SELECT id FROM spar_submission WHERE create_date <= %s "
            "ORDER BY create_date DESC, id DESC LIMIT 1",
            (database_now(self.env.cr) - timedelta(days=days),),
        )
        return (self.env.cr.fetchone() or [0])[0]
