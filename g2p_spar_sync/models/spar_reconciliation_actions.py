from odoo import _, fields, models
from odoo.exceptions import UserError

from .spar_reconciliation import DECIDABLE, GOING_ON, OFFICER, WHOLESALE


class SparReconciliation(models.Model):
    """What people do with a comparison. Every action checks for itself, since RPC reaches it."""

    _inherit = "spar.reconciliation"

    def _for_action(self, states, *groups):
        """``self`` with the right to act on it, or an error."""
        self._refuse_others(*groups)
        self.mapped("state")  # Raises where record rules hide one of them.
        wrong = self.sudo().filtered(lambda run: run.state not in states)
        if wrong:
            raise UserError(
                _(
                    "This is not possible for %s now. Reload the page and choose again.",
                    ", ".join(wrong.mapped("reference")),
                )
            )
        return self.sudo()

    def action_pause(self):
        """No further batch until somebody goes on."""
        self._for_action(("running",)).write({"state": "paused"})
        return True

    def action_go_on(self):
        """From where it stopped."""
        for run in self._for_action(("paused",)):
            now = fields.Datetime.now()
            run.write(
                {"state": "running", "next_at": now, "resumed_at": now, "resumed_done": run.done}
            )
        self.env["spar.reconciler"]._wake()
        return True

    def action_cancel(self):
        """For good; what it found stays. A decision only: what it left can be decided on anew."""
        runs = self._for_action(GOING_ON)
        deciding = runs.filtered("decision")
        (runs - deciding)._stop()
        for run in deciding:
            run.write(
                {
                    "state": "done",
                    "decision": False,
                    "decided_by": False,
                    "done": run.compared,
                    "total": run.compared,
                    "trouble": False,
                    "lease_token": False,
                    "lease_until": False,
                    "ended_at": fields.Datetime.now(),
                }
            )
        return True

    def _stop(self):
        ended = {"lease_token": False, "trouble": False, "ended_at": fields.Datetime.now()}
        self.write({"state": "cancelled", **ended})

    def action_send_all(self):
        """Send ours for all that is missing at SPAR, or an older one of ours."""
        return self._decide_all("send")

    def action_accept_all(self):
        """Accept what SPAR holds, for all that differs."""
        return self._decide_all("accept")

    def _decide_all(self, decision):
        self.ensure_one()
        run = self._for_action(DECIDABLE, OFFICER)
        if decision not in WHOLESALE[run.purpose]:
            raise UserError(_("Not after this comparison: decide on its differences one by one."))
        if not run.partner_domain:
            self._refuse_a_second(run.connection_id)
        count = run._count_to_decide(decision)
        if not count:
            raise UserError(
                _(
                    "There is nothing to decide on for %s: its differences were decided on, are no "
                    "longer so, were found to be others since, or you may not see them. Look under "
                    "SPAR → Differences, or compare again.",
                    run.reference,
                )
            )
        second = self.env["spar.channel"]._spar_by_code()["reconcile"].second_person
        if second and (run.proposed != decision or not run.proposed_by):
            run.write({"proposed": decision, "proposed_by": self.env.uid})
            return self.env["spar.connection"]._say(
                _("Noted. Another officer has to decide the same before anything is done."),
                "warning",
            )
        if second and run.proposed_by == self.env.user:
            raise UserError(_("You proposed this yourself: another officer has to decide it."))
        now = fields.Datetime.now()
        run.write(
            {
                "decision": decision,
                "decided_by": self.env.uid,
                "proposed": False,
                "state": "running",
                "last_id": 0,
                "done": 0,
                "next_at": now,
                "resumed_at": now,
                "resumed_done": 0,
                "ended_at": False,
                "total": count,
            }
        )
        self.env["spar.reconciler"]._wake()
        return True

    def action_open_lines(self):
        """The differences this run found last, or may still be decided on with all of it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "g2p_spar_sync.action_reconciliation_line"
        )
        return {**action, "domain": self._its_lines()}
