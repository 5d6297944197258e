# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a restore of the registry may do wrong: each kind, planted, is found; and nothing else."""

from dataclasses import replace

import pytest

from tests.helpers import readme
from tests.torture.judge import Evidence
from tests.torture.judge_restored import Restored, judge_restored
from tests.torture.later import newer, removals
from tests.torture.plan import Submission, draw
from tests.torture.wire import Sent

from .test_torture_judge import _changes, _row

ACCEPTED = {"outcome": "accepted", "confirmed": True}


def _well():
    """Registrant 1: row 101 is in the backup and done, 102 waits in it; SPAR got 102 and 103, which
    is lost, and later a fresh one. Registrant 2: 104 is in the backup, its removal is lost."""
    truth = [
        *(_row(1), _row(2), _row(5), _row(3, id=106, confirmed=True)),
        _row(4, registrant=2, line=2, spar_id="two"),
        _row(4, id=107, registrant=2, line=2, spar_id="two", operation="remove", confirmed=True),
    ]
    two = {"registrant": 2, "line": 2, "spar_id": "two"}
    return Restored(
        truth=Evidence(
            submissions=[Submission(row.number, row.registrant, "rows", "set", 1) for row in truth],
            accepted={1, 2, 3, 4, 5},
            rows=truth,
            owners={"one": 1, "two": 2, "none": 3},
            held={"one": "fa3"},
            audit=[],
        ),
        last=105,
        stopped=True,
        paused=[],
        changes=_changes("fa3", "fa9")[1:],
        rows=[
            _row(1),
            _row(2, state="cancelled", reason="restored"),
            _row(3, id=1001, outcome="accepted"),
            _row(4, **two),
            _row(0, id=1002, operation="remove", **ACCEPTED, **two),
            _row(9, id=1003, confirmed=True),
        ],
        held={"one": "fa9"},
        fresh={9},
        differing=[],
    )


def _with_row(row_id, **more):
    def plant(evidence):
        evidence.rows = [replace(row, **more) if row.id == row_id else row for row in evidence.rows]

    return plant


def _sent_too_early(evidence):
    evidence.paused.append(Sent("update", "one", "fa2"))


def _not_stopped(evidence):
    evidence.stopped = False


def _reborn_undoes(evidence):
    evidence.changes[:0] = _changes("fa3", "fa2", "fa3")[1:]


def _reborn_removal_undoes(evidence):
    evidence.truth.rows.append(_row(5, id=105, operation="remove"))
    evidence.changes[:0] = _changes("fa3", None)[1:]


def _reborn_comes_back_after_a_removal(evidence):
    evidence.changes += _changes("fa4", None, spar_id="two")


def _strangers(evidence):
    evidence.changes += _changes("fa9", "fa4")[1:]


def _lost_again(evidence):
    del evidence.rows[-1]


def _spar_has_another(evidence):
    evidence.held["one"] = "fa3"


def _differs(evidence):
    evidence.differing.append("one")


def _never_confirmed(evidence):
    evidence.held["none"] = "fa8"


PLANTED = {
    "sent before all was compared": (_sent_too_early, "early"),
    "a command that stops nothing": (_not_stopped, "early"),
    "a reborn row over a newer one": (_reborn_undoes, "undone"),
    "a reborn removal of a newer one": (_reborn_removal_undoes, "undone"),
    "a reborn row where it was removed": (_reborn_comes_back_after_a_removal, "undone"),
    "somebody else's address": (_strangers, "undone"),
    "a number that a lost row had": (_with_row(1003, id=106), "drawn twice"),
    "a row that stays open": (_with_row(102, state="pending"), "stuck"),
    "a row that is suspect for ever": (_with_row(1003, suspect=True), "stuck"),
    "what was handed in since, in conflict": (_with_row(1003, state="conflict"), "stuck"),
    "what was handed in since, not there": (_lost_again, "stuck"),
    "SPAR holds what is not confirmed": (_spar_has_another, "disagree"),
    "a difference that is none": (_differs, "disagree"),
    "SPAR pays what nobody confirmed": (_never_confirmed, "disagree"),
    "a removal that was not accepted": (_with_row(104, confirmed=True, id=1004), "disagree"),
}


@pytest.mark.parametrize(("plant", "kind"), PLANTED.values(), ids=PLANTED)
def test_what_is_planted_is_found(plant, kind):
    evidence = _well()
    assert judge_restored(evidence) == []
    plant(evidence)
    assert kind in {violation.kind for violation in judge_restored(evidence)}


def test_a_row_that_never_went_out_may_be_released_after_the_restore():
    """It is newer than what SPAR held: a policy had stopped it, and a person lets it go."""
    evidence = _well()
    evidence.truth.rows.append(_row(8, id=108, state="held", reason="policy_change"))
    evidence.changes[:0] = _changes("fa3", "fa8")[1:]
    assert judge_restored(evidence) == []


def test_what_a_drill_hands_in_is_new_and_in_the_plan():
    plan = draw(7, 500, 0, {"late": 1}, registrants=40)
    before = {(one.registrant, one.serial) for one in plan.submissions}
    made = newer(plan, range(5)).submissions
    assert {one.registrant for one in made} == set(range(5))
    assert not before & {(one.registrant, one.serial) for one in made}
    gone = removals(plan, {one.registrant: one.serial for one in made}).submissions
    assert [one.operation for one in gone] == ["remove"] * 5
    numbers = [one.number for one in plan.submissions]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("beginning", [readme.SPAR_RESTORED, readme.REGISTRY_RESTORED])
def test_the_readme_has_the_commands_that_the_drills_run(beginning):
    assert readme.command(beginning).startswith(beginning)
