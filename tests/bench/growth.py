# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A ledger that grows: draining, claiming, listing and memory at several sizes.

At each size only a fixed number is carried, by the stack's two workers into the real SPAR, and the
connection is paused again.
"""

import re
import statistics

from tests.helpers.arrivals import wait_until
from tests.helpers.invent import Inventor, bank
from tests.helpers.world import World
from tests.stack import processes
from tests.stack.say import say

from . import cpu
from .grown import Grown
from .odoo_process import OdooProcess
from .report import FOLDER, Report, Table
from .stage import MARK, database

OPEN, SETTLED = (10_000, 100_000, 1_000_000), 5_000_000
#: What waits for people and ids, and was only observed, while lists are read.
STANDING = 50_000
#: First links newer than these: a list must not read its way back through them.
BEHIND = 100_000
#: Carried at each size, in each round.
CARRIED, ROUNDS = 5_000, 3
CLAIMS = 5
VIEWS = ("spar_monitoring", "spar_monitoring_totals")
GROUPS = ("state", "channel", "hold_reason", "create_date:day")


def run(world: World, report: Report) -> None:
    """The benchmark. The ledger stays large: run it last."""
    row = Inventor(f"{MARK}G").registrant()
    partner = world.admin.create("res.partner", {**row, **bank().parts})
    query = "SELECT id FROM spar_submission WHERE partner_id = %s AND state = 'done'"
    pattern = wait_until(lambda: world.ledger.value(query, partner), "It did not arrive", 90)
    admin, connection = world.admin, world.connection
    admin.call("spar.connection", "action_pause", [connection])
    grown = Grown(world, pattern)
    settled = int(SETTLED * report.scale)
    grown.settle(settled)
    rows, made = [], 0
    for size in (int(size * report.scale) for size in OPEN):
        several = []
        for _round in range(ROUNDS):
            more = size - _open(world)
            grown.open(made, made + more)
            made += more
            several.append(_drained(world, size, min(CARRIED, size // 2)))
        rows.append(_middle(several))
    report.add(
        Table(
            f"Growth: {settled:,} settled submissions beside those that wait",
            [
                "waiting",
                "carried",
                "items/s",
                "spread",
                "claim ms",
                "analysed ms",
                "SPAR ms",
                "PostgreSQL ms",
                "Odoo ms",
                "MiB",
            ],
            rows,
            [
                "claim: the statement that picks a batch, right after the rows came and after "
                "ANALYZE. SPAR, PostgreSQL, Odoo: CPU for each item. MiB: the largest worker. "
                "The round in the middle, by items/s, of three at each size; spread: from the "
                "slowest to the quickest.",
            ],
        )
    )
    standing, behind = int(STANDING * report.scale), int(BEHIND * report.scale)
    grown.stand(made, standing)
    grown.open(made + standing, made + standing + behind)
    with OdooProcess(database()) as odoo:
        report.add(_lists(odoo, settled))
        report.add(_pages(odoo, partner))


def _middle(rounds: list[list]) -> list:
    """The round that has as many quicker ones as slower ones, and between which two it lies."""
    slowest, *_, quickest = ordered = sorted(rounds, key=lambda row: row[2])
    size, carried, rate, *rest = ordered[len(ordered) // 2]
    return [size, carried, rate, f"{slowest[2]:.0f} to {quickest[2]:.0f}", *rest]


def _drained(world: World, size: int, count: int) -> list:
    say(f"{size:,} wait: carrying {count:,}")
    admin, connection = world.admin, world.connection
    with OdooProcess(database()) as odoo:
        fresh = _claim(world, odoo)
        before, began = cpu.used(), world.ledger.now().replace(tzinfo=None)
        admin.call("spar.connection", "action_resume", [connection])
        done = "SELECT count(*) FROM spar_submission WHERE state = 'done' AND settled_at > %s"
        carried = wait_until(
            lambda: (n := world.ledger.value(done, began)) >= count and n, "Too slow", 900
        )
        admin.call("spar.connection", "action_pause", [connection])
        query = "SELECT count(*) FROM spar_submission WHERE state = 'sending'"
        wait_until(lambda: not world.ledger.value(query), "Submissions stayed on their way", 90)
        # From the first batch's end on: how long a job takes to start has nothing to do with size.
        carried, counted, seconds = world.ledger.rows(
            "SELECT count(*), count(*) FILTER (WHERE settled_at > first), "
            "extract(epoch FROM max(settled_at) - first)::float "
            "FROM (SELECT settled_at, min(settled_at) OVER () AS first FROM spar_submission "
            "WHERE state = 'done' AND settled_at > %s) s GROUP BY first",
            began,
        )[0]
        spent = cpu.since(before)
        world.ledger.run("ANALYZE spar_submission")
        known = _claim(world, odoo)
    memory = max(cpu.resident(pid) for pid in processes.members("odoo")) / 2**20
    parts = [spent[part] / carried * 1000 for part in ("spar", "postgres", "odoo")]
    return [size, carried, counted / seconds, fresh, known, *parts, memory]


def _claim(world: World, odoo: OdooProcess) -> float:
    """Median of the claiming statement, in ms."""
    times = []
    for _ in range(CLAIMS):
        plan = odoo.ask("claim", connection=world.connection, limit=100)["result"]
        times.append(float(re.search(r"Execution Time: ([\d.]+)", plan[-1]).group(1)))
    (FOLDER / "claim.txt").write_text("\n".join(plan) + "\n")
    return statistics.median(times)


def _lists(odoo: OdooProcess, settled: int) -> Table:
    rows, plans = [], []
    asked = [
        (f"list: {name}", "listing", {"domain": domain})
        for name, domain in odoo.ask("filters")["result"]
    ]
    asked += [
        (f"groups by {group}", "grouping", {"groupby": group, "domain": []}) for group in GROUPS
    ]
    for label, work, arguments in asked:
        odoo.ask(work, **arguments)
        answer = odoo.ask(work, **arguments)
        statements = answer["statements"]
        seconds, slowest = max(statements)
        total = sum(second for second, _query in statements)
        rows.append([label, answer["result"], len(statements), total * 1000, seconds * 1000])
        plan = odoo.ask("explain", query=slowest)["result"]
        plans += [f"== {label}", slowest, *plan, ""]
    (FOLDER / "lists.txt").write_text("\n".join(plans) + "\n")
    return Table(
        f"Lists over {settled:,} and more submissions, second time of asking",
        ["list", "rows", "statements", "SQL ms", "slowest ms"],
        rows,
        ["Rows are counted up to 10,001, as the web client does. Plans: .stack/report/lists.txt"],
    )


def _pages(odoo: OdooProcess, partner: int) -> Table:
    rows = []
    asked = [
        ("form of a registrant", "form", {"partner": partner}),
        ("its panel", "panel", {"partner": partner}),
        *((f"view {name}", "monitoring", {"view": name}) for name in VIEWS),
    ]
    for label, work, arguments in asked:
        odoo.ask(work, **arguments)
        statements = odoo.ask(work, **arguments)["statements"]
        times = [second * 1000 for second, _query in statements]
        rows.append([label, len(times), sum(times), max(times)])
    return Table(
        "A registrant's form, and what monitoring reads, beside that ledger",
        ["page", "statements", "SQL ms", "slowest ms"],
        rows,
    )


def _open(world: World) -> int:
    return world.ledger.value("SELECT count(*) FROM spar_submission WHERE state = 'pending'")
