from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    given_name = fields.Char()
    family_name = fields.Char()
    addl_name = fields.Char()
    birthdate = fields.Date()
    gender = fields.Char()
