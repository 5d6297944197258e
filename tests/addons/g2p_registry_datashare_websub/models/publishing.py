from odoo import api, models


class G2PDatashareConfigWebsub(models.Model):
    _name = "g2p.datashare.config.websub"
    _description = "Event publishing (stand-in)"

    @api.model
    def publish_event(self, event_type, data):
        """Sends nothing: what matters is what its job keeps."""


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            partner._publish("CREATED", vals)
        return partners

    def write(self, vals):
        result = super().write(vals)
        for partner in self:
            partner._publish("UPDATED", vals)
        return result

    def _publish(self, event_type, vals):
        if self.is_registrant:
            data = {**vals, "id": self.id}
            self.env["g2p.datashare.config.websub"].with_delay().publish_event(event_type, data)
