from odoo import _, fields, models
from odoo.exceptions import UserError

from odoo.addons.queue_job.exception import RetryableJobError

from ..spar import split
from .spar_submission_asked import SparSilent
from .spar_submission_bulk import AGAIN, PART


class SparReconciliationLine(models.Model):
    """Decisions on thousands of differences."""

    _inherit = "spar.reconciliation.line"

    def _are_many(self):
        return len(self) > PART

    def _in_parts(self, action):
        """Decide by ``action`` on a part of these lines after another, each in a job."""
        now = fields.Datetime.now()
        for start in range(0, len(self), PART):
            self[start : start + PART].with_delay(
                channel="root.spar", description="SPAR: decide on many differences"
            )._decide_part(action, now)
        return self.env["spar.connection"]._say(
            _(
                "%(count)s differences are decided on in the background, %(part)s at a time. One "
                "that is ignored, cannot be decided on, or is found to be another meanwhile, stays "
                "in this list.",
                count=len(self),
                part=PART,
            ),
            "info",
        )

    def _decide_part(self, action, seen_at):
        """A job, run as the user who decided: its rights are asked for anew.

        :param seen_at: when they were decided on; what was looked at since is not what that was
        """
        lines = self.exists().filtered(
            lambda line: line.state in ("open", "proposed") and line.seen_at <= seen_at
        )
        try:
            with self.env.cr.savepoint():
                getattr(lines, action)()
        except SparSilent as error:
            raise RetryableJobError(str(error), seconds=AGAIN, ignore_retry=True) from error
        except UserError:
            if len(lines) > 1:
                for half in split(lines):
                    half._decide_part(action, seen_at)
            else:
                lines._tell("not_decided", action.removeprefix("action_"))
