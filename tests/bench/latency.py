# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""From the commit in Odoo to the row in SPAR's table: single edits at a gentle rate.

One PostgreSQL holds both databases, so one clock tells both times: SPAR's is its audit trigger's,
Odoo's is asked right before the writing call and right after it. The commit lies between the two.
"""

import statistics
import time

from tests.helpers.arrivals import wait_until
from tests.helpers.invent import Inventor, mpesa
from tests.helpers.world import World

from .report import Report, Table
from .stage import MARK

EDITS = 500
#: Seconds between two edits.
PACE = 0.3


def run(world: World, report: Report) -> None:
    """The benchmark."""
    count = max(int(EDITS * report.scale), 40)
    invent = Inventor(f"{MARK}L")
    rows = [invent.registrant() for _ in range(count)]
    ids = world.admin.create("res.partner", [{**row, **mpesa().parts} for row in rows])
    refs = [row["ref"] for row in rows]
    wait_until(lambda: len(world.spar.mapping(refs)) == count, "First links did not arrive", 300)
    wait_until(lambda: not _open(world), "Submissions stayed open", 120)
    asked, answered = {}, {}
    with world.ledger.cursor() as clock:
        for ref, partner in zip(refs, ids, strict=True):
            began = time.monotonic()
            asked[ref] = _now(clock)
            world.admin.write("res.partner", partner, mpesa().parts)
            answered[ref] = _now(clock)
            left = PACE - (time.monotonic() - began)
            time.sleep(max(0.0, left))  # A gentle rate: else a backlog would be measured.
    wait_until(lambda: len(_arrivals(world, refs)) == count, "Edits did not arrive", 120)
    arrived = _arrivals(world, refs)
    report.add(
        Table(
            f"Latency: {count} single edits, one every {PACE} s, seconds until SPAR has them",
            ["from", "p50", "p95", "p99", "longest"],
            [
                _row("the writing call", [(arrived[r] - asked[r]).total_seconds() for r in refs]),
                _row(
                    "its answer (committed)",
                    [(arrived[r] - answered[r]).total_seconds() for r in refs],
                ),
            ],
            [
                "The commit lies between the two. Each edit is a change: SPAR is asked before it "
                "is told."
            ],
        )
    )


def _arrivals(world: World, refs: list[str]) -> dict:
    """{SPAR id: when SPAR's table got the edit}"""
    return {c.spar_id: c.at for c in world.spar.audit(refs) if c.operation == "update"}


def _open(world: World) -> int:
    return world.ledger.value(
        "SELECT count(*) FROM spar_submission WHERE state IN ('new', 'pending', 'sending')"
    )


def _now(clock):
    clock.execute("SELECT clock_timestamp()")
    return clock.fetchone()[0]


def _row(label: str, seconds: list[float]) -> list:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return [label, cuts[49], cuts[94], cuts[98], max(seconds)]
