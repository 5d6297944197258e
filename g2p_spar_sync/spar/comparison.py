"""How what SPAR holds for an id differs from what this registry confirmed for it. Pure.

Identities are keyed hashes of ``Address.identity()``, as in ``planner``.
"""

from dataclasses import dataclass
from typing import Literal

from .answers import NotLinked
from .planner import Confirmed, HeldInSpar, Unreadable

#: missing: confirmed here, and SPAR has none. older: an earlier one of ours. differs: handed in
#: here, but not sent by us. elsewhere: none of ours. unknown: nothing was ever confirmed here.
Drift = Literal["missing", "older", "differs", "elsewhere", "unknown", "unreadable"]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the ledger knows of one registrant's line and SPAR id."""

    confirmed: Confirmed | None
    #: identities of what SPAR took from us for this id at some time, removed ones too
    done: frozenset[str] = frozenset()
    #: identities of all that was ever handed in for the registrant
    handed_in: frozenset[str] = frozenset()


def drift(answer: HeldInSpar, kept: Kept) -> Drift | None:
    """None when SPAR holds what it should; in which form of writing does not matter here."""
    confirmed = kept.confirmed.identity if kept.confirmed else None
    if isinstance(answer, NotLinked):
        return "missing" if confirmed is not None else None
    if isinstance(answer, Unreadable):
        return "unreadable"
    if answer.identity == confirmed:
        return None
    if kept.confirmed is None:
        return "unknown"
    if answer.identity in kept.done:
        return "older"
    return "differs" if answer.identity in kept.handed_in else "elsewhere"
