from odoo import _, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .spar_in_parts import PART

#: References named in a message to a person.
NAMED = 10


class SparSubmission(models.Model):
    """Decisions on one submission or on thousands, and on what was only looked at."""

    _name = "spar.submission"
    _inherit = ["spar.submission", "spar.in.parts"]

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

    def _in_background(self, action):
        self.env.cr.execute("SELECT COALESCE(max(id), 0) FROM spar_event")
        [event] = self.env.cr.fetchone()
        return self._in_parts(
            action,
            event,
            _(
                "%(count)s submissions are decided on in the background, %(part)s at a time. One "
                "that is decided on leaves this list; one that cannot be stays, and its events say "
                "so.",
                count=len(self),
                part=PART,
            ),
        )

    def _note_undecided(self, action, _error):
        self.env["spar.event"]._record(
            "delayed", self, detail=f"not_decided: {action}", user=self.env.user
        )

    def _refuse_found_since(self, mark):
        """:param mark: the newest event when it was decided"""
        self.env.cr.execute(
            "SELECT DISTINCT submission_id FROM spar_event WHERE submission_id IN %s AND id > %s "
            "AND kind IN ('observed', 'conflict', 'held')",
            (tuple(self.ids) or (0,), mark),
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
        """What SPAR holds is not kept over a newer submission of their line that is not among them:
        one that nobody has looked at, or that waits for a person.

        Of those that wait, a copy of what was handed in before is none, and kept for another id
        SPAR's own comes after none.
        """
        mates = self.partner_id._spar_lines()
        here = set(self._where_they_are().ids)
        pairs = [
            (row.id, mate, row.id in here)
            for row in self.filtered(lambda row: row.way != "old_id")
            for mate in mates[row.partner_id.id]
        ]
        if not pairs:
            return
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT s.id FROM (VALUES %s) AS v (row, partner, here) "
                "JOIN spar_submission s ON s.id = v.row "
                "JOIN spar_submission n ON n.partner_id = v.partner AND n.id > s.id "
                "AND n.way IS DISTINCT FROM 'old_id' AND n.id NOT IN %s "
                "WHERE n.state IN ('new', 'pending', 'sending') "
                "OR (v.here AND n.state IN ('held', 'conflict', 'rejected') "
                "AND COALESCE(n.as_old_as_id, n.id) > COALESCE(s.as_old_as_id, s.id))",
                SQL(", ").join(SQL("(%s, %s, %s)", *pair) for pair in pairs),
                tuple(self.ids),
            )
        )
        older = self.browse([row[0] for row in self.env.cr.fetchall()])
        if older:
            raise UserError(
                _(
                    "A newer submission of the same registrant or household than %s is not over: "
                    "keeping what SPAR holds would stop it, too. Decide on the newer one first, "
                    "or on both together.",
                    self._some(older.mapped("reference")),
                )
            )

    def _refuse_while_sent_again(self):
        """Nor is it kept while what was confirmed for the id is sent again: that may reach SPAR at
        any moment, over what a person has just accepted."""
        mates = self.partner_id._spar_lines()
        pairs = [(row.id, mate) for row in self for mate in mates[row.partner_id.id]]
        if not pairs:
            return
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT s.id FROM (VALUES %s) AS v (row, partner) "
                "JOIN spar_submission s ON s.id = v.row "
                "JOIN spar_submission c ON c.partner_id = v.partner AND c.id NOT IN %s "
                "AND c.connection_id = s.connection_id AND c.spar_id = s.spar_id "
                "WHERE c.confirmed AND c.state IN ('pending', 'sending')",
                SQL(", ").join(SQL("(%s, %s)", *pair) for pair in pairs),
                tuple(self.ids),
            )
        )
        under_way = self.browse([row[0] for row in self.env.cr.fetchall()])
        if under_way:
            raise UserError(
                _(
                    "What was confirmed before %s is being sent again. Wait until that is over, "
                    "then look at it again.",
                    self._some(under_way.mapped("reference")),
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
