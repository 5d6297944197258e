from odoo import api, fields, models

#: States of a row that is not over; "new" has no connection yet.
OPEN = ("held", "pending", "sending", "conflict", "rejected")
COUNTS = ("link", "update", "unlink", "same", "differs", "held", "invalid", "behind", "waiting")


class SparConnection(models.Model):
    """How far a connection is from going live: each open row counted once."""

    _inherit = "spar.connection"

    observes = fields.Boolean(compute="_compute_observes")
    observed_link = fields.Integer(string="Would link", compute="_compute_observed")
    observed_update = fields.Integer(string="Would update", compute="_compute_observed")
    observed_unlink = fields.Integer(string="Would unlink", compute="_compute_observed")
    observed_same = fields.Integer(string="The same", compute="_compute_observed")
    observed_differs = fields.Integer(string="Differs", compute="_compute_observed")
    observed_held = fields.Integer(string="Held", compute="_compute_observed")
    observed_invalid = fields.Integer(string="Invalid", compute="_compute_observed")
    observed_behind = fields.Integer(string="Behind an earlier one", compute="_compute_observed")
    observed_waiting = fields.Integer(string="Not yet looked at", compute="_compute_observed")

    @api.depends("mode", "pilot_domain")
    def _compute_observes(self):
        for connection in self:
            connection.observes = connection._observes()

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("mode", "pilot_domain")
    def _compute_observed(self):
        """What the user may see, in one query; where nobody is observed there is nothing to ask."""
        watched = self.filtered(lambda connection: connection._observes())
        counts = {}
        if watched:
            submissions = self.env["spar.submission"]
            curable = submissions._curable()
            for connection, state, observed, reason, count in submissions._read_group(
                [("connection_id", "in", watched.ids), ("state", "in", OPEN)],
                ["connection_id", "state", "observed", "hold_reason"],
                ["__count"],
            ):
                key = connection.id, _counted(state, observed, reason in curable)
                counts[key] = counts.get(key, 0) + count
        for connection in self:
            for kind in COUNTS:
                connection[f"observed_{kind}"] = counts.get((connection.id, kind), 0)

    def action_observed(self):
        """The submissions behind one of the counts: ``spar_count`` in the context."""
        self.ensure_one()
        self.read(["name"])  # Raises where it is not the user's to see.
        kind = self.env.context.get("spar_count")
        domains = self.env["spar.submission"]._domains_of_counts()
        action = self.env["ir.actions.act_window"]._for_xml_id("g2p_spar_sync.action_submission")
        return {**action, "domain": [("connection_id", "=", self.id), *domains.get(kind, [])]}


class SparSubmission(models.Model):
    _inherit = "spar.submission"

    def _curable(self):
        """Reasons for which a row is held that do not lie in the address itself."""
        return self._releasable() | {"no_id"}

    def _domains_of_counts(self):
        """{count of a connection: domain of its rows}, as ``_counted`` counts them."""
        curable = ("hold_reason", "in", sorted(self._curable()))
        held = ("state", "=", "held")
        return {
            **{
                kind: [("observed", "=", kind)]
                for kind in ("link", "update", "unlink", "same", "behind")
            },
            "differs": ["|", ("observed", "=", "differs"), ("state", "=", "conflict")],
            "held": ["|", ("observed", "=", "held"), "&", held, curable],
            "invalid": [
                "|",
                "|",
                ("observed", "=", "invalid"),
                ("state", "=", "rejected"),
                "&",
                held,
                "!",
                curable,
            ],
            "waiting": [("state", "in", ("pending", "sending")), ("observed", "=", False)],
        }


def _counted(state, observed, curable):
    """By which count a row is counted."""
    if observed:
        return observed
    if state == "held":
        return "held" if curable else "invalid"
    return {"conflict": "differs", "rejected": "invalid"}.get(state, "waiting")
