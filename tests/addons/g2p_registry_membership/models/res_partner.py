from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    group_membership_ids = fields.One2many("g2p.group.membership", "group")
    individual_membership_ids = fields.One2many("g2p.group.membership", "individual")
