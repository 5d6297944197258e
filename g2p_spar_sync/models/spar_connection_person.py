from odoo import api, fields, models

CHOICES = ("send_name", "send_phone")


class SparConnection(models.Model):
    """What SPAR is told of a person beside id and address: nothing that a manager did not choose.

    SPAR stores name and phone beside the address and uses neither to pay or to resolve.
    """

    _inherit = "spar.connection"

    send_name = fields.Boolean(string="Send the registrant's name")
    send_phone = fields.Boolean(
        string="Send the registrant's phone",
        help="The phone of the contact, by which the person is reached. The number of a mobile "
        "wallet is the payment address, and is sent as that alone.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        for connection in connections:
            chosen = [name for name in CHOICES if connection[name]]
            if chosen:
                self.env["spar.event"]._record_setting(connection, chosen)
        return connections

    def _persons(self, partners):
        """{partner id: {"name": ..., "phone": ...}}; "" for what is not to be sent."""
        self.ensure_one()
        return {
            partner.id: {
                "name": (self.send_name and partner.name) or "",
                "phone": (self.send_phone and partner.phone) or "",
            }
            for partner in partners
        }
