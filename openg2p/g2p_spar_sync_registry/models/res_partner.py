from odoo import fields, models


class ResPartner(models.Model):
    """Households and the heads they are paid through."""

    _inherit = "res.partner"

    def _spar_heads(self):
        """{household id: id of its head}, of those in ``self`` who are paid through one."""
        households = self._spar_paid_through_head()
        memberships = self._spar_headships([("group", "in", households.ids)])
        return {membership.group.id: membership.individual.id for membership in memberships}

    def _spar_households(self):
        """{head id: ids of the households that are paid through that head}"""
        found = {}
        memberships = self._spar_headships([("individual", "in", self.ids)])
        through_head = memberships.group._spar_paid_through_head()
        for membership in memberships:
            if membership.group in through_head:
                found.setdefault(membership.individual.id, set()).add(membership.group.id)
        return found

    def _spar_paid_through_head(self):
        """Those in ``self`` who are households that go by their head's id."""
        households = self.sudo().filtered("is_group")
        connections = households._spar_connections()
        return households.filtered(
            lambda household: (
                household.id in connections
                and connections[household.id].id_type_id
                and connections[household.id].household_id == "head"
            )
        )

    def _spar_headships(self, domain):
        """The memberships of heads that have not ended; the newest of a household comes last."""
        head = self.env.ref("g2p_registry_membership.group_membership_kind_head")
        now = fields.Datetime.now()
        return (
            self.env["g2p.group.membership"]
            .sudo()
            .search([*domain, ("kind", "in", head.ids)], order="id")
            .filtered(lambda membership: not membership.ended_date or membership.ended_date > now)
        )

    def _spar_lines(self):
        """A head and the households paid through it are one line."""
        lines = super()._spar_lines()
        heads = self._spar_heads()
        payees = {partner: heads.get(partner, partner) for partner in self.ids}
        households = self.browse(set(payees.values()))._spar_households()
        for partner, payee in payees.items():
            mates = {*lines[partner], payee, *households.get(payee, ())}
            lines[partner] = tuple(sorted(mates))
        return lines

    def _spar_held_back(self):
        reasons = super()._spar_held_back()
        connections = self._spar_connections()
        for partner in self.sudo():
            connection = connections.get(partner.id)
            if partner.disabled and connection and connection.disabled_policy == "hold":
                reasons.setdefault(partner.id, "registrant_disabled")
        return reasons
