from odoo import _, api, fields, models

from ..models import master_key


class SparMasterKeyWizard(models.TransientModel):
    """Change of the master key: wraps anew what an older one wraps, and says when that may go."""

    _name = "spar.master.key.wizard"
    _description = "Master key"

    masters = fields.Integer(string="Master keys in odoo.conf", compute="_compute_state")
    older = fields.Integer(string="Keys wrapped by an older one", compute="_compute_state")
    explanation = fields.Char(compute="_compute_state")

    @api.depends_context("uid")
    def _compute_state(self):
        keys = self.env["spar.wrapped"]._all_wrapped().values()
        older = sum(len(records._older()) for records in keys)
        for wizard in self:
            wizard.masters = master_key.count()
            wizard.older = older
            wizard.explanation = self._in_words(wizard.masters, older)

    @api.model
    def _in_words(self, masters, older):
        if older:
            return _(
                "%s of the keys in this database are wrapped by an older master key, which must "
                "stay in odoo.conf. Choose Wrap all keys anew once every Odoo server was restarted "
                "with both.",
                older,
            )
        if masters > 1:
            return _(
                "Every key in this database is wrapped by the newest master key. The older ones "
                "may be taken out of odoo.conf, and Odoo restarted. Keep them with the backups "
                "that were made before today: those open by no other."
            )
        return _("Every key in this database is wrapped by the master key.")

    def action_wrap_anew(self):
        """Wrap by the newest master key what an older one wraps."""
        self.env["spar.connection"]._as_manager()
        for records in self.env["spar.wrapped"]._all_wrapped().values():
            records._older()._wrap_anew()
        return {
            "type": "ir.actions.act_window",
            "name": _("Master key"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }
