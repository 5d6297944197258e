# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How many addresses a second arrive: the addon, a bare client, and one job for each registrant.

The addon and the bare client take turns, slice by slice, so that both meet the same machine, and a
table of SPAR's that grows for both alike. The addon's slices are captured while its connection is
paused; what is timed is from the resuming click to the last submission that is done.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg2

from tests.helpers.arrivals import CURE, wait_until
from tests.helpers.invent import BANK_CODE, Inventor
from tests.helpers.world import World
from tests.stack import shell
from tests.stack.say import say

from . import bare, cpu
from .report import Report, Table
from .stage import MARK

ITEMS, SLICES, ONE_BY_ONE = 20_000, 4, 500
#: Workers of the addon (root.spar:2), and connections of the bare client.
WORKERS = 2
#: Registrants in one call of Odoo's external API.
CHUNK = 500
FA = (
    "account_number:{:013d}.branch_name:.branch_code:001.bank_name:{}.bank_code:{}"
    ".fa_type:BANK_ACCOUNT"
)


@dataclass
class Leg:
    """All slices of one way of sending."""

    items: int = 0
    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def time(self, items: int, work: Callable[[], float]) -> None:
        """Add a slice; ``work`` returns its seconds."""
        before = cpu.used()
        self.seconds += work()
        for part, seconds in cpu.since(before).items():
            self.cpu[part] += seconds
        self.items += items

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.items / self.seconds

    def row(self, name: str) -> list:
        """For the table: CPU is in milliseconds an item."""
        parts = [self.cpu[part] / self.items * 1000 for part in ("spar", "postgres", "odoo")]
        return [name, self.items, self.seconds, self.rate, *parts]


class Throughput:
    """One run of this benchmark."""

    def __init__(self, world: World, scale: float):
        self.world = world
        ends = world.endpoints
        self.batch = world.state("batch_size")["batch_size"]
        self.size = max(int(ITEMS * scale) // SLICES, self.batch)
        self.alone = max(int(ONE_BY_ONE * min(scale * 2, 1)), 50)
        self.bare = bare.register(ends["keymanager_certs"], ends["spar_url"], ends["spar_wire"])
        self.legs = defaultdict(Leg)
        self.capture = Leg()

    def run(self) -> None:
        """All slices of all legs."""
        slices = [(self._rows("B"), Inventor(f"{MARK}A")) for _ in range(SLICES)]
        partners = []
        for number, (rows, invent) in enumerate(slices, 1):
            say(f"links, slice {number} of {SLICES}")
            self._send("bare link", ["link"], rows)
            partners.append(self._addon_links(invent))
        for number, (rows, _invent) in enumerate(slices, 1):
            say(f"updates, slice {number} of {SLICES}")
            self._send("bare update", ["update"], self._changed(rows, 1))
            self._addon_updates(partners[number - 1])
            self._send("bare resolve, update", ["resolve", "update"], self._changed(rows, 2))
        say("one job for each registrant")
        self._one_by_one()

    def _rows(self, word: str) -> list[bare.Row]:
        invent = Inventor(f"{MARK}{word}")
        return [(invent.ref(), self._fa(number), 2) for number in range(self.size)]

    def _changed(self, rows: list[bare.Row], times: int) -> list[bare.Row]:
        return [
            (ref, self._fa(number + times * 10**9), strategy)
            for number, (ref, _fa, strategy) in enumerate(rows)
        ]

    def _fa(self, number: int) -> str:
        return FA.format(number, self.world.names[BANK_CODE], BANK_CODE)

    def _send(self, leg: str, operations: list[str], rows: list[bare.Row]) -> None:
        self.legs[leg].time(
            len(rows), lambda: self.bare.send(operations, rows, self.batch, WORKERS)
        )

    def _addon_links(self, invent: Inventor) -> list[int]:
        """Registrants with a first address; their ids."""
        partners: list[int] = []

        def create() -> None:
            for start in range(0, self.size, CHUNK):
                vals = [
                    {**invent.registrant(), **_parts(number)}
                    for number in range(start, min(start + CHUNK, self.size))
                ]
                partners.extend(self.world.admin.create("res.partner", vals))

        self._captured_then_sent("addon link", create)
        return partners

    def _addon_updates(self, partners: list[int]) -> None:
        """Another address for each of them."""

        def submit() -> None:
            for start in range(0, self.size, CHUNK):
                vals = [
                    {"partner_id": partner, **_parts(10**9 + start + place)}
                    for place, partner in enumerate(partners[start : start + CHUNK])
                ]
                self.world.admin.create("spar.submission", vals)

        self._captured_then_sent("addon update", submit)

    def _captured_then_sent(self, leg: str, capture: Callable[[], None]) -> None:
        admin, connection = self.world.admin, self.world.connection
        admin.call("spar.connection", "action_pause", [connection])
        if "link" in leg:
            self.capture.time(self.size, lambda: self._timed(capture))
        else:
            capture()
        wait_until(lambda: not self._jobs(), "Jobs stayed in the queue", 120)
        self.legs[leg].time(
            self.size,
            lambda: self._timed(
                lambda: admin.call("spar.connection", "action_resume", [connection]), self._settled
            ),
        )

    def _timed(self, work: Callable[[], None], until: Callable[[], None] = lambda: None) -> float:
        began = self.world.ledger.now()
        work()
        until()
        return (self.world.ledger.now() - began).total_seconds()

    def _settled(self) -> None:
        """Wait, asking so that the asking costs next to nothing: one connection, one index."""
        with psycopg2.connect(self.world.ledger.dsn) as connection, connection.cursor() as cursor:
            connection.autocommit = True

            def none_left() -> bool:
                cursor.execute(
                    "SELECT 1 FROM spar_submission WHERE state IN ('pending', 'sending') LIMIT 1"
                )
                return not cursor.fetchall()

            shell.wait_until(none_left, 1800, "Submissions stayed open", CURE, interval=0.1)
        connection.close()

    def _jobs(self) -> int:
        return self.world.ledger.value(
            "SELECT count(*) FROM queue_job WHERE state IN ('pending', 'enqueued', 'started') "
            "AND (eta IS NULL OR eta <= now() AT TIME ZONE 'UTC')"
        )

    def _one_by_one(self) -> None:
        invent = Inventor(f"{MARK}J")
        partners = self.world.admin.create(
            "res.partner", [invent.registrant() for _ in range(self.alone)]
        )
        fa = self._fa(0).replace("0" * 13, "%s", 1)

        def work() -> float:
            began = self.world.ledger.now()
            self.world.admin.call("res.partner", "bench_enqueue", partners, fa)
            wait_until(lambda: not self._jobs(), "Jobs stayed in the queue", 600)
            return (self.world.ledger.now() - began).total_seconds()

        self.legs["one job each"].time(self.alone, work)

    def table(self) -> Table:
        """What it came to."""
        legs = self.legs
        link, update = legs["addon link"].rate, legs["addon update"].rate
        ratios = (
            ("links: addon to bare", link / legs["bare link"].rate),
            ("updates: addon to bare resolve, update", update / legs["bare resolve, update"].rate),
            ("updates: addon to bare update alone", update / legs["bare update"].rate),
            ("links: addon to one job each", link / legs["one job each"].rate),
        )
        return Table(
            f"Throughput: batches of {self.batch}, {WORKERS} workers, {SLICES} slices in turns",
            ["way", "items", "seconds", "items/s", "SPAR ms", "PostgreSQL ms", "Odoo ms"],
            [legs[name].row(name) for name in sorted(legs)]
            + [self.capture.row("capture of the links")],
            [
                *(f"{what}: {value:.2f}" for what, value in ratios),
                "ms: CPU for each item, PostgreSQL's for both databases; the bare client's own "
                "CPU is in none of them.",
                "The addon looks (resolve) before it updates, a bare update does not: it would "
                "overwrite whatever it finds.",
            ],
        )


def run(world: World, report: Report) -> None:
    """The benchmark."""
    bench = Throughput(world, report.scale)
    bench.run()
    report.add(bench.table())


def _parts(number: int) -> dict[str, str]:
    return {
        "payment_method": "bank_account",
        "payment_provider": BANK_CODE,
        "payment_branch": "001",
        "payment_account": f"{number + 1:013d}",
    }
