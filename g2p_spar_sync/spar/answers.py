"""What goes to SPAR and what comes back, item by item, in no wire format's words."""

from dataclasses import dataclass, field
from typing import Literal

Operation = Literal["resolve", "link", "update", "unlink"]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One id of a batch. Its repr names the reference only."""

    #: unique within the request; answers are matched by it alone
    reference_id: str
    spar_id: str = field(repr=False)
    #: SPAR's string; needed by link and update, compared by unlink, not sent by resolve
    fa: str | None = field(default=None, repr=False)
    strategy_id: int | None = None
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True)
class NotLinked:
    """SPAR maps nothing to the id."""


@dataclass(frozen=True, kw_only=True)
class Linked:
    """SPAR maps the id to this string; an empty one means: linked, but SPAR cannot say to what."""

    fa: str = field(repr=False)
    strategy_id: int | None = None


Answer = NotLinked | Linked


@dataclass(frozen=True, kw_only=True)
class ItemOutcome:
    """What SPAR said about one item."""

    reference_id: str
    ok: bool
    #: SPAR's own code, if it gave one
    code: str | None = None
    #: SPAR's own words: not to be shown to users, not to be logged
    message: str | None = field(default=None, repr=False)
    #: of a resolve that is ok; None otherwise
    answer: Answer | None = None
