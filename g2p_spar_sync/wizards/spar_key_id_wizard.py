from odoo import _, fields, models


class SparKeyIdWizard(models.TransientModel):
    """The key id that SPAR's administrator registered a key by, or that there is none any more."""

    _name = "spar.key.id.wizard"
    _description = "Key id of a signing key"

    key_id = fields.Many2one("spar.key", required=True, ondelete="cascade")
    registered_kid = fields.Char(
        string="Key id at SPAR",
        help="It is sent with each signature. Empty: the JWKS names the key by its thumbprint, and "
        "nothing is sent.",
    )
    refusal = fields.Char(readonly=True)

    def action_set(self):
        self.ensure_one()
        refusal = self.key_id._as_manager()._go_by((self.registered_kid or "").strip())
        if not refusal:
            return {"type": "ir.actions.act_window_close"}
        self.sudo().refusal = refusal
        return {
            "type": "ir.actions.act_window",
            "name": _("Key id at SPAR"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }
