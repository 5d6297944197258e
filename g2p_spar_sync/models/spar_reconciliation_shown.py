from odoo import _, api, fields, models

from ..spar import RequestError
from .spar_reconciliation import DECIDABLE, WHOLESALE


class SparReconciliation(models.Model):
    """How a comparison, and what is decided on all of it, is shown."""

    _inherit = "spar.reconciliation"

    reference = fields.Char(compute="_compute_reference")
    phase = fields.Selection(
        [
            ("comparing", "Comparing"),
            ("deciding", "Being decided"),
            ("paused", "Paused"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_phase",
    )
    progress = fields.Float(compute="_compute_progress")
    ends_at = fields.Datetime(string="Estimated end", compute="_compute_progress")
    summary = fields.Char(string="Found", compute="_compute_summary")
    trouble_explanation = fields.Char(
        compute="_compute_trouble_explanation", compute_sudo=True, help="Why it waits."
    )
    open_count = fields.Integer(string="Differences", compute="_compute_open_count")
    may_send = fields.Boolean(compute="_compute_may")
    may_accept = fields.Boolean(compute="_compute_may")

    @api.depends("connection_id")
    def _compute_reference(self):
        for run in self:
            run.reference = _("Comparison %s", run.id or "")

    @api.depends("done", "total", "state", "resumed_at", "resumed_done")
    def _compute_progress(self):
        now = fields.Datetime.now()
        for run in self:
            run.progress = 100.0 * run.done / run.total if run.total else 0.0
            run.progress = 100.0 if run.state == "done" else min(run.progress, 99.9)
            run.ends_at = False
            since = run.done - run.resumed_done
            if run.state == "running" and since > 0 and run.total > run.done:
                each = (now - run.resumed_at) / since
                run.ends_at = now + each * (run.total - run.done)

    @api.depends("state", "decision")
    def _compute_phase(self):
        for run in self:
            working = "deciding" if run.decision else "comparing"
            run.phase = working if run.state == "running" else run.state

    @api.depends("found")
    def _compute_summary(self):
        names = dict(
            self.env["spar.reconciliation.line"]._fields["kind"]._description_selection(self.env)
        )
        names.update(
            on_its_way=_("On its way"), no_id=_("Without an id"), unanswered=_("Not answered")
        )
        for run in self:
            counts = run.found or {}
            run.summary = ", ".join(
                f"{name}: {counts[kind]}" for kind, name in names.items() if counts.get(kind)
            )

    def _compute_open_count(self):
        lines = self.env["spar.reconciliation.line"]
        for run in self:
            run.open_count = lines.search_count(
                [*run._its_lines(), ("state", "in", ("open", "proposed"))]
            )

    def _its_lines(self):
        """What it found last, and what may still be decided on with all of it: a domain."""
        return ["|", ("run_id", "=", self.id), ("wholesale_run_id", "=", self.id)]

    @api.depends("purpose", "state", "decision")
    @api.depends_context("uid")
    def _compute_may(self):
        for run in self:
            for decision in ("send", "accept"):
                may = run.state in DECIDABLE and decision in WHOLESALE[run.purpose]
                run[f"may_{decision}"] = may and run._count_to_decide(decision)

    @api.depends("trouble", "connection_id.state", "connection_id.paused_reason")
    def _compute_trouble_explanation(self):
        for run in self:
            code, connection = run.trouble, run.connection_id
            if not code:
                text = False
            elif code == "selection":
                text = _(
                    "What it is about cannot be searched any more: who chose it, or decided on all "
                    "of it, may not see that now, or a field is gone. Cancel it, and choose anew."
                )
            elif code == "not_running" and connection.restored_to:
                text = _(
                    "SPAR cannot be asked before the connection's keys and database are seen to: "
                    "Test connection names what is missing. Then it goes on by itself."
                )
            elif code == "not_running" and connection.state == "paused":
                text = _(
                    "It waits with its connection, and goes on once that is resumed. %s",
                    connection.pause_explanation,
                )
            elif code == "not_running" and connection.state == "running":
                text = _("SPAR could be asked again by now: it goes on within a minute.")
            else:
                why = connection._trouble(RequestError(code=code))
                if connection.state == "waiting":
                    why = connection.pause_explanation or why
                text = _("SPAR cannot be asked now, and it goes on by itself. %s", why)
            run.trouble_explanation = text
