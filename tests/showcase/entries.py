# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What was handed in, and the table of its arrivals at SPAR."""

from dataclasses import dataclass
from datetime import datetime

from tests.helpers.arrivals import wait_until
from tests.helpers.databases import Change
from tests.helpers.invent import Address
from tests.helpers.world import World
from tests.stack.errors import StackError

_WIDTHS = (32, 18, 40, 21, 8, 7)
_ROW = " ".join(f"{{:{side}{width}}}" for side, width in zip("<<<<<>", _WIDTHS, strict=True))


class Missed(Exception):
    """Something else was seen than was promised; the message has both."""


@dataclass
class Entry:
    """One payment address that was handed in.

    :ivar operation: what SPAR has to see
    :ivar committed: the cluster's clock when Odoo (or PostgreSQL) said that it is committed
    :ivar arrived: SPAR's change, once it was seen
    """

    name: str
    partner: int
    spar_id: str
    way: str
    address: Address
    operation: str
    committed: datetime
    arrived: Change | None = None

    @property
    def seconds(self) -> float:
        """From commit to SPAR. The answer to the commit may come after SPAR was already told."""
        return max((self.arrived.at - self.committed).total_seconds(), 0.0)


class Journal:
    """Everything a run of the showcase handed in, in its order, and what SPAR saw of it."""

    def __init__(self, world: World):
        self._world = world
        self.entries: list[Entry] = []

    def print_head(self) -> None:
        """The table's first lines."""
        titles = ("registrant", "id", "way in", "address", "SPAR saw", "seconds")
        print("\n" + _ROW.format(*titles))
        print(_ROW.format(*("-" * width for width in _WIDTHS)), flush=True)

    def print_arrivals(self, timeout: float = 120) -> None:
        """Print the row of each entry when SPAR's table shows it.

        :raises Missed: SPAR saw something else than was handed in, or not all of it.
        """
        try:
            wait_until(self._look, "", timeout)
        except StackError as error:
            rest = [f"{e.spar_id} ({e.way})" for e in self.entries if not e.arrived]
            raise Missed(
                f"expected: {len(self.entries)} changes at SPAR within {timeout:.0f} s\n"
                f"seen: all but {len(rest)}: {', '.join(rest)}"
            ) from error

    def newest(self) -> dict[str, Entry]:
        """{SPAR id: the entry handed in last}"""
        return {entry.spar_id: entry for entry in self.entries}

    def mask(self, entry: Entry) -> str:
        """The address as the addon shows it to people."""
        rows = self._world.admin.find(
            "spar.submission",
            [("partner_id", "=", entry.partner)],
            *("account_mask", "payment_provider"),
            order="id",
        )
        same = [e for e in self.entries if e.spar_id == entry.spar_id]
        row = rows[same.index(entry)]
        return f"{row['payment_provider']} {row['account_mask']}"

    def _look(self) -> bool:
        """Give SPAR's changes to the entries: the n-th change of an id is its n-th entry's.

        :returns: whether all entries arrived.
        """
        seen = {entry.arrived.seq for entry in self.entries if entry.arrived}
        waiting = [entry for entry in self.entries if not entry.arrived]
        for change in self._world.spar.audit({entry.spar_id for entry in waiting}):
            if change.seq in seen:
                continue
            entry = next(
                (e for e in waiting if e.spar_id == change.spar_id and not e.arrived), None
            )
            if entry is None:
                raise Missed(
                    f"expected: no more changes of {change.spar_id}\nseen: {change.operation}"
                )
            self._check(entry, change)
            entry.arrived = change
            self._print(entry)
        return all(entry.arrived for entry in self.entries)

    def _check(self, entry: Entry, change: Change) -> None:
        wanted = None if entry.operation == "unlink" else entry.address.fa(self._world.names)
        if (change.operation, change.new) != (entry.operation, wanted):
            which = "that" if change.new == wanted else "another"
            raise Missed(
                f"expected: {entry.spar_id} ({entry.way}): {entry.operation}, as handed in\n"
                f"seen: {change.operation} of {which} address"
            )

    def _print(self, entry: Entry) -> None:
        print(
            _ROW.format(
                *(entry.name, entry.spar_id, entry.way, self.mask(entry), entry.operation),
                f"{entry.seconds:.1f}",
            ),
            flush=True,
        )
