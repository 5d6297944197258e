# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Many submissions at once, and the judgement of what SPAR's audit trail says of them."""

from dataclasses import dataclass, field
from itertools import groupby

from .arrivals import wait_for_strings, wait_until
from .invent import ANY, Address, Inventor
from .world import World


@dataclass
class Flood:
    """Registrants, and the addresses of each in the order of their handing in."""

    world: World
    invent: Inventor
    partners: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, list[Address]] = field(default_factory=dict)

    def register(self, count: int) -> "Flood":
        """New registrants, each with a first address, in one transaction."""
        rows = [self.invent.registrant() for _ in range(count)]
        first = {row["ref"]: self._draw(number) for number, row in enumerate(rows)}
        vals = [{**row, **first[row["ref"]].parts} for row in rows]
        ids = self.world.admin.create("res.partner", vals)
        for row, partner in zip(rows, ids, strict=True):
            self.partners[row["ref"]] = partner
            self.addresses[row["ref"]] = [first[row["ref"]]]
        return self

    def change(self, times: int = 1) -> "Flood":
        """Another address for each registrant, ``times`` over, each time in one transaction."""
        for _ in range(times):
            drawn = {ref: self._draw(number) for number, ref in enumerate(self.partners)}
            vals = [
                {"partner_id": self.partners[ref], **address.parts}
                for ref, address in drawn.items()
            ]
            self.world.admin.create("spar.submission", vals)
            for ref, address in drawn.items():
                self.addresses[ref].append(address)
        return self

    @property
    def refs(self) -> list[str]:
        """The ids of all of them."""
        return list(self.partners)

    def arrived(self) -> int:
        """How many changes SPAR saw so far."""
        return self.world.spar.value(
            "SELECT count(*) FROM id_fa_audit WHERE id_value = ANY(%s)", self.refs
        )

    def open(self) -> int:
        """How many submissions are not final."""
        return self.world.ledger.value(
            "SELECT count(*) FROM spar_submission WHERE partner_id = ANY(%s) "
            "AND state IN ('new', 'pending', 'sending')",
            list(self.partners.values()),
        )

    def expect_newest(self, timeout: float = 90) -> None:
        """Until SPAR holds everyone's newest address, and nothing is open any more."""
        wanted = {ref: many[-1].fa(self.world.names) for ref, many in self.addresses.items()}
        wait_for_strings(self.world, wanted, timeout)
        wait_until(lambda: self.open() == 0, "Submissions stayed open", timeout)

    def expect_every_change_in_order(self) -> None:
        """SPAR saw each address of each registrant, in order; the same twice running is no harm."""
        seen = {ref: [] for ref in self.partners}
        for change in self.world.spar.audit(self.refs):
            seen[change.spar_id].append(change.new)
        for ref, many in self.addresses.items():
            once = [value for value, _same in groupby(seen[ref])]
            assert once == [address.fa(self.world.names) for address in many], (
                f"{ref}: {len(once)} changes at SPAR for {len(many)} handed in, or another order"
            )

    def states(self) -> list[tuple]:
        """(state, reason, attempts) of each submission, oldest first."""
        return self.world.ledger.rows(
            "SELECT state, hold_reason, coalesce(attempts, 0) FROM spar_submission "
            "WHERE partner_id = ANY(%s) ORDER BY id",
            list(self.partners.values()),
        )

    @staticmethod
    def _draw(number: int) -> Address:
        return ANY[number % len(ANY)]()
