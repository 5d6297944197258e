from odoo import models

from .draft_record import NEVER


class ResPartner(models.Model):
    _inherit = "res.partner"

    def get_fields_in_view(self):
        """What a draft keeps of the form: never what is ours."""
        fields = super().get_fields_in_view()
        return {name for name in fields if name not in NEVER and not name.startswith("spar_")}
