from odoo import _, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ..spar import split
from .spar_submission_asked import SparSilent

#: Rows that are decided on in one transaction; more are decided on by jobs of so many.
PART = 100
#: Seconds until a part is tried again for which SPAR could not be asked.
AGAIN = 60
#: References named in a message to a person.
NAMED = 10


class SparSubmission(models.Model):
    """Decisions on one submission or on thousands, and on what was only looked at."""

    _inherit = "spar.submission"

    def action_adopt(self):
        """What SPAR was found to hold already is confirmed as it is.

        Nothing is sent. The dispatcher asks SPAR once more, and confirms only where it still holds
        the same; any other row is recorded as what it is by then.
        """
        rows = self._for_decision((), second_person=True, observed=("same",))
        rows = rows._update_rows(
            {"adopted_by": self.env.uid, "due_at": self.env.cr.now(), "observed": None},
            SQL("state = 'pending' AND observed = 'same'"),
        )
        self.env["spar.event"]._record("decided", rows, detail="adopt", user=self.env.user)
        self.env["spar.dispatcher"]._wake()
        return self.env["spar.connection"]._say(
            _(
                "SPAR is asked once more about %s of them. Those it still holds the same for are "
                "confirmed; nothing is sent.",
                len(rows),
            ),
            "success",
        )

    def _are_many(self):
        return len(self) > PART

    def _in_parts(self, action):
        """Decide by ``action`` on a part of these rows after another, each in a job."""
        self.env.cr.execute("SELECT COALESCE(max(id), 0) FROM spar_event")
        [event] = self.env.cr.fetchone()
        for start in range(0, len(self), PART):
            part = self[start : start + PART]
            part.with_delay(
                channel="root.spar", description="SPAR: decide on many submissions"
            )._decide_part(action, event)
        return self.env["spar.connection"]._say(
            _(
                "%(count)s submissions are decided on in the background, %(part)s at a time. One "
                "that is decided on leaves this list; one that cannot be stays, and its events say "
                "so.",
                count=len(self),
                part=PART,
            ),
            "info",
        )

    def _decide_part(self, action, event):
        """A job, run as the user who decided: its rights are asked for anew.

        :param event: the newest event when it was decided; a row that was found to be otherwise
            since is not what was decided on
        """
        try:
            self._refuse_found_since(event)
            with self.env.cr.savepoint():
                getattr(self, action)()
        except SparSilent as error:
            raise RetryableJobError(str(error), seconds=AGAIN, ignore_retry=True) from error
        except UserError:
            if len(self) > 1:
                for half in split(self):
                    half._decide_part(action, event)
            else:
                self.env["spar.event"]._record(
                    "delayed", self, detail=f"not_decided: {action}", user=self.env.user
                )

    def _refuse_found_since(self, event):
        self.env.cr.execute(
            "SELECT DISTINCT submission_id FROM spar_event WHERE submission_id IN %s AND id > %s "
            "AND kind IN ('observed', 'conflict', 'held')",
            (tuple(self.ids) or (0,), event),
        )
        found = self.browse([row[0] for row in self.env.cr.fetchall()])
        if found:
            raise UserError(
                _(
                    "%s was compared with SPAR since. Look again.",
                    self._some(found.mapped("reference")),
                )
            )

    def _needs_new_one(self):
        """Is it held for what no release can mend?"""
        self.ensure_one()
        if self.observed:
            return False
        return self.hold_reason not in self._releasable() and not self.waits_for_id

    def _seen_otherwise(self, hashes):
        """Those for which SPAR holds something else by now than what was to be decided on.

        :param hashes: {row: keyed hash of what SPAR holds now}
        """
        return self.filtered(lambda row: row.seen_hash not in (False, hashes[row]))

    def _refuse_with_newer(self):
        """What SPAR holds is not kept over a newer submission that nobody has looked at."""
        self.env.cr.execute(
            "SELECT s.id FROM spar_submission s WHERE s.id IN %s "
            "AND s.way IS DISTINCT FROM 'old_id' AND EXISTS (SELECT 1 FROM spar_submission n "
            "WHERE n.partner_id = s.partner_id AND n.id > s.id AND n.way IS DISTINCT FROM 'old_id' "
            "AND n.state IN ('new', 'pending', 'sending'))",
            (tuple(self.ids) or (0,),),
        )
        older = self.browse([row[0] for row in self.env.cr.fetchall()])
        if older:
            raise UserError(
                _(
                    "A newer submission of the same registrant waits behind %s: keeping what SPAR "
                    "holds would stop it, too. Decide on the newer one.",
                    self._some(older.mapped("reference")),
                )
            )

    def _some(self, texts):
        """The first of ``texts``, and how many more there are."""
        texts = list(texts)
        named = ", ".join(texts[:NAMED])
        more = len(texts) - NAMED
        return _("%(named)s and %(more)s more", named=named, more=more) if more > 0 else named


class SparConnection(models.Model):
    _inherit = "spar.connection"

    def _ask_in_batches(self, spar_ids):
        """As ``_ask``, a batch at a time; once SPAR is silent, the rest is not asked about."""
        said, rest = {}, sorted(spar_ids)
        while rest:
            batch, rest = rest[: self.batch_size], rest[self.batch_size :]
            answers = self._ask(set(batch))
            said.update(answers)
            last = answers[batch[-1]]
            if last["state"] == "unreachable" and last["code"] != "refused":
                return {**dict.fromkeys(rest, last), **said}
        return said
