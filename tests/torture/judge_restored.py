# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What must hold after a restore of the registry, when all is decided. Pure, as ``judge``."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tests.helpers.databases import Change

from .judge import OPEN, Evidence, Row, Violation
from .wire import Sent


@dataclass
class Restored:
    """All that the judgement is made from.

    :ivar truth: everything as it was, and quiet, when the backup was put in its place
    :ivar last: number of the newest row in the backup
    :ivar stopped: whether the command had paused everything before Odoo was started
    :ivar paused: what was sent before a manager resumed the connection
    :ivar changes: SPAR's trail since the backup was put back
    :ivar rows: the ledger at the end
    :ivar held: {id at SPAR: string}, SPAR's table at the end
    :ivar fresh: numbers of the submissions handed in since
    :ivar differing: ids about which the addon's own comparison found a difference at the end
    """

    truth: Evidence
    last: int
    stopped: bool
    paused: list[Sent]
    changes: list[Change]
    rows: list[Row]
    held: dict[str, str]
    fresh: set[int]
    differing: list[str]


def judge_restored(evidence: Restored) -> list[Violation]:
    """Everything that is not as it must be."""
    return [
        *_early(evidence),
        *_undone(evidence),
        *_drawn_twice(evidence),
        *_stuck(evidence),
        *_disagree(evidence),
    ]


def _early(evidence: Restored) -> Iterator[Violation]:
    """Nothing is sent before all registrants were compared with SPAR."""
    if not evidence.stopped:
        yield Violation("early", None, "the command left a connection running")
    for item in evidence.paused:
        text = f"{item.operation} for {item.spar_id} was sent before all was compared"
        yield Violation("early", evidence.truth.owners.get(item.spar_id), text)


def _undone(evidence: Restored) -> Iterator[Violation]:
    """No reborn row puts an older address, or none, over what SPAR had got in the lost time."""
    truth = evidence.truth
    known = defaultdict(int)
    stood: dict[str, int] = defaultdict(int)
    for row in truth.rows:
        what = row.fa if row.operation == "set" else None
        known[row.line, what] = max(row.id, known[row.line, what])
        if row.state == "done" and row.spar_id:
            stood[row.spar_id] = max(row.id, stood[row.spar_id])
    fresh = {row.fa for row in evidence.rows if row.number in evidence.fresh}
    for change in evidence.changes:
        if change.new in fresh or change.new == truth.held.get(change.spar_id):
            continue
        owner = truth.owners.get(change.spar_id)
        row, newest = known[owner, change.new], stood[change.spar_id]
        if row <= newest:
            text = f"{change.spar_id} got, at {change.seq}, row {row} of before over row {newest}"
            yield Violation("undone", owner, text)


def _drawn_twice(evidence: Restored) -> Iterator[Violation]:
    """A row made since the restore has a number that no lost row had."""
    newest = max((row.id for row in evidence.truth.rows), default=0)
    for row in evidence.rows:
        if evidence.last < row.id <= newest:
            text = f"row {row.id} was made after the restore, with the number of a lost one"
            yield Violation("drawn twice", row.registrant, text)


def _stuck(evidence: Restored) -> Iterator[Violation]:
    """Nothing waits for the addon; what was handed in since the restore is at SPAR."""
    found = set()
    for row in evidence.rows:
        if row.state in OPEN or row.suspect:
            yield Violation("stuck", row.registrant, f"row {row.id} is {row.state} for ever")
        elif row.number in evidence.fresh:
            found.add(row.number)
            if row.state != "done":
                text = f"row {row.id}, of after the restore, is {row.state}/{row.reason}"
                yield Violation("stuck", row.registrant, text)
    for number in sorted(evidence.fresh - found):
        text = f"submission {number}, of after the restore, is not in the ledger"
        yield Violation("stuck", None, text)


def _disagree(evidence: Restored) -> Iterator[Violation]:
    """For each id, SPAR holds what the ledger says is confirmed; the addon sees it so, too."""
    truth = evidence.truth
    confirmed: dict[str, Row] = {}
    for row in sorted(evidence.rows, key=lambda row: row.id):
        if row.confirmed and row.spar_id and truth.owners.get(row.spar_id) == row.line:
            confirmed[row.spar_id] = row
    # What may have reached an id after its registrant got another one: a person was asked.
    asked = {(row.spar_id, row.fa) for row in (*truth.rows, *evidence.rows) if row.way == "old_id"}

    def excused(spar_id: str) -> bool:
        held = evidence.held.get(spar_id)
        return (spar_id, held) in asked or truth.left_overdue(spar_id, held)

    for spar_id, owner in truth.owners.items():
        row, held = confirmed.get(spar_id), evidence.held.get(spar_id)
        wanted = row.fa if row and row.operation == "set" else None
        if held != wanted and not excused(spar_id):
            text = f"{spar_id} does not hold what row {row.id if row else None} confirms"
            yield Violation("disagree", owner, text)
    for spar_id in evidence.differing:
        if not truth.left_overdue(spar_id, evidence.held.get(spar_id)):
            text = f"{spar_id} differs by the comparison at the end"
            yield Violation("disagree", truth.owners.get(spar_id), text)
