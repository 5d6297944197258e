from odoo import _, api, fields, models
from odoo.exceptions import UserError


class SparCompareWizard(models.TransientModel):
    """Compare selected registrants, or all that a list's filter shows, with SPAR."""

    _name = "spar.compare.wizard"
    _description = "Comparison of selected registrants"

    scope = fields.Selection(
        [("selected", "The selected ones"), ("filter", "All that the list's filter shows")],
        required=True,
        default="selected",
    )
    selected_count = fields.Integer(string="Selected", readonly=True)
    filter_count = fields.Integer(string="Shown by the filter", readonly=True)
    resend = fields.Boolean(
        string="Send again what is missing at SPAR",
        help="Once all is compared, an officer has the confirmed addresses that SPAR no longer "
        "holds sent again. Nothing else is overwritten.",
    )

    @api.model
    def default_get(self, names):
        # Of a whole list Odoo hands out the first 20,000 numbers; its domain means all.
        partners = self.env["res.partner"]
        filtered = self._chosen("filter")
        return {
            **super().default_get(names),
            "selected_count": len(self._chosen("selected")[0][2]),
            "filter_count": 0 if filtered is None else partners.search_count(filtered),
        }

    @api.model
    def _chosen(self, scope):
        """The domain on contacts of what was chosen in the list that the form was opened from."""
        context = self.env.context
        of_contacts = context.get("active_model") == "res.partner"
        if scope == "filter":
            return self._as_listed(context.get("active_domain")) if of_contacts else None
        return [("id", "in", context.get("active_ids") or [] if of_contacts else [])]

    @api.model
    def _as_listed(self, domain):
        """Without the archived ones, whom a list does not show unless it is asked for them."""
        asked = not self.env.context.get("active_test", True) or any(
            leaf[0] == "active" for leaf in domain or () if not isinstance(leaf, str)
        )
        return domain if asked or domain is None else [("active", "=", True), *domain]

    def action_start(self):
        """One comparison for each connection of the registrants chosen."""
        self.ensure_one()
        runs = self.env["spar.reconciliation"]
        runs._refuse_others()
        domain = self._chosen(self.scope)
        connections = [] if domain is None else self._connections(domain)
        if not connections:
            raise UserError(_("None of them has a SPAR connection. Ask a SPAR manager for one."))
        for connection in connections:
            runs |= runs._start(connection, "resend" if self.resend else "compare", domain)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "g2p_spar_sync.action_reconciliation"
        )
        return {**action, "domain": [("id", "in", runs.ids)]}

    @api.model
    def _connections(self, domain):
        """Those over which some of the chosen registrants may be paid."""
        found = self.env["spar.connection"]
        for connection in self.env["spar.connection"].search([]):
            companies = [False, connection.company_id.id]
            within = [("company_id", "in", companies)] if connection.company_id else []
            if self.env["res.partner"].search_count([*domain, *within], limit=1):
                found |= connection
        return found
