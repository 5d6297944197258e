from odoo import api, models

from odoo.addons.g2p_spar_sync.models.tools import index

READ = {"partner_id", "id_type", "value", "expiry_date", "status"}


class G2PRegId(models.Model):
    """An id that is added, corrected or moved sends what waited for it."""

    _inherit = "g2p.reg.id"

    def init(self):
        index(self.env.cr, self._table, "spar_value", "(btrim(value))")

    @api.model_create_multi
    def create(self, vals_list):
        reg_ids = super().create(vals_list)
        reg_ids.partner_id._spar_ids_changed()
        return reg_ids

    def write(self, vals):
        if READ.isdisjoint(vals):
            return super().write(vals)
        before = self.partner_id
        result = super().write(vals)
        (before | self.partner_id)._spar_ids_changed()
        return result

    def unlink(self):
        partners = self.partner_id
        result = super().unlink()
        partners.exists()._spar_ids_changed()
        return result
