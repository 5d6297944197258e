from functools import cache

from odoo import api, fields, models

from ..spar import AddressError, Provider
from .tools import unique_index


class SparProvider(models.Model):
    """Who runs a wallet that money can be paid to. Banks are ``res.bank``."""

    _name = "spar.provider"
    _inherit = "spar.number.form"
    _description = "Wallet provider"
    _order = "name"

    name = fields.Char(required=True)
    code = fields.Char(required=True, help="The code by which SPAR knows this provider.")
    method = fields.Selection(
        [("mobile_wallet", "Mobile wallet"), ("email_wallet", "Email wallet")],
        required=True,
        default="mobile_wallet",
    )
    active = fields.Boolean(default=True)

    def init(self):
        unique_index(self.env.cr, self._table, "code_method", "(upper(code), method)")

    def _spar_provider(self):
        """This provider as the protocol core knows it."""
        self.ensure_one()
        return Provider(
            code=self.code,
            name=self.name,
            method=self.method,
            number_form=self._spar_number_form(),
        )

    @api.model
    def _finder(self, inputs):
        """A function (kind, input) -> protocol Provider or None, for these inputs.

        All providers are looked up at once. AddressError when a code is given that nobody has.
        """
        codes = {vals["payment_provider"] for vals in inputs if vals.get("payment_provider")}
        banks = self.env["res.bank"]._spar_find(codes)
        wallets = {(p.method, p.code.upper()): p for p in self.sudo().search([])}

        @cache
        def known(record):
            return record._spar_provider()

        def find(method, vals):
            if vals.get("bank"):
                return known(vals["bank"])
            code = (vals.get("payment_provider") or "").strip().upper()
            if not code:
                return None
            if "\0" in code:
                raise AddressError("nul_character", "payment_provider")
            found = banks.get(code) if method == "bank_account" else wallets.get((method, code))
            if found is None:
                raise AddressError("provider_unknown", "payment_provider")
            return known(found)

        return find
