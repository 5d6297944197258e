from odoo import api, fields, models


class G2PGroupMembership(models.Model):
    _name = "g2p.group.membership"
    _description = "Membership (stand-in)"

    group = fields.Many2one("res.partner", required=True)
    individual = fields.Many2one("res.partner", required=True)
    kind = fields.Many2many("g2p.group.membership.kind")
    start_date = fields.Datetime()
    ended_date = fields.Datetime()
    is_ended = fields.Boolean(compute="_compute_is_ended", store=True)

    @api.depends("ended_date")
    def _compute_is_ended(self):
        now = fields.Datetime.now()
        for membership in self:
            membership.is_ended = bool(membership.ended_date) and membership.ended_date <= now


class G2PGroupMembershipKind(models.Model):
    _name = "g2p.group.membership.kind"
    _description = "Kind of membership (stand-in)"

    name = fields.Char()
    is_unique = fields.Boolean()
