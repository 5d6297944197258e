# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is kept of a plan is that part of it, and a file gives it again."""

import re
import sys
from dataclasses import replace

import pytest

from tests.stack import paths
from tests.torture import __main__ as command
from tests.torture.judge import Violation
from tests.torture.kept import everything, load, only, save, shorten
from tests.torture.run import Report

from .torture_plans import DRAWN, KINDS, WHOLE, alone


def test_nothing_left_out_is_the_plan_itself():
    assert shorten(WHOLE, everything(WHOLE)) == WHOLE


def test_a_fault_comes_after_the_same_submissions_as_before():
    kept = only(WHOLE, everything(WHOLE), [alone()])
    plan = shorten(WHOLE, kept)
    numbers = [one.number for one in plan.submissions]
    for due, before in zip(plan.dues, WHOLE.dues, strict=True):
        assert numbers[:due] == [number for number in numbers if number < before]
    assert 0 < plan.dues[-1] <= len(numbers)


def test_a_file_gives_the_same_plan_again(tmp_path):
    kept = replace(only(WHOLE, everything(WHOLE), [alone()]), faults=(2, 13))
    save(tmp_path / "kept.json", DRAWN, WHOLE, kept, "order")
    drawn, whole, again = load(tmp_path / "kept.json", KINDS)
    assert drawn == DRAWN and again == kept
    assert shorten(whole, again) == shorten(WHOLE, kept)


def test_a_file_is_refused_where_its_seed_is_another_plan_by_now(tmp_path):
    save(tmp_path / "kept.json", DRAWN, WHOLE, everything(WHOLE), "order")
    with pytest.raises(ValueError, match="drawn in another way"):
        load(tmp_path / "kept.json", {**KINDS, "odoo": 3})
    with pytest.raises(ValueError, match="is not there"):
        load(tmp_path / "other.json", KINDS)


def test_the_command_keeps_a_file_and_prints_the_command_that_runs_it(
    tmp_path, monkeypatch, capsys
):
    """The run is a stand-in that fails by one fault; everything else is the real command."""
    plans = []

    def run(plan, say, minutes, drill):
        plans.append((plan, minutes, drill))
        wrong = [Violation("order", None, "made up")] if 3 in plan.places else []
        return Report(plan, None, wrong, 1)

    def torture(*words):
        monkeypatch.setattr(sys, "argv", ["torture", *words])
        return command.main()

    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr(paths, "STATE", tmp_path)
    size = ("--submissions", "300", "--faults", "8", "--registrants", "10")
    assert torture("--seed", "5", *size, "--minutes", "2.5", "--drill", "--shrink", "99") == 1
    said = capsys.readouterr().out
    found = re.search(r'again: make torture TORTURE="(.*)"', said)
    shortest = min((plan for plan, *_rest in plans if 3 in plan.places), key=_size)
    assert shortest.places == [3] and len(shortest.submissions) < 300
    assert f"1 faults ({shortest.faults[0]})" in said
    assert torture(*found[1].split()) == 1
    assert plans[-1] == (shortest, 2.5, True)
    assert (tmp_path / "report" / "torture-5.json").exists()


def _size(plan):
    return len(plan.faults), len(plan.registrants), len(plan.steps)
