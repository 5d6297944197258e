import re

from odoo import fields, models


class SparSubmission(models.Model):
    """Find a submission by the reference that people quote."""

    _inherit = "spar.submission"

    reference = fields.Char(search="_search_reference")

    def _search_reference(self, operator, value):
        """By the digits in it: SPAR-00000012, 00000012 and 12 are the same."""
        values = [value] if isinstance(value, str) or not value else value
        digits = (re.sub(r"\D", "", text or "") for text in values)
        negative = operator.startswith(("not", "!"))
        return [("id", "not in" if negative else "in", [int(text) for text in digits if text])]
