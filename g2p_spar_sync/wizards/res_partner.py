from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .spar_change_wizard import OFFICER


class ResPartner(models.Model):
    _inherit = "res.partner"

    spar_is_registrant = fields.Boolean(
        string="Is a SPAR registrant",
        compute="_compute_spar_is_registrant",
        groups="g2p_spar_sync.group_spar_viewer",
    )

    # Without a dependency Odoo 17 does not compute it for a new contact.
    @api.depends("is_company")
    def _compute_spar_is_registrant(self):
        registrants = self._origin._spar_is_registrant()
        for partner in self:
            # One that is not saved yet may become one: its page says to save first.
            partner.spar_is_registrant = not partner._origin or partner._origin.id in registrants

    def spar_change(self):
        """Ask SPAR what it holds now, and open the change form beside it.

        The form's row is made here, on the server, so that nobody can claim to have been shown
        something else.
        """
        self.ensure_one()
        if not self.env.user.has_group(OFFICER):
            raise AccessError(_("Only a SPAR officer may submit a payment address."))
        self.mapped("display_name")  # Raises where the registrant is not the user's to see.
        connection = self._spar_connections().get(self.id)
        if not connection:
            raise UserError(_("No SPAR connection is set up. Ask a SPAR manager for one."))
        if self.id not in self._spar_is_registrant():
            raise UserError(_("This contact is no registrant, so it has no payment address."))
        said = self._spar_asked()[self.id]
        shown = connection._reader().interpret(said["answer"])[1] if "answer" in said else False
        wizard = (
            self.env["spar.change.wizard"]
            .sudo()
            .create(
                {
                    "partner_id": self.id,
                    "held_state": said["state"],
                    "held_method": said.get("method"),
                    "held_provider": said.get("provider"),
                    "held_mask": said.get("mask"),
                    "shown_hash": shown,
                    "kind": said.get("method") or "bank_account",
                }
            )
        )
        return wizard.sudo(False)._form()
