# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The torture's judge can condemn: each kind of violation, planted, is found; and nothing else."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.helpers.databases import Change
from tests.torture.judge import Evidence, Row, judge, late_landings, unjudged
from tests.torture.plan import Submission, draw
from tests.torture.wire import Sent

NOON = datetime(2026, 1, 1, 12)
EVENTS = ("captured", "leased", "sent", "settled")


def _row(number, **more):
    """Row 100 + number, of registrant 1: done."""
    known = {
        "id": 100 + number,
        "registrant": 1,
        "line": 1,
        "number": number,
        "way": "rows",
        "operation": "set",
        "fa": f"fa{number}",
        "state": "done",
        "reason": None,
        "outcome": "update",
        "spar_id": "one",
        "released": False,
        "confirmed": False,
        "suspect": False,
        "waits_for_id": False,
        "events": EVENTS,
    }
    return Row(**known | more)


def _changes(*values, spar_id="one"):
    """SPAR's trail: these strings, one after the other."""
    olds = (None, *values[:-1])
    return [
        Change(seq, NOON + timedelta(seconds=seq), "update", spar_id, old, new)
        for seq, (old, new) in enumerate(zip(olds, values, strict=True), 1)
    ]


def _well():
    """Three submissions of registrant 1, one of registrant 2, all at SPAR."""
    rows = [_row(1), _row(2), _row(3, confirmed=True)]
    rows.append(_row(4, registrant=2, line=2, spar_id="two", confirmed=True))
    return Evidence(
        submissions=[Submission(row.number, row.registrant, "rows", "set", 1) for row in rows],
        accepted={1, 2, 3, 4},
        rows=rows,
        owners={"one": 1, "two": 2},
        held={"one": "fa3", "two": "fa4"},
        audit=[*_changes("fa1", "fa2", "fa3"), *_changes("fa4", spar_id="two")],
        sent=[Sent("update", "one", f"fa{number}") for number in (1, 2, 3)],
    )


def _with_row(number, **more):
    def plant(evidence):
        evidence.rows = [
            replace(row, **more) if row.number == number else row for row in evidence.rows
        ]

    return plant


def _lost(evidence):
    del evidence.rows[1]


def _twice(evidence):
    evidence.rows.append(_row(2, id=110, state="superseded", events=("superseded",)))
    evidence.rows.append(_row(3, id=111))


def _older_stays(evidence):
    evidence.held["one"] = "fa2"
    evidence.audit += _changes("fa2")


def _gone(evidence):
    del evidence.held["two"]


def _done_but_never_held(evidence):
    evidence.audit = [change for change in evidence.audit if change.new != "fa2"]


def _stranger(evidence):
    evidence.audit += _changes("fa1", spar_id="two")


def _unknown_address(evidence):
    evidence.audit += _changes("fa99", "fa3")


def _older_sent_again(evidence):
    evidence.sent.append(Sent("update", "one", "fa2"))


PLANTED = {
    "a submission that is not in the ledger": (_lost, "missing"),
    "one that is there twice": (_twice, "twice"),
    "an older address that stays over a newer one": (_older_stays, "newest"),
    "an address that SPAR lost": (_gone, "newest"),
    "done, and SPAR never held it": (_done_but_never_held, "never held"),
    "an address at a stranger's id": (_stranger, "stranger"),
    "an address that nobody handed in": (_unknown_address, "stranger"),
    "at SPAR, though no worker ever took it up": (
        _with_row(2, events=("captured", "settled")),
        "unsent",
    ),
    "an older one sent after a newer one": (_older_sent_again, "order"),
    "one that stayed open": (_with_row(3, state="pending"), "end"),
    "one that is suspect for ever": (_with_row(3, suspect=True), "end"),
    "one that waits for an id that is there": (_with_row(3, waits_for_id=True), "end"),
    "held for no reason": (_with_row(2, state="held", reason="policy_change"), "end"),
    "in conflict with nobody": (_with_row(2, state="conflict", reason="differs"), "end"),
    "rejected": (_with_row(2, state="rejected", reason="poison"), "end"),
    "superseded by nothing newer": (
        _with_row(3, state="superseded", events=("superseded",)),
        "end",
    ),
    "a change that its channel's policy holds": (_with_row(2, way="sql"), "end"),
    "sent for somebody whom nobody vouches for": (_with_row(1, way="unknown"), "end"),
    "an end without its event": (_with_row(2, events=("captured", "leased")), "event"),
    "two confirmed rows of one id": (_with_row(2, confirmed=True), "confirmed"),
}


@pytest.mark.parametrize(("plant", "kind"), PLANTED.values(), ids=PLANTED)
def test_what_is_planted_is_found(plant, kind):
    evidence = _well()
    assert judge(evidence) == []
    plant(evidence)
    assert kind in {violation.kind for violation in judge(evidence)}


def test_a_late_request_that_was_repaired_is_no_violation_and_is_counted():
    evidence = _well()
    evidence.audit = [*_changes("fa1", "fa3", "fa2", "fa3"), *_changes("fa4", spar_id="two")]
    assert judge(evidence) == []
    assert late_landings(evidence) == (1, 1.0)


def test_a_first_address_that_was_repaired_is_no_change_past_its_policy():
    evidence = _well()
    _with_row(2, way="sql", events=(*EVENTS, "repaired"))(evidence)
    assert judge(evidence) == []


def test_what_came_later_than_anybody_promised_is_nobodys_mistake():
    evidence = _well()
    _older_stays(evidence)
    evidence.overdue.add(Sent("update", "one", evidence.held["one"]))
    assert judge(evidence) == []
    assert unjudged(evidence) == 1


def test_what_came_later_than_promised_excuses_nothing_but_what_it_left():
    evidence = _well()
    _older_stays(evidence)
    evidence.overdue = {Sent("update", "one", "fa9"), Sent("unlink", "one", "")}
    assert {violation.kind for violation in judge(evidence)} == {"newest"}
    assert unjudged(evidence) == 0


def test_the_same_address_handed_in_again_after_a_crash_is_no_violation():
    """Ways without a reference of their own may be in the ledger twice; each time is its turn."""
    evidence = _well()
    evidence.submissions[1] = replace(evidence.submissions[1], way="fields")
    evidence.rows[1] = replace(evidence.rows[1], way="fields")
    evidence.rows += [_row(2, id=104, way="fields", confirmed=True)]
    evidence.rows[2] = replace(evidence.rows[2], confirmed=False)
    evidence.audit = [*_changes("fa1", "fa2", "fa3", "fa2"), *_changes("fa4", spar_id="two")]
    evidence.sent.append(Sent("update", "one", "fa2"))
    evidence.held["one"] = "fa2"
    assert judge(evidence) == []
    assert late_landings(evidence)[0] == 0


def test_a_seed_is_a_plan():
    kinds = {"late": 2, "spar": 1}
    plan = draw(7, 500, 30, kinds)
    assert plan == draw(7, 500, 30, kinds)
    assert plan != draw(8, 500, 30, kinds)
    assert len(plan.submissions) == 500 and len(plan.faults) == 30
    numbers = [one.number for one in plan.submissions]
    assert numbers == sorted(set(numbers))
