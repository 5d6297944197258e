from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    is_registrant = fields.Boolean()
    is_group = fields.Boolean()
    disabled = fields.Datetime()
    reg_ids = fields.One2many("g2p.reg.id", "partner_id")
