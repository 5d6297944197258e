from odoo import api, models

READ = {"group", "individual", "kind", "ended_date"}


class G2PGroupMembership(models.Model):
    """Another head is another id of the household."""

    _inherit = "g2p.group.membership"

    @api.model_create_multi
    def create(self, vals_list):
        memberships = super().create(vals_list)
        memberships._spar_head_changed(memberships.group)
        return memberships

    def write(self, vals):
        if READ.isdisjoint(vals):
            return super().write(vals)
        before = self.group
        result = super().write(vals)
        self._spar_head_changed(before | self.group)
        return result

    def unlink(self):
        groups = self.group
        result = super().unlink()
        self._spar_head_changed(groups.exists())
        return result

    @api.model
    def _spar_head_changed(self, groups):
        self.env["spar.submission"]._id_changed(groups)
