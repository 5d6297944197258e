import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..spar import NumberForm


class SparNumberForm(models.AbstractModel):
    """What the numbers of a bank or a wallet provider look like."""

    _name = "spar.number.form"
    _description = "Form of a provider's numbers"

    spar_number_form = fields.Selection(
        [
            ("any", "Any"),
            ("digits", "Digits only"),
            ("iban", "IBAN"),
            ("pattern", "Regular expression"),
        ],
        string="Form of its numbers",
        default="any",
        required=True,
    )
    spar_number_lengths = fields.Char(
        string="Allowed lengths", help="Numbers of digits, separated by commas: 10,13"
    )
    spar_number_pattern = fields.Char(
        string="Pattern", help="A regular expression that the whole number must match."
    )

    @api.constrains("spar_number_form", "spar_number_lengths", "spar_number_pattern")
    def _check_number_form(self):
        for record in self:
            try:
                record._spar_number_form()
            except (ValueError, re.error) as error:
                raise ValidationError(
                    _(
                        "%(name)s: lengths are whole numbers separated by commas, and a pattern is "
                        "a regular expression that Python accepts.",
                        name=record.display_name,
                    )
                ) from error
            if record.spar_number_form == "pattern" and not record.spar_number_pattern:
                raise ValidationError(_("%s: the pattern is missing.", record.display_name))

    def _spar_number_form(self):
        """This record's form, as the protocol core knows it."""
        self.ensure_one()
        lengths = tuple(int(part) for part in (self.spar_number_lengths or "").split(",") if part)
        pattern = self.spar_number_pattern or ""
        re.compile(pattern)
        return NumberForm(kind=self.spar_number_form, lengths=lengths, pattern=pattern)
