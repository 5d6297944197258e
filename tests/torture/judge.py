# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What must hold when everything is up again and quiet. Pure: from values to violations.

Everything is compared by addresses that no two submissions share, so SPAR's table and its audit
trail say by themselves which submission they come from.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.helpers.databases import Change

from .plan import Submission
from .wire import Sent

OPEN = ("new", "pending", "sending")
#: {way: what it may be held for at the end}
HELD_FOR = {
    "sql": {"policy_change"},
    "file": {"policy_change"},
    "unknown": {"unknown_channel"},
    "bank": {"second_account"},
}
#: {way: what it may be in conflict for}: what the form showed is not what SPAR holds by now
CONFLICT_FOR = {"form": {"changed_since_shown"}}
#: A removal of what is not in use any more.
REMOVAL_CONFLICTS = {"differs", "never_confirmed"}


@dataclass(frozen=True)
class Row:
    """A row of the ledger, as it is at the end.

    :ivar line: the registrant whose id it goes out for: a household's head
    :ivar number: of the submission that made it; None for one that the addon made itself
    :ivar way: that submission's; ``old_id`` for the removal from an id that was given up
    :ivar fa: SPAR's string for its address
    :ivar events: kinds of its events, oldest first
    """

    id: int
    registrant: int
    line: int
    number: int | None
    way: str
    operation: str
    fa: str
    state: str
    reason: str | None
    outcome: str | None
    spar_id: str | None
    released: bool
    confirmed: bool
    suspect: bool
    waits_for_id: bool
    events: tuple[str, ...]


@dataclass
class Evidence:
    """All that the judgement is made from.

    :ivar owners: {id at SPAR: registrant}, of every id that a registrant ever carried
    :ivar mistaken: registrants who carry somebody else's id for a while: theirs is held meanwhile
    :ivar held: {id at SPAR: string}, SPAR's table now
    :ivar sent: what the addon sent, in the order in which it came to the proxy
    :ivar overdue: items of requests that reached SPAR later than anybody promised
    """

    submissions: list[Submission]
    accepted: set[int]
    rows: list[Row]
    owners: dict[str, int]
    held: dict[str, str]
    audit: list[Change]
    mistaken: set[int] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    overdue: set[Sent] = field(default_factory=set)

    def left_overdue(self, spar_id: str, held: str | None) -> bool:
        """What the id holds is what a request made of it that nobody could expect any more."""
        return any(
            item.spar_id == spar_id and held == (None if item.operation == "unlink" else item.fa)
            for item in self.overdue
        )


@dataclass(frozen=True)
class Violation:
    """:ivar registrant: None where it is nobody's in particular"""

    kind: str
    registrant: int | None
    text: str


def judge(evidence: Evidence) -> list[Violation]:
    """Everything that is not as it must be."""
    return [
        *_missing(evidence),
        *_ends(evidence),
        *_at_spar(evidence),
        *_trail(evidence),
        *_order_sent(evidence),
        *_ledger(evidence),
    ]


def _missing(evidence: Evidence) -> list[Violation]:
    """Every accepted submission is in the ledger; with a reference of its own, exactly once."""
    found = defaultdict(int)
    for row in evidence.rows:
        if row.number is not None:
            found[row.number] += 1
    violations = []
    for one in evidence.submissions:
        if one.number in evidence.accepted and not found[one.number]:
            text = f"submission {one.number} ({one.way}) was accepted and is not in the ledger"
            violations.append(Violation("missing", one.registrant, text))
        if found[one.number] > 1 and one.way in ("rows", "sql", "nested"):
            text = f"submission {one.number} ({one.way}) is in the ledger {found[one.number]} times"
            violations.append(Violation("twice", one.registrant, text))
    return violations


def _ends(evidence: Evidence) -> list[Violation]:
    """Each row is over, or waits for a person for a reason that its way in explains."""
    newest_done = _newest_done(evidence)
    violations = []
    for row in evidence.rows:
        wrong = _wrong_end(row, newest_done.get(row.line, 0), row.line in evidence.mistaken)
        if wrong:
            text = f"row {row.id} ({row.way}, {row.operation}) is {row.state}/{row.reason}: {wrong}"
            violations.append(Violation("end", row.registrant, text))
    return violations


def _wrong_end(row: Row, newest_done: int, mistaken: bool) -> str | None:
    if row.state in OPEN:
        return "not over"
    if row.suspect or row.waits_for_id:
        return "suspect for ever" if row.suspect else "waits for an id that is there"
    if row.state == "superseded" and newest_done < row.id:
        return "superseded by nothing newer"
    if row.state == "rejected":
        return "SPAR has no reason to refuse it"
    allowed = HELD_FOR.get(row.way, set()) | {"id_changed", "old_id"}
    if mistaken:
        allowed = allowed | {"duplicate_id"}
    if row.state == "held" and row.reason not in allowed:
        return "nothing to hold it for"
    if row.state == "conflict":
        allowed = CONFLICT_FOR.get(row.way, set())
        if row.operation == "remove":
            allowed = allowed | REMOVAL_CONFLICTS
        if row.reason not in allowed:
            return "nobody but this registry writes to SPAR"
    # What was a first address may have been sent again, over an older one that landed late.
    policy = row.way in ("sql", "file") and not row.released and "repaired" not in row.events
    if row.state == "done" and row.outcome in ("update", "unlink") and policy:
        return "the channel's policy lets no change go by itself"
    if row.state == "done" and row.way in ("unknown", "old_id") and not row.released:
        return "nobody vouches for it"
    return None


