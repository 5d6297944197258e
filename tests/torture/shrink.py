# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The shortest plan that still fails, by delta debugging. Pure: what runs a plan is handed in.

A plan counts as failing only when a run of it violated the same kind. Threads and dying processes
make each run different, so one that passed is tried once more before it is given up; that one of
them passed twice proves nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from .judge import Violation
from .kept import Kept, circle, only, shorten
from .plan import Plan

_TRIES = 2


class Shrink:
    """From a plan that failed to a shorter one.

    :param run: what runs a plan and says what it violated
    :param most: runs
    :param keep: told of each shorter plan that failed, at once
    :ivar kind: of violation that is looked for: the first one's
    :ivar kept: the shortest that failed so far
    :ivar left: so many runs are left
    """

    def __init__(
        self,
        whole: Plan,
        kept: Kept,
        violations: Sequence[Violation],
        run: Callable[[Plan], Sequence[Violation]],
        most: int,
        keep: Callable[[Kept], None],
    ):
        self.kind, self.kept, self.left = violations[0].kind, kept, most
        self._whole, self._run, self._keep = whole, run, keep
        self._given_up: set[Kept] = set()
        self._named = self._registrants_of(violations)

    def search(self) -> Kept:
        """Leave out faults, then registrants, then steps, until a round leaves out nothing."""
        before = None
        while self.left and self.kept != before:
            before = self.kept
            self._fewer_faults()
            self._fewer_registrants()
            self._fewer_steps()
        return self.kept

    def _fewer_faults(self) -> None:
        _shortest(self.kept.faults, lambda some: self._fails(replace(self.kept, faults=some)))

    def _fewer_registrants(self) -> None:
        """First only those whom the violations name, and all who share an id with them."""
        whole = self._whole
        if self._named:
            here = circle(whole, self._named).intersection(self.kept.registrants)
            self._fails(only(whole, self.kept, here))
        _shortest(self.kept.registrants, lambda some: self._fails(only(whole, self.kept, some)))

    def _fewer_steps(self) -> None:
        """A registrant's id always comes: without it, its rows would wait, which is a violation."""
        ids, others = [], []
        for number in self.kept.steps:
            (ids if self._whole.steps[number].kind == "id" else others).append(number)

        def fails(some: tuple[int, ...]) -> bool:
            return self._fails(replace(self.kept, steps=tuple(sorted((*some, *ids)))))

        _shortest(tuple(others), fails)

    def _fails(self, shorter: Kept) -> bool:
        """Whether it does; then it is kept."""
        if shorter == self.kept or shorter in self._given_up:
            return False
        plan = shorten(self._whole, shorter)
        if not plan.submissions:
            return False
        for _ in range(_TRIES):
            if not self.left:
                return False
            self.left -= 1
            violations = self._run(plan)
            if any(one.kind == self.kind for one in violations):
                self.kept, self._named = shorter, self._registrants_of(violations)
                self._keep(shorter)
                return True
        self._given_up.add(shorter)
        return False

    def _registrants_of(self, violations: Sequence[Violation]) -> set[int]:
        found = {one.registrant for one in violations if one.kind == self.kind}
        return found - {None}


def _shortest(items: tuple[int, ...], fails: Callable[[tuple[int, ...]], bool]) -> None:
    """Leave out halves, quarters and so on, at last single ones, as long as it fails without."""
    size = len(items)
    while items:
        size = max(1, min(size, len(items)) // 2)
        start = 0
        while start < len(items):
            part = max(1, min(size, len(items) // 2))
            rest = items[:start] + items[start + part :]
            if fails(rest):
                items = rest
            else:
                start += part
        if size == 1:
            return
