# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a drill hands in when all of a plan is handed in; the plan has it from then on, too."""

from collections.abc import Iterable, Mapping

from .plan import Plan, Step, Submission


def newer(plan: Plan, registrants: Iterable[int], way: str = "rows") -> Step:
    """An address that it never had before, of each of these."""
    newest = {one.number: 0 for one in plan.registrants}
    for one in plan.submissions:
        newest[one.registrant] = max(newest[one.registrant], one.serial)
    return _add(plan, way, "set", {one: newest[one] + 1 for one in registrants})


def removals(plan: Plan, serials: Mapping[int, int]) -> Step:
    """Their removal.

    :param serials: {registrant: which of its addresses is in use}
    """
    return _add(plan, "rows", "remove", serials)


def _add(plan: Plan, way: str, operation: str, serials: Mapping[int, int]) -> Step:
    number = max((one.number for one in plan.submissions), default=-1) + 1
    made = tuple(
        Submission(number + place, registrant, way, operation, serial)
        for place, (registrant, serial) in enumerate(serials.items())
    )
    plan.steps.append(Step(way, made))
    return plan.steps[-1]