def _newest_done(evidence: Evidence) -> dict[int, int]:
    """{line: id of its newest row that is done}"""
    found: dict[int, int] = {}
    for row in evidence.rows:
        if row.state == "done":
            found[row.line] = max(row.id, found.get(row.line, 0))
    return found


def _at_spar(evidence: Evidence) -> list[Violation]:
    """SPAR holds for each id the address of its newest row that is done."""
    return [
        Violation("newest", evidence.owners[spar_id], f"{spar_id} does not hold what {row} says")
        for spar_id, row in _differing(evidence)
        if not evidence.left_overdue(spar_id, evidence.held.get(spar_id))
    ]


def unjudged(evidence: Evidence) -> int:
    """Ids that are left as a request made them that came later than anybody promised."""
    return sum(
        evidence.left_overdue(spar_id, evidence.held.get(spar_id))
        for spar_id, _row in _differing(evidence)
    )


def _differing(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Ids that hold something else than their newest row, and what to call that row."""
    newest: dict[str, Row] = {}
    for row in sorted(evidence.rows, key=lambda row: row.id):
        if row.state == "done" and row.spar_id:
            newest[row.spar_id] = row
    # What may have reached an id after its registrant got another one: a person was asked.
    asked = {(row.spar_id, row.fa) for row in evidence.rows if row.way == "old_id"}
    for spar_id in evidence.owners:
        row = newest.get(spar_id)
        wanted = row.fa if row and row.operation == "set" else None
        held = evidence.held.get(spar_id)
        if held != wanted and (spar_id, held) not in asked:
            yield spar_id, f"row {row.id if row else None}"


def _trail(evidence: Evidence) -> list[Violation]:
    """SPAR's audit trail: nothing to a stranger's id, nothing that never left, nothing missing."""
    by_fa = {row.fa: row for row in evidence.rows if row.operation == "set"}
    leased = {row.fa for row in evidence.rows if "leased" in row.events}
    seen = defaultdict(set)
    violations = []
    for change in evidence.audit:
        owner = evidence.owners.get(change.spar_id)
        if change.new is None:
            continue
        seen[owner].add(change.new)
        row = by_fa.get(change.new)
        if row is None or row.line != owner:
            text = f"{change.spar_id} got, at {change.seq}, an address that is not its registrant's"
            violations.append(Violation("stranger", owner, text))
        elif change.new not in leased:
            text = f"{change.spar_id} got, at {change.seq}, row {row.id}, which nobody took up"
            violations.append(Violation("unsent", owner, text))
    for row in evidence.rows:
        if row.state == "done" and row.operation == "set" and row.fa not in seen[row.line]:
            text = f"row {row.id} is done, and SPAR never held it"
            violations.append(Violation("never held", row.registrant, text))
    return violations


def _order_sent(evidence: Evidence) -> list[Violation]:
    """The addon itself never sends an older address for an id after a newer one."""
    ids: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for row in evidence.rows:
        ids[row.line, row.operation, row.fa].append(row.id)
    newest: dict[str, int] = {}
    violations = []
    for item in evidence.sent:
        owner = evidence.owners.get(item.spar_id)
        operation = "remove" if item.operation == "unlink" else "set"
        rows = ids.get((owner, operation, item.fa))
        if not rows:
            continue  # a stranger's address: told by the trail
        before = newest.get(item.spar_id, 0)
        place = _place(rows, before)
        if place < before:
            text = f"{item.spar_id} was sent row {place} after row {before}"
            violations.append(Violation("order", owner, text))
        newest[item.spar_id] = max(before, place)
    return violations


def _place(rows: Sequence[int], before: int) -> int:
    """Which of ``rows``, that carry one address, is meant: the oldest that is not too old."""
    return min((row for row in rows if row >= before), default=max(rows, default=0))


def _ledger(evidence: Evidence) -> list[Violation]:
    """One confirmed row for each registrant and id; each end left its event."""
    violations, confirmed = [], defaultdict(list)
    last = {"done": "settled", "superseded": "superseded"}
    for row in evidence.rows:
        if row.confirmed:
            confirmed[row.line, row.spar_id].append(row.id)
        if row.state in last and last[row.state] not in row.events:
            text = f"row {row.id} is {row.state} without an event that says so"
            violations.append(Violation("event", row.registrant, text))
    for (registrant, spar_id), rows in confirmed.items():
        if len(rows) > 1:
            text = f"{spar_id} has {len(rows)} confirmed rows: {rows}"
            violations.append(Violation("confirmed", registrant, text))
    return violations


def late_landings(evidence: Evidence) -> tuple[int, float]:
    """How often SPAR's trail shows an older address over a newer one, and the longest seconds."""
    rows = defaultdict(list)
    for row in evidence.rows:
        if row.operation == "set":
            rows[row.fa].append(row.id)
    newest: dict[str, int] = {}
    since: dict[str, float] = {}
    count, longest = 0, 0.0
    for change in evidence.audit:
        at, spar_id = change.at.timestamp(), change.spar_id
        if spar_id in since:
            longest = max(longest, at - since.pop(spar_id))
        before = newest.get(spar_id, 0)
        rank = _place(rows.get(change.new or "", ()), before)
        if change.new is not None and rank < before:
            count += 1
            since[spar_id] = at
        newest[spar_id] = max(before, rank)
    return count, longest
