from odoo import _, fields, models
from odoo.exceptions import UserError

from .spar_in_parts import PART
from .spar_reconciliation_line import CURRENT


class SparReconciliationLine(models.Model):
    """Decisions on thousands of differences."""

    _name = "spar.reconciliation.line"
    _inherit = ["spar.reconciliation.line", "spar.in.parts"]

    def _in_background(self, action):
        return self._in_parts(
            action,
            fields.Datetime.now(),
            _(
                "%(count)s differences are decided on in the background, %(part)s at a time. One "
                "that is ignored, cannot be decided on, or is found to be another meanwhile, stays "
                "in this list, and says why.",
                count=len(self),
                part=PART,
            ),
        )

    def _refuse_found_since(self, mark):
        other = self.filtered(
            lambda line: line.state not in ("open", "proposed") or line.seen_at > mark
        )
        if other:
            raise UserError(
                _("These were decided on or looked at since: %s. Look again.", other._named())
            )

    def _note_undecided(self, action, error):
        left = self.filtered(lambda line: line.state in CURRENT)
        left._tell("not_decided", action.removeprefix("action_"))
        left.sudo().undecided = str(error)
