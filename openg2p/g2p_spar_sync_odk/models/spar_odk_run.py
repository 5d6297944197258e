from odoo import api, fields, models

HELD = ("held", "conflict", "rejected")


class SparOdkRun(models.Model):
    """One import from ODK Central: what came in by it, for the supervisor."""

    _name = "spar.odk.run"
    _description = "Payment addresses of an ODK import"
    _order = "id desc"

    odk_import_id = fields.Many2one(
        "odk.import", string="Import", readonly=True, ondelete="set null"
    )
    form = fields.Char(readonly=True)
    line_ids = fields.One2many("spar.odk.line", "run_id", readonly=True)

    def _compute_display_name(self):
        for run in self:
            at = fields.Datetime.context_timestamp(run, run.create_date or fields.Datetime.now())
            run.display_name = f"{run.form or ''} {at:%Y-%m-%d %H:%M}".strip()

    @api.model
    def _open(self, odk_import):
        form = odk_import[:1].odk_config
        return self.sudo().create(
            {"odk_import_id": odk_import[:1].id, "form": form.form_id or form.name}
        )

    @api.model
    def _latest(self, odk_import):
        """The report that instances imported in jobs belong to."""
        found = self.sudo().search([("odk_import_id", "=", odk_import.id)], limit=1)
        return found or self._open(odk_import)

    def _failed(self, instance):
        """An instance upstream gave up on."""
        self.env["spar.odk.line"].sudo().create(
            {"run_id": self.id, "instance": instance, "failed": True}
        )


class SparOdkLine(models.Model):
    """One form that came in: which submissions it made, and what was lost. No address is in it."""

    _name = "spar.odk.line"
    _description = "Payment addresses of one ODK form"
    _order = "id desc"
    _rec_name = "instance"

    run_id = fields.Many2one("spar.odk.run", required=True, readonly=True, ondelete="cascade")
    instance = fields.Char(readonly=True, help="The form's instance id in ODK.")
    enumerator = fields.Char(readonly=True)
    collected_at = fields.Datetime(readonly=True)
    partner_id = fields.Many2one("res.partner", string="Registrant", readonly=True)
    submission_ids = fields.Many2many("spar.submission", readonly=True)
    came_in = fields.Integer(readonly=True, help="Payment addresses handed in by this form.")
    lost = fields.Integer(
        readonly=True,
        help="Members whose bank accounts the importer drops. Map their payment_ fields instead.",
    )
    failed = fields.Boolean(readonly=True, help="The importer gave up on this form.")
    held = fields.Integer(compute="_compute_outcome")
    done = fields.Integer(compute="_compute_outcome")
    reasons = fields.Char(compute="_compute_outcome")

    @api.depends("submission_ids.state")
    def _compute_outcome(self):
        for line in self:
            rows = line.submission_ids
            stopped = rows.filtered(lambda row: row.state in HELD)
            line.held = len(stopped)
            line.done = len(rows.filtered(lambda row: row.state == "done"))
            line.reasons = " ".join(dict.fromkeys(filter(None, stopped.mapped("explanation"))))
