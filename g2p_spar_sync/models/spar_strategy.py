from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..spar import SparError, Strategy


class SparStrategy(models.Model):
    """How one kind of payment address becomes SPAR's string."""

    _name = "spar.strategy"
    _description = "SPAR strategy"
    _order = "strategy_id"
    _rec_name = "template"

    strategy_id = fields.Integer(
        string="Strategy id", required=True, help="The id in SPAR's own strategy table."
    )
    method = fields.Selection(
        [
            ("bank_account", "Bank account"),
            ("mobile_wallet", "Mobile wallet"),
            ("email_wallet", "Email wallet"),
        ],
        required=True,
    )
    template = fields.Char(required=True, help="SPAR's own template, with {} for each part.")
    fa_type = fields.Char(required=True, help="The word SPAR and G2P Bridge read the kind from.")

    @api.constrains("template", "method", "fa_type")
    def _check_template(self):
        for record in self:
            try:
                record._spar_strategy()
            except (SparError, ValueError) as error:
                raise ValidationError(str(error)) from error

    def _spar_strategy(self):
        """This record as the protocol core knows it."""
        self.ensure_one()
        return Strategy(
            strategy_id=self.strategy_id,
            method=self.method,
            template=self.template,
            fa_type=self.fa_type,
        )
