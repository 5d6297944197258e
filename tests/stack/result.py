# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a test suite came to."""

from dataclasses import dataclass


@dataclass
class Result:
    """One line of the summary."""

    suite: str
    #: Tests that ran (skipped ones did not).
    tests: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    #: Why the suite as a whole is not well, or "".
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether tests ran and all of it went well."""
        return self.tests > 0 and not self.failed and not self.note

    @property
    def verdict(self) -> str:
        """One word and the reason."""
        if self.ok:
            return "ok"
        return f"FAILED: {self.note or ('no test ran' if not self.tests else 'see above')}"
