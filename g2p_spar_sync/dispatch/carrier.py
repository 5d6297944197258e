"""Carry: from claimed lines to verdicts, over the client. Knows no database."""

import logging
import random
from dataclasses import replace

from ..spar import (
    DeadlinePassed,
    RequestError,
    decide,
    may_link_unseen,
    must_resolve,
    plan,
    poison,
    split,
)
from . import unforeseen
from .line import OBSERVED, Sent, Verdict

_logger = logging.getLogger(__name__)

OPERATIONS = ("link", "update", "unlink")
#: How often SPAR may turn out to be otherwise than it just said, before a line waits.
ROUNDS = 3


class Stopped(Exception):
    """SPAR cannot be worked with now; ``error`` says why."""

    def __init__(self, error):
        self.error = error
        super().__init__(error.code)


class Carrier:
    """Carries the lines of one claim.

    :param reader: an AnswerReader
    :param deadline: seconds of ``time.monotonic`` after which nothing is sent
    """

    def __init__(self, client, reader, deadline):
        self._client = client
        self._reader = reader
        self._deadline = deadline
        self._rng = random.SystemRandom()
        self._maybe_sent = set()
        #: ids of submissions: in the write that is under way; and those over which one broke
        self._in_the_air = set()
        self._may_land = set()
        #: {submission id: Verdict}
        self.verdicts = {}
        #: {submission id: [Sent]}
        self.sent = {}
        #: the error for which the connection has to wait, None when all is well
        self.trouble = None

    def run(self, lines):
        """Give every line a verdict."""
        try:
            self._carry(lines)
        except Stopped as stopped:
            self.trouble = stopped.error
        except DeadlinePassed:
            _logger.info("spar: a batch ran out of its lease; the rest goes back")
        self.give_back([line for line in lines if line.submission_id not in self.verdicts])

    def _carry(self, lines):
        """As ``_go``; what breaks over one of them is that one's matter."""
        try:
            self._go(lines)
        except (Stopped, DeadlinePassed):
            raise
        except Exception as error:
            # The one place of the sender's thread where anything may end: further up it would end
            # the turn, for all connections, and again with every turn that claims these lines. It
            # is told here, and by the events of the line that it breaks over alone.
            left = [line for line in lines if line.submission_id not in self.verdicts]
            unforeseen.tell(error, unforeseen.numbers(left))
            self._apart(left)

    def _go(self, lines):
        self._look([line for line in lines if line.observe])
        sent = [line for line in lines if not line.observe]
        unseen = [line for line in sent if self._may_go_unseen(line)]
        seen = [line for line in sent if not self._may_go_unseen(line)]
        self._write("link", unseen, ROUNDS)
        self._ask_then_write(seen, ROUNDS)

    def _apart(self, lines):
        """Something broke over these, or over one of them; a write of theirs may be at SPAR."""
        self._maybe_sent |= self._in_the_air
        self._may_land |= self._in_the_air
        self._in_the_air = set()
        if not lines:
            return
        self._probe()
        sent = self._maybe_sent
        lines = [line.as_sent() if line.submission_id in sent else line for line in lines]
        if len(lines) > 1:
            for half in split(lines):
                self._carry(half)
        elif poison(lines[0].solo_failures + 1, lines[0].others_succeeded):
            self._settle(lines[0], "held", "unforeseen")
        else:
            self._again(lines[0], RequestError(code="unforeseen"), alone=True)

    def give_back(self, lines):
        """Not the lines' fault, so no attempt is burned; but no other worker shall turn in circles
        over them."""
        for line in lines:
            self._settle(line, "pending", "interrupted", after=1.0)

    @staticmethod
    def _may_go_unseen(line):
        return not line.in_flight and may_link_unseen(line.wanted, line.confirmed, line.policy)

    def _look(self, lines):
        """Plan what is only looked at. Nothing of it is left to be written."""
        if lines:
            self._plan(lines)

    def _ask_then_write(self, lines, rounds):
        if not lines:
            return
        if not rounds:
            for line in lines:
                self._again(line, RequestError(code="unsettled"))
            return
        planned = {operation: [] for operation in OPERATIONS}
        for line, what in self._plan(lines):
            planned[what.action].append(line)
        for operation in OPERATIONS:
            self._write(operation, planned[operation], rounds - 1)

    def _plan(self, lines):
        """Ask SPAR, settle what needs no write, and return the rest as (line, plan)."""
        rest = []
        for line, answer in self._resolve(lines):
            held, digest, _address = self._reader.interpret(answer)
            what = plan(line.wanted, held, line.confirmed, line.policy, line.in_flight)
            if what.action == "unlink":
                # SPAR compares what is to be unlinked with its own string, character by character.
                line = replace(line, wanted=replace(line.wanted, fa=held.fa))
            if what.action == "nothing":
                self._settle(line, "done", "nothing")
            elif what.action == "hold":
                self._settle(line, "held", what.reason)
            elif what.action == "conflict":
                self._settle(line, "conflict", what.reason, seen=digest)
            elif line.observe:
                self._settle(line, "pending", what.reason, observed=what.action)
            else:
                rest.append((line, what))
        return rest

    def _resolve(self, lines):
        """[(line, answer)] of those that SPAR answers for; the others are settled."""
        items = [line.item() for line in lines]
        try:
            reply = self._client.resolve(items, deadline=self._deadline)
        except DeadlinePassed:
            raise
        except RequestError as error:
            return self._resolve_apart(lines, error)
        answered = []
        for line, outcome in zip(lines, reply.outcomes, strict=True):
            if outcome.answer is None:
                self._settle(line, "rejected", outcome.code or "rejected")
            else:
                answered.append((line, outcome.answer))
        return answered

    def _resolve_apart(self, lines, error):
        """SPAR gave no answer for these together: is it SPAR, or one of them?"""
        if error.kind == "connection":
            raise Stopped(error) from error
        self._probe()
        if len(lines) == 1:
            self._alone(lines[0], error)
            return []
        return [pair for half in split(lines) for pair in self._resolve(half)]

    def _probe(self):
        """Does SPAR answer at all? Stopped when it does not."""
        try:
            with unforeseen.as_trouble("a probe"):
                self._client.probe(deadline=self._deadline)
        except DeadlinePassed:
            raise
        except RequestError as error:
            raise Stopped(error) from error

    def _write(self, operation, lines, rounds):
        if not lines:
            return
        items = [line.item() for line in lines]
        self._in_the_air = {line.submission_id for line in lines}
        try:
            reply = getattr(self._client, operation)(items, deadline=self._deadline)
        except DeadlinePassed:
            raise
        except RequestError as error:
            if error.digest:
                self._note(operation, lines, items, error)
            self._in_the_air = set()
            self._failed(operation, lines, error, rounds)
            return
        self._note(operation, lines, items, reply)
        otherwise = []
        for line, outcome in zip(lines, reply.outcomes, strict=True):
            if outcome.ok:
                self._settle(line, "done", operation)
            elif must_resolve(operation, outcome.code):
                otherwise.append(line)
            else:
                self._settle(line, "rejected", outcome.code or "rejected")
        self._in_the_air = set()
        self._ask_then_write(otherwise, rounds)

    def _failed(self, operation, lines, error, rounds):
        """A write that brought no usable answer."""
        if error.outcome_unknown:
            self._maybe_sent.update(line.submission_id for line in lines)
        if error.kind == "connection" or error.code == "connect_timeout":
            raise Stopped(error)
        if error.kind == "permanent" and len(lines) == 1:
            self._settle(lines[0], "rejected", error.code)
        elif error.kind == "permanent":
            # 400: nothing of the batch was stored, and nothing tells which item it was.
            for half in split(lines):
                self._write(operation, half, rounds)
        elif error.may_land_late or not error.outcome_unknown:
            for line in lines:
                self._again(line, error)
        else:
            self._half_applied(lines, error)

    def _half_applied(self, lines, error):
        """SPAR failed, and some of it may be stored: look, then go on in halves."""
        lines = [line.as_sent() for line in lines]
        planned = self._plan(lines)
        if len(lines) == 1:
            for line, _what in planned:
                self._alone(line, error)
            return
        for half in split(planned):
            for operation in OPERATIONS:
                self._write(
                    operation, [line for line, what in half if what.action == operation], ROUNDS
                )

    def _alone(self, line, error):
        if error.kind == "permanent":
            self._settle(line, "rejected", error.code)
        elif poison(line.solo_failures + 1, line.others_succeeded):
            self._settle(line, "rejected", "poison")
        else:
            self._again(line, error, alone=True)

    def _again(self, line, error, alone=False):
        # What is the line's own to wait for is decided as a transient error, whatever it is.
        wait = decide(error, line.attempts + 1, rng=self._rng)
        self._settle(
            line,
            "pending",
            error.code,
            after=wait.after,
            may_land_late=error.may_land_late,
            burns=True,
            alone=alone,
        )

    def _settle(self, line, state, detail, **more):
        if line.is_only_looked_at(state):
            state, more["observed"] = "pending", OBSERVED[state]
        before = line.wanted.sent_before and not line.observe
        if line.submission_id in self._may_land:
            more["may_land_late"] = True
        self.verdicts[line.submission_id] = Verdict(
            state=state,
            detail=detail,
            sent=before or line.submission_id in self._maybe_sent,
            **more,
        )

    def _note(self, operation, lines, items, made):
        """Remember which request carried which line; ``made`` is its Reply or its error."""
        for line, item in zip(lines, items, strict=True):
            sent = self.sent.setdefault(line.submission_id, [])
            sent.append(Sent(operation, item.reference_id, made.digest, made.kid))
