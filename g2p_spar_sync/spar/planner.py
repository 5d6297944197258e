"""What to do with one submission, given what SPAR says now. Pure.

Identities are keyed hashes of ``Address.identity()``; "" stands for "not linked". Times are all
aware or all naive UTC. Nothing is overwritten that is neither confirmed by us, nor was shown to the
one who decided, nor is an older value of ours that may land late - unless the policy says so, and
even then never where this registry never confirmed anything.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from .answers import NotLinked

NOT_LINKED = ""

#: why a plan is as it is; stored with the submission and translated when shown
Reason = Literal[
    "first_link",
    "policy_first_link",
    "already",
    "re_encode",
    "change",
    "policy_change",
    "decided",
    "repair",
    "remove",
    "unreadable",
    "gone",
    "differs",
    "differs_from_confirmed",
    "never_confirmed",
    "unknown_value_after_send",
    "changed_since_collected",
    "changed_since_shown",
]
Rule = Literal["send", "hold"]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The submission at the head of a registrant's line."""

    operation: Literal["set", "remove"]
    identity: str
    #: SPAR's string for it
    fa: str = field(repr=False)
    #: it was sent before, with an unknown outcome
    sent_before: bool = False
    #: identity the submitter was shown; "": was shown "not linked"; None: was shown nothing
    shown: str | None = None
    collected_at: datetime | None = None
    #: a person released it from hold
    released: bool = False
    #: a person chose "send ours", having seen ``shown`` as SPAR's answer
    decided: bool = False


@dataclass(frozen=True, kw_only=True)
class Known:
    """SPAR maps the id to an address that can be read."""

    identity: str
    fa: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """SPAR maps the id to something that cannot be read: linked, but to what?"""

    #: keyed hash of the raw string
    fa_identity: str


HeldInSpar = NotLinked | Known | Unreadable


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """The newest address SPAR acknowledged, or a person accepted, for this registrant and id."""

    #: None: confirmed as removed
    identity: str | None
    #: None: nobody knows when
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a channel may do by itself."""

    first_link: Rule = "send"
    change: Rule = "hold"
    on_conflict: Literal["hold", "overwrite"] = "hold"


@dataclass(frozen=True, kw_only=True)
class Plan:
    action: Literal["link", "update", "unlink", "nothing", "hold", "conflict"]
    reason: Reason
    #: the same account in another form; no change of where money goes
    re_encode: bool = False


def plan(
    wanted: Wanted,
    answer: HeldInSpar,
    confirmed: Confirmed | None,
    policy: Policy,
    in_flight: frozenset[str] = frozenset(),
) -> Plan:
    """``in_flight``: identities of older values of ours that may still land ("": a removal)."""
    if wanted.operation == "remove":
        return _remove(wanted, answer, confirmed, policy, in_flight)
    if isinstance(answer, Unreadable):
        if wanted.decided and wanted.shown == answer.fa_identity:
            return Plan(action="update", reason="decided")
        return Plan(action="conflict", reason="unreadable")
    if isinstance(answer, NotLinked):
        return _link(wanted, confirmed, policy, in_flight)
    if answer.identity == wanted.identity:
        return _same(wanted, answer, confirmed, in_flight)
    return _change(wanted, answer, confirmed, policy, in_flight)


def may_link_unseen(wanted: Wanted, confirmed: Confirmed | None, policy: Policy) -> bool:
    """May it be linked without asking first? Link itself tells when the id is taken."""
    untouched = confirmed is None and wanted.shown is None
    fresh = not wanted.sent_before and not wanted.decided
    allowed = policy.first_link == "send" or wanted.released
    return wanted.operation == "set" and untouched and fresh and allowed


def _link(
    wanted: Wanted, confirmed: Confirmed | None, policy: Policy, in_flight: frozenset[str]
) -> Plan:
    if confirmed and confirmed.identity is not None:
        if NOT_LINKED in in_flight:
            return _repair("link", wanted, confirmed, policy)
        if wanted.decided and wanted.shown == NOT_LINKED:
            return Plan(action="link", reason="decided")
        return Plan(action="conflict", reason="gone")
    if _stale(wanted, confirmed) and not wanted.decided:
        return Plan(action="conflict", reason="changed_since_collected")
    if policy.first_link == "send" or wanted.released or wanted.decided:
        return Plan(action="link", reason="first_link")
    return Plan(action="hold", reason="policy_first_link")


def _same(
    wanted: Wanted, answer: Known, confirmed: Confirmed | None, in_flight: frozenset[str]
) -> Plan:
    ours = _is_confirmed(answer, confirmed) or answer.identity in in_flight
    if answer.fa != wanted.fa and (ours or wanted.decided or wanted.released):
        return Plan(action="update", reason="re_encode", re_encode=True)
    return Plan(action="nothing", reason="already")


def _change(
    wanted: Wanted,
    answer: Known,
    confirmed: Confirmed | None,
    policy: Policy,
    in_flight: frozenset[str],
) -> Plan:
    # Before a person's decision is weighed: an older value of ours may land on top of it. What is
    # confirmed is no late value, even while a request that carried it may still be travelling.
    if answer.identity in in_flight and (wanted.decided or not _is_confirmed(answer, confirmed)):
        return _repair("update", wanted, confirmed, policy)
    if wanted.decided:
        if wanted.shown == answer.identity:
            return Plan(action="update", reason="decided")
        return Plan(action="conflict", reason="changed_since_shown")
    doubt = _doubt(wanted, answer, confirmed, policy)
    if doubt:
        return Plan(action="conflict", reason=doubt)
    return _by_policy("update", "change", wanted, policy)


def _doubt(
    wanted: Wanted, answer: Known, confirmed: Confirmed | None, policy: Policy
) -> Reason | None:
    """Why SPAR's value may not be overwritten without a person, if so."""
    overwrite = policy.on_conflict == "overwrite"
    if wanted.sent_before and not _is_confirmed(answer, confirmed):
        return "unknown_value_after_send"
    if confirmed is None or confirmed.identity is None:
        return "never_confirmed"
    if answer.identity not in (confirmed.identity, wanted.shown) and not overwrite:
        return "differs_from_confirmed"
    if _stale(wanted, confirmed) and not overwrite:
        return "changed_since_collected"
    if wanted.shown not in (None, answer.identity):
        return "changed_since_shown"
    return None


