"""After a failed request: when again, or never. Pure; the random source is handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from .errors import RequestError

T = TypeVar("T")

#: seconds
BASE, CAP = 2.0, 15 * 60.0
PAUSE_CAP = 60.0
#: a server may ask for a longer wait than ours, but not for any
RETRY_AFTER_CAP = 60 * 60.0


class Random(Protocol):
    def uniform(self, a: float, b: float) -> float: ...


@dataclass(frozen=True)
class Again:
    """Try the items again."""

    #: seconds from now
    after: float


@dataclass(frozen=True)
class Never:
    """No repetition helps; the items are rejected with this code."""

    code: str


@dataclass(frozen=True)
class PauseConnection:
    """The items are not to blame and burn no attempt; probe the connection."""

    #: seconds from now
    probe_after: float


def decide(error: RequestError, attempt: int, *, rng: Random) -> Again | Never | PauseConnection:
    """``attempt`` counts from 1: this item's tries, or the connection's probes since it paused."""
    if error.kind == "permanent":
        return Never(error.code)
    if error.kind == "connection":
        return PauseConnection(pause(error, attempt))
    # At least half of the delay, so that jitter never makes a later one shorter.
    return Again(max(_growing(attempt, CAP) * rng.uniform(0.5, 1.0), _asked(error)))


def pause(error: RequestError, probe: int) -> float:
    """Seconds until the connection is probed; ``probe`` counts from 1 since it stopped."""
    return max(_growing(probe, PAUSE_CAP), _asked(error))


def poison(alone_failures: int, other_write_succeeded_since: bool, limit: int = 3) -> bool:
    """Is the item itself to blame? Only if it failed alone, often, while SPAR took other writes."""
    return alone_failures >= limit and other_write_succeeded_since


def split(items: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """Two halves of a batch that failed whole; the second is empty for a single item."""
    half = (len(items) + 1) // 2
    return items[:half], items[half:]


def _asked(error: RequestError) -> float:
    """Seconds the server asked us to wait, within reason."""
    return min(max(error.retry_after or 0.0, 0.0), RETRY_AFTER_CAP)


def _growing(attempt: int, cap: float) -> float:
    # 2 ** 30 is beyond every cap; a larger power may not fit a float.
    return min(cap, BASE * 2.0 ** min(max(attempt, 1) - 1, 30))
