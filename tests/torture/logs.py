# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the logs got during a run: no address is in it."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.stack import paths

from .judge import Violation
from .plan import Plan, address

_NAMES = ("odoo.log", "postgres.log", "keymanager.log")
#: The numbers of a run lie close together: spaced out, times and counts of any line look like some.
_DIGITS = re.compile(r"\d{9,}")
#: Odoo itself logs a statement of its own that failed, with the values of a bank account, or of the
#: plain field that is watched.
_ODOOS = (b"x_demo_wallet_number", b'"res_partner_bank"')


class Logs:
    """From its making on."""

    def __init__(self):
        self._began = {name: _path(name).stat().st_size for name in _NAMES if _path(name).exists()}

    def leaks(self, plan: Plan) -> Iterator[Violation]:
        """A violation for each log with an address in it; which line, not which address."""
        numbers = set()
        for one in plan.submissions:
            made = address(one.registrant, one.serial)
            numbers.update((made.account, made.kept.lstrip("+")))
        for name, began in self._began.items():
            with _path(name).open("rb") as log:
                log.seek(began)
                for number, line in enumerate(log, 1):
                    words = set(_DIGITS.findall(line.decode(errors="replace")))
                    if words & numbers and not any(own in line for own in _ODOOS):
                        text = f"{name} has an address, {number} lines after the run began"
                        yield Violation("leak", None, text)
                        break


def _path(name: str) -> Path:
    return paths.LOGS / name