def _remove(
    wanted: Wanted,
    answer: HeldInSpar,
    confirmed: Confirmed | None,
    policy: Policy,
    in_flight: frozenset[str],
) -> Plan:
    if isinstance(answer, NotLinked):
        return Plan(action="nothing", reason="already")
    if isinstance(answer, Unreadable):
        return Plan(action="conflict", reason="unreadable")
    removed = confirmed is not None and confirmed.identity is None
    if removed and answer.identity in in_flight:
        # It was removed, and an older link of ours landed after that, of whatever address.
        return Plan(action="unlink", reason="repair")
    seen = wanted.decided and wanted.shown == answer.identity
    if answer.identity != wanted.identity and not seen:
        return Plan(action="conflict", reason="differs")
    if wanted.decided:
        return Plan(action="unlink", reason="decided")
    if not _is_confirmed(answer, confirmed):
        return Plan(action="conflict", reason="never_confirmed")
    if _stale(wanted, confirmed):
        return Plan(action="conflict", reason="changed_since_collected")
    return _by_policy("unlink", "remove", wanted, policy)


def _by_policy(
    action: Literal["link", "update", "unlink"], reason: Reason, wanted: Wanted, policy: Policy
) -> Plan:
    if policy.change == "send" or wanted.released:
        return Plan(action=action, reason=reason)
    return Plan(action="hold", reason="policy_change")


def _repair(
    action: Literal["link", "update"], wanted: Wanted, confirmed: Confirmed | None, policy: Policy
) -> Plan:
    """Over an older value of ours that landed late: what was confirmed, or decided, goes at once.

    Anything else is a change like any other: a late request gives nobody a right to it.
    """
    restores = confirmed is not None and confirmed.identity == wanted.identity
    if restores or wanted.decided:
        return Plan(action=action, reason="repair")
    return _by_policy(action, "repair", wanted, policy)


def _is_confirmed(answer: Known, confirmed: Confirmed | None) -> bool:
    return confirmed is not None and confirmed.identity == answer.identity


def _stale(wanted: Wanted, confirmed: Confirmed | None) -> bool:
    """Collected before what is confirmed, for all we know, and nobody released it since."""
    if wanted.released or wanted.collected_at is None or confirmed is None:
        return False
    return confirmed.at is None or wanted.collected_at < confirmed.at
