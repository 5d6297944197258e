from odoo import models
from odoo.exceptions import UserError

from odoo.addons.queue_job.exception import RetryableJobError

from ..spar import split
from .spar_submission_asked import SparSilent

#: Records that are decided on in one transaction; more are decided on by jobs of so many.
PART = 100
#: Seconds until a part is tried again for which SPAR could not be asked.
AGAIN = 60


class SparInParts(models.AbstractModel):
    """What people decide on, one or thousands at once.

    A model has ``_refuse_found_since(mark)``, which raises UserError where something was found out
    since ``mark``, and ``_note_undecided(action, error)``.
    """

    _name = "spar.in.parts"
    _description = "Decided on in parts"

    def _are_many(self):
        return len(self) > PART

    def _in_parts(self, action, mark, said):
        """Decide by ``action`` on a part of these records after another, each in a job.

        :param mark: what ``_refuse_found_since`` knows this moment by
        :param said: what the person is told
        """
        for start in range(0, len(self), PART):
            self[start : start + PART].with_delay(
                channel="root.spar", description=f"{self._description}: decide on many"
            )._decide_part(action, mark)
        return self.env["spar.connection"]._say(said, "info")

    def _decide_part(self, action, mark):
        """A job, run as the user who decided: its rights are asked for anew."""
        self = self.exists()
        try:
            self._refuse_found_since(mark)
            with self.env.cr.savepoint():
                getattr(self, action)()
        except SparSilent as error:
            raise RetryableJobError(str(error), seconds=AGAIN, ignore_retry=True) from error
        except UserError as error:
            if len(self) > 1:
                for half in split(self):
                    half._decide_part(action, mark)
            else:
                self._note_undecided(action, error)
