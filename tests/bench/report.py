# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a run came to: tables for people, one JSON file for programs."""

import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from tests.stack import paths

FOLDER = paths.STATE / "report"


@dataclass
class Table:
    """One table.

    :ivar rows: as many cells as there are columns; numbers stay numbers in the JSON
    :ivar notes: what the numbers say, and what they do not
    """

    title: str
    columns: list[str]
    rows: list[list]
    notes: list[str] = field(default_factory=list)

    def show(self) -> None:
        """Print it."""
        cells = [self.columns, *([_cell(value) for value in row] for row in self.rows)]
        widths = [max(len(row[place]) for row in cells) for place in range(len(self.columns))]
        print(f"\n{self.title}")
        for row in cells:
            first, *rest = zip(row, widths, strict=True)
            words = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in rest)]
            print("  " + "  ".join(words).rstrip())
        for note in self.notes:
            print(f"  {note}")
        print(flush=True)


@dataclass
class Report:
    """One run's tables."""

    scale: float
    tables: list[Table] = field(default_factory=list)

    def add(self, table: Table) -> None:
        """Print a table, and keep all of them so far."""
        table.show()
        self.tables.append(table)
        paths.write_json(self.path, self._content())

    @property
    def path(self) -> Path:
        """The JSON file."""
        return FOLDER / "bench.json"

    def _content(self) -> dict:
        return {
            "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "scale": self.scale,
            "tables": [asdict(table) for table in self.tables],
        }


def _cell(value) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
