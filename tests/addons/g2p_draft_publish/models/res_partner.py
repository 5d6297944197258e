import json

from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_save_to_draft(self, vals):
        draft = self.env[self.env.context["active_model"]].browse(self.env.context["active_id"])
        kept = {"is_registrant": True}
        kept.update((name, vals.get(name)) for name in self.get_fields_in_view())
        draft.write({"partner_data": json.dumps(kept)})

    def get_fields_in_view(self):
        """Upstream: every field of every form of contacts, whoever put it there."""
        ours = {"payment_account", "payment_method", "payment_provider", "submission_ids"}
        return {"given_name", "family_name", "bank_ids", "spar_is_registrant"} | ours
