# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Restore drills, both ways: SPAR is put back, then the registry, as from backups."""

from collections.abc import Callable

from .desk import Desk
from .drill_registry import RegistryDrill
from .drill_spar import SparDrill
from .gather import gather
from .judge import Violation, judge
from .judge_restored import judge_restored
from .wire import Wire


class Drills:
    """``remember`` when the faults are over, ``carry_out`` when everything is quiet."""

    def __init__(self, desk: Desk, wire: Wire, until_quiet: Callable[[], None]):
        self._desk, self._wire, self._until_quiet = desk, wire, until_quiet
        self._spar = SparDrill(desk.cast)
        self._registry = RegistryDrill(desk, wire, until_quiet)

    def remember(self) -> None:
        """Make the backups."""
        self._spar.remember()
        self._registry.remember()

    def carry_out(self, say) -> tuple[list[Violation], dict[str, object]]:
        """Restore one after the other; what came of it, and the numbers for the report."""
        say("restoring SPAR to what it held when the faults ended")
        self._spar.restore(self._until_quiet)
        violations = self._judged()
        say("SPAR goes on; then the registry is restored to what it was when the faults ended")
        self._registry.lose()
        violations += self._judged()
        violations += judge_restored(self._registry.restore())
        return violations, {"ids that SPAR lost": self._spar.lost, **self._registry.numbers}

    def _judged(self) -> list[Violation]:
        return judge(gather(self._desk.cast, self._desk.accepted, self._wire))
