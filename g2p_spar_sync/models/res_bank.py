from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError

from ..spar import Provider

MANAGER = "g2p_spar_sync.group_spar_manager"
#: By these it is decided to which bank money goes, and what numbers it takes.
ROUTING = ("spar_code", "spar_number_form", "spar_number_lengths", "spar_number_pattern")


class ResBank(models.Model):
    _name = "res.bank"
    _inherit = ["res.bank", "spar.number.form"]

    spar_code = fields.Char(
        string="SPAR bank code",
        index=True,
        help="The code by which SPAR knows this bank. Empty: its BIC.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        # With the defaults, which a caller's context can name as well.
        defaults = self.default_get(ROUTING)
        for vals in vals_list:
            given = {**defaults, **vals}
            if any(given.get(name) not in (None, False, "", "any") for name in ROUTING):
                self._spar_refuse_strangers()
        return super().create(vals_list)

    def write(self, vals):
        if not vals.keys().isdisjoint(ROUTING):
            self._spar_refuse_strangers()
        return super().write(vals)

    def _spar_refuse_strangers(self):
        """Every contact manager may edit banks, but only a SPAR manager where payments go.

        ``env.su`` alone proves nothing: portals and importers run under sudo.
        """
        if self.env.uid != SUPERUSER_ID and not self.env.user.has_group(MANAGER):
            raise AccessError(
                _("Only a SPAR manager may change a bank's SPAR code and the form of its numbers.")
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
