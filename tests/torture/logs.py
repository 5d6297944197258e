# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the logs got during a run: no address is in it."""

from collections.abc import Iterator
from pathlib import Path

from tests.helpers.leaks import Leaks
from tests.stack import paths

from .judge import Violation
from .plan import Plan, address

_NAMES = ("odoo.log", "postgres.log", "keymanager.log")


class Logs:
    """From its making on."""

    def __init__(self):
        self._began = {name: _path(name).stat().st_size for name in _NAMES if _path(name).exists()}

    def leaks(self, plan: Plan) -> Iterator[Violation]:
        """A violation for each log with an address in it; which line, not which address."""
        numbers = set()
        for one in plan.submissions:
            made = address(one.registrant, one.serial)
            numbers.update((made.account, made.kept))
        needles = Leaks(numbers)
        for name, began in self._began.items():
            with _path(name).open("rb") as log:
                log.seek(began)
                for number, line in enumerate(log, 1):
                    if needles.find(line.decode(errors="replace")):
                        text = f"{name} has an address, {number} lines after the run began"
                        yield Violation("leak", None, text)
                        break


def _path(name: str) -> Path:
    return paths.LOGS / name
