# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Failures are made up: what is left of a plan is what they need."""

from dataclasses import replace
from itertools import count

import pytest

from tests.torture.judge import Violation
from tests.torture.kept import circle, everything, only, shorten
from tests.torture.shrink import Shrink

from .torture_plans import WHOLE, alone, ties

ENOUGH = 10_000


class Runs:
    """Stands in for runs: ``fails(plan)`` gives the registrant concerned, 0 for nobody.

    :ivar plans: those that were run
    """

    def __init__(self, fails, kind="order"):
        self.fails, self.kind, self.plans = fails, kind, []

    def __call__(self, plan):
        self.plans.append(plan)
        found = self.fails(plan)
        return [Violation(self.kind, found or None, "made up")] if found is not None else []


def _search(runs, most=ENOUGH, names=None, start=None):
    """(what was kept, all that was kept on the way)"""
    told = []
    first = [Violation("order", names, "the run before")]
    made = Shrink(WHOLE, start or everything(WHOLE), first, runs, most, told.append)
    return made.search(), told


def _when(condition):
    return Runs(lambda plan: 0 if condition(plan) else None)


def _numbers(plan):
    return {one.number for one in plan.submissions}


def test_one_fault_is_left():
    kept, told = _search(_when(lambda plan: 11 in plan.places))
    assert kept.faults == (11,)
    assert told[-1] == kept


def test_two_faults_are_left_that_fail_only_together():
    kept, _told = _search(_when(lambda plan: {2, 13} <= set(plan.places)))
    assert kept.faults == (2, 13)


def test_no_fault_is_left_where_none_is_needed():
    kept, _told = _search(_when(lambda plan: 100 in _numbers(plan)))
    assert kept.faults == ()
    [step] = [WHOLE.steps[number] for number in kept.steps if WHOLE.steps[number].kind != "id"]
    assert 100 in {one.number for one in step.submissions}


def test_the_registrant_whom_a_violation_names_is_tried_first():
    """One fault and one registrant, in few runs: nobody goes through the other registrants."""
    wanted = alone()

    def fails(plan):
        mine = [one for one in plan.submissions if one.registrant == wanted]
        return wanted if mine and 5 in plan.places else None

    runs = Runs(fails)
    kept, _told = _search(runs, names=wanted)
    assert kept.registrants == (wanted,) and kept.faults == (5,)
    assert len(kept.steps) == 1
    assert {one.registrant for one in shorten(WHOLE, kept).submissions} == {wanted}
    sizes = {len(plan.registrants) for plan in runs.plans}
    assert sizes == {len(WHOLE.registrants), 1}


def test_a_registrant_whom_nobody_names_is_found_too():
    wanted = alone()
    kept, _told = _search(
        _when(lambda plan: any(one.registrant == wanted for one in plan.submissions))
    )
    assert kept.registrants == (wanted,)


def test_who_uses_an_id_is_not_left_without_its_owner():
    """A household without its head, or a mistaken id that is nobody's, would fail by itself."""
    for user, owner in ties():
        assert owner in only(WHOLE, everything(WHOLE), [user]).registrants
        assert user in circle(WHOLE, [owner]) and owner in circle(WHOLE, [user])
    runs = _when(lambda plan: 100 in _numbers(plan))
    _search(runs)
    for plan in runs.plans:
        here = {one.number for one in plan.registrants}
        assert not [user for user, owner in ties() if user in here and owner not in here]


def test_the_ids_of_the_registrants_who_are_left_still_come():
    late = next(one for one in WHOLE.registrants if one.refs and one.refs[0] is None).number
    runs = _when(lambda plan: any(one.registrant == late for one in plan.submissions))
    _search(runs)
    for plan in runs.plans:
        if late in {one.number for one in plan.registrants}:
            assert [step.ref for step in plan.steps if step.registrant == late] == ["a"]


def test_a_failure_of_every_second_time_is_not_given_up():
    turn = count()
    kept, _told = _search(_when(lambda plan: 11 in plan.places and next(turn) % 2))
    assert kept.faults == (11,)


def test_another_kind_of_violation_is_no_failure():
    kept, told = _search(Runs(lambda plan: 0, kind="leak"))
    assert kept == everything(WHOLE) and not told


@pytest.mark.parametrize("most", [1, 2, 7, 30])
def test_no_more_runs_than_asked_for_and_what_was_found_by_then_still_fails(most):
    def fails(plan):
        return {2, 13} <= set(plan.places) and {100, 400} <= _numbers(plan)

    runs = _when(fails)
    kept, _told = _search(runs, most)
    assert len(runs.plans) == most
    assert fails(shorten(WHOLE, kept))


def test_the_same_plan_is_not_run_again_once_it_was_given_up():
    runs = _when(lambda plan: 11 in plan.places and 100 in _numbers(plan))
    _search(runs)
    passed = [plan for plan in runs.plans if runs.fails(plan) is None]
    assert passed
    assert all(passed.count(plan) == 2 for plan in passed)


def test_what_was_kept_is_shortened_further():
    """From a file: nothing comes back that was left out before."""
    start = replace(only(WHOLE, everything(WHOLE), range(1, 9)), faults=(2, 5, 9))
    runs = Runs(lambda plan: 1 if 9 in plan.places else None)
    kept, _told = _search(runs, names=1, start=start)
    assert kept.faults == (9,) and len(kept.registrants) == 1
    for plan in runs.plans:
        assert set(plan.places) <= {2, 5, 9}
        assert {one.number for one in plan.registrants} <= set(start.registrants)
