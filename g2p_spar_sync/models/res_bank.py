from odoo import api, fields, models

from ..spar import Provider


class ResBank(models.Model):
    _name = "res.bank"
    _inherit = ["res.bank", "spar.number.form"]

    spar_code = fields.Char(
        string="SPAR bank code",
        index=True,
        help="The code by which SPAR knows this bank. Empty: its BIC.",
    )

    def _spar_provider(self):
        """This bank as the protocol core's Provider (code may be empty)."""
        self.ensure_one()
        return Provider(
            code=self.spar_code or self.bic or "",
            name=self.name or "",
            method="bank_account",
            number_form=self._spar_number_form(),
        )

    @api.model
    def _spar_find(self, codes):
        """{code in capitals: bank}; a bank's own SPAR code beats another's BIC."""
        # PostgreSQL takes no NUL; no bank has one.
        wanted = {code.strip().upper() for code in codes if "\0" not in code}
        if not wanted:
            return {}
        self.flush_model(["spar_code", "bic", "active"])
        self.env.cr.execute(
            "SELECT code, id FROM (SELECT upper(spar_code) AS code, id, 1 AS rank FROM res_bank "
            "WHERE active UNION ALL SELECT upper(bic), id, 2 FROM res_bank WHERE active) AS known "
            "WHERE code IN %s ORDER BY rank DESC, id DESC",
            (tuple(wanted),),
        )
        return {code: self.sudo().browse(bank) for code, bank in self.env.cr.fetchall()}
