"""What travels from claim to settle: one line for each registrant's oldest open submission."""

from dataclasses import dataclass, field, replace
from uuid import uuid4

from ..spar import Confirmed, Item, Policy, Wanted

#: Where a line that is only looked at would end, and what is recorded of it instead.
OBSERVED = {"done": "same", "held": "held", "conflict": "differs", "rejected": "invalid"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One claimed submission, with all that planning and sending it needs."""

    submission_id: int
    spar_id: str = field(repr=False)
    strategy_id: int
    wanted: Wanted
    confirmed: Confirmed | None
    policy: Policy
    #: keyed hashes of older values of ours that may still arrive at SPAR
    in_flight: frozenset[str]
    attempts: int
    solo_failures: int
    #: SPAR took another write since this one first failed alone
    others_succeeded: bool
    #: of the registrant; "" unless the connection sends them
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    #: it is planned and recorded, and never sent
    observe: bool = False
    #: a person wants it confirmed where SPAR holds the same
    adopt: bool = False

    def as_sent(self):
        """The same, as one that may have reached SPAR."""
        return replace(self, wanted=replace(self.wanted, sent_before=True))

    def is_only_looked_at(self, state):
        """Would it end in ``state``, and does not, since nobody wants it to yet?"""
        return self.observe and state in OBSERVED and not (self.adopt and state == "done")

    def item(self):
        """For a request; its reference is new each time, so that answers cannot be mixed up."""
        return Item(
            reference_id=uuid4().hex,
            spar_id=self.spar_id,
            fa=self.wanted.fa,
            strategy_id=self.strategy_id,
            name=self.name,
            phone=self.phone,
        )


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The lines a worker holds under one lease."""

    token: str
    #: seconds of ``time.monotonic``; nothing is sent after it
    deadline: float
    lines: list[Line]
    #: more may be due than a batch has room for
    full: bool = False
    #: the connection's round of looking, by which its settings were read
    observe_round: int = 0


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of one line."""

    #: done | rejected | held | conflict | pending (it goes back, to be tried again)
    state: str
    #: the operation done, the reason held, SPAR's code, or the error it goes back for
    detail: str
    #: seconds until it is tried again
    after: float = 0.0
    #: it may have reached SPAR
    sent: bool = False
    #: it may still reach SPAR
    may_land_late: bool = False
    #: it counts as an attempt
    burns: bool = False
    #: keyed hash of what SPAR held when this was a conflict
    seen: str | None = None
    #: it failed alone, not as part of a batch
    alone: bool = False
    #: what it was found to be, where it is only looked at
    observed: str | None = None


@dataclass(frozen=True)
class Sent:
    """One request that carried a line: what its event says."""

    operation: str
    reference_id: str
    digest: str | None
    kid: str | None
