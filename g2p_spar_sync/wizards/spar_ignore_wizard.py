from odoo import fields, models


class SparIgnoreWizard(models.TransientModel):
    """Leave differences as they are, for a reason that is kept."""

    _name = "spar.ignore.wizard"
    _description = "Reason to ignore differences"

    note = fields.Char(string="Reason", required=True)

    def action_ignore(self):
        """For the differences that are selected in the list, or shown in the form."""
        self.ensure_one()
        ids = self.env.context.get("active_ids") or []
        self.env["spar.reconciliation.line"].browse(ids)._ignore(self.note)
        return {"type": "ir.actions.act_window_close"}
