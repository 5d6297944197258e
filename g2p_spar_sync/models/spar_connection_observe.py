from ast import literal_eval

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError

#: Settings by which another plan may come out: what was observed before they changed is stale.
MATTERS = frozenset(
    {
        "mode",
        "pilot_domain",
        "active",
        "base_url",
        "wire_format",
        "registrant_domain",
        "id_prefix",
        "id_suffix",
        "bank_strategy_id",
        "mobile_strategy_id",
        "email_strategy_id",
    }
)


class SparConnection(models.Model):
    """Going live without a leap: look at everything first, send for some, then for all."""

    _inherit = "spar.connection"

    mode = fields.Selection(
        [("live", "Live: send"), ("observe", "Observe: look, and send nothing")],
        required=True,
        default="live",
        help="A connection that observes asks SPAR about every submission, records what it would "
        "do, and sends nothing.",
    )
    pilot_domain = fields.Char(
        string="Pilot",
        help="Only registrants who match are sent; the others are observed. Empty: everybody is "
        "sent.",
    )
    observe_round = fields.Integer(
        readonly=True, copy=False, default=0, help="What was observed in an earlier one is stale."
    )

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        self.env.registry.clear_cache()
        return connections

    def write(self, vals):
        result = super().write(vals)
        if "mode" in vals:
            self.env["spar.event"]._record_setting(self, [f"mode = {vals['mode']}"])
        if not MATTERS.isdisjoint(vals):
            self.env.registry.clear_cache()
            self._look_again()
        return result

    @api.constrains("pilot_domain")
    def _check_pilot_domain(self):
        for connection in self:
            try:
                self.env["res.partner"].sudo().search_count(connection._pilot(), limit=1)
            except (ValueError, SyntaxError, TypeError, KeyError) as error:
                raise ValidationError(
                    _("The pilot is no domain on contacts. Dates and users cannot be in it.")
                ) from error

    def action_observe_again(self):
        """Look at everything again that was observed."""
        connections = self._as_manager()
        self.env["spar.event"]._record_setting(connections, ["observe_round"])
        connections._look_again()
        return True

    def _look_again(self):
        """What was observed so far is stale: the dispatcher looks at it again, or sends it."""
        if self.ids:
            self.env.cr.execute(
                "UPDATE spar_connection SET observe_round = COALESCE(observe_round, 0) + 1 "
                "WHERE id IN %s",
                (tuple(self.ids),),
            )
            self.invalidate_recordset(["observe_round"])
            self.env["spar.dispatcher"]._wake()

    def _observes(self):
        """Is there anybody who is only looked at?"""
        self.ensure_one()
        return self.mode == "observe" or bool(self._pilot())

    def _pilot(self):
        """The domain of those who are sent in live mode; empty for everybody."""
        self.ensure_one()
        return list(literal_eval(self.pilot_domain or "[]"))

    def _observed_among(self, partners):
        """The ids of those in ``partners`` who are only looked at: asked anew each time."""
        self.ensure_one()
        if self.mode == "observe":
            return set(partners.ids)
        pilot = self._pilot()
        if not pilot:
            return set()
        everybody = partners.sudo().with_context(active_test=False)
        return set(partners.ids) - set(everybody.search([("id", "in", partners.ids), *pilot]).ids)

    @api.model
    @tools.ormcache()
    def _pilot_fields(self):
        """Fields of ``res.partner`` by which some pilot chooses its registrants."""
        terms = [term for connection in self.sudo().search([]) for term in connection._pilot()]
        return frozenset(
            str(term[0]).partition(".")[0] for term in terms if isinstance(term, (list, tuple))
        )


class SparChannel(models.Model):
    _inherit = "spar.channel"

    def write(self, vals):
        result = super().write(vals)
        if not {"first_link", "change", "on_conflict"}.isdisjoint(vals):
            self.env["spar.connection"].sudo().search([])._look_again()
        return result
