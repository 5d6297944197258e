from odoo import fields, models


class G2PRegId(models.Model):
    """Nothing here keeps two registrants from carrying one value, nor looks at expiry or status."""

    _name = "g2p.reg.id"
    _description = "Registrant id (stand-in)"

    partner_id = fields.Many2one("res.partner", required=True)
    id_type = fields.Many2one("g2p.id.type", required=True)
    value = fields.Char(size=100)
    expiry_date = fields.Date()
    status = fields.Selection([("invalid", "Invalid"), ("valid", "Valid")])


class G2PIdType(models.Model):
    _name = "g2p.id.type"
    _description = "Type of id (stand-in)"

    name = fields.Char()
