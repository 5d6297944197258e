from odoo import api, fields, models


class SparConnection(models.Model):
    _inherit = "spar.connection"

    registrant_domain = fields.Char(default="[('is_registrant', '=', True)]")
    id_type_id = fields.Many2one(
        "g2p.id.type",
        string="Type of the id",
        ondelete="restrict",
        help="Which of a registrant's ids SPAR keys on. Empty: the contact's reference.",
    )
    household_id = fields.Selection(
        [("head", "Its head's id"), ("own", "Its own id")],
        string="A household goes by",
        required=True,
        default="head",
        help="A household that is paid through its head shares the head's line at SPAR.",
    )
    disabled_policy = fields.Selection(
        [("hold", "Hold for an officer"), ("send", "Send")],
        string="Disabled registrants",
        required=True,
        default="hold",
        help="What becomes of submissions of registrants who are disabled. Nothing is unlinked by "
        "itself: submit a removal for whom SPAR shall no longer pay.",
    )

    @api.model
    def _moving_fields(self):
        return super()._moving_fields() | {"id_type_id", "household_id"}
