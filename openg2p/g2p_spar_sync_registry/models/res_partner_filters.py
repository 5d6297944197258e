from odoo import api, fields, models

AT_SPAR = [("confirmed", "=", True), ("operation", "=", "set")]
VIEWER = "g2p_spar_sync.group_spar_viewer"


class ResPartner(models.Model):
    """What lists of registrants are filtered by, and the number on the form's button."""

    _inherit = "res.partner"

    spar_address_confirmed = fields.Boolean(
        string="Payment address at SPAR",
        compute="_compute_spar_address_confirmed",
        search="_search_spar_address_confirmed",
        groups=VIEWER,
        help="SPAR acknowledged an address of this registrant, or of the head or household it "
        "shares its id with.",
    )
    spar_waiting_count = fields.Integer(compute="_compute_spar_waiting_count", groups=VIEWER)

    def _compute_spar_address_confirmed(self):
        found = self.search([("id", "in", self.ids), ("spar_address_confirmed", "=", True)])
        for partner in self:
            partner.spar_address_confirmed = partner in found

    @api.model
    def _search_spar_address_confirmed(self, operator, value):
        head = self.env.ref("g2p_registry_membership.group_membership_kind_head")
        of_heads = [("kind", "in", head.ids), ("is_ended", "=", False)]
        has = [
            "|",
            "|",
            ("submission_ids", "any", AT_SPAR),
            (
                "group_membership_ids",
                "any",
                [*of_heads, ("individual.submission_ids", "any", AT_SPAR)],
            ),
            (
                "individual_membership_ids",
                "any",
                [*of_heads, ("group.submission_ids", "any", AT_SPAR)],
            ),
        ]
        values = value if operator in ("in", "not in") else [value]
        wanted = (True in values) == (operator in ("=", "in"))
        # Whoever may see payment addresses need not be able to read memberships.
        return [("id", "in" if wanted else "not in", self.sudo()._search(has))]

    def _compute_spar_waiting_count(self):
        for partner in self:
            partner.spar_waiting_count = self.env["spar.submission"].search_count(
                [
                    ("partner_id", "=", partner.id),
                    ("state", "not in", ("done", "superseded", "cancelled")),
                ]
            )

    def action_spar_submissions(self):
        """The submissions of this registrant and of those it shares its line with."""
        self.ensure_one()
        self.mapped("display_name")  # Raises where the registrant is not the user's to see.
        action = self.env["ir.actions.act_window"]._for_xml_id("g2p_spar_sync.action_submission")
        mates = self._spar_lines()[self.id]
        return {**action, "domain": [("partner_id", "in", mates)], "context": {}}
