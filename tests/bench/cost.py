# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the addon costs the writer: the same work in a database with it and in one without.

Both do the same slice one after the other, in an order that turns round each time, so that drift of
the machine falls on both. Time is given as seconds on the clock and as CPU of the Odoo process,
which other programs disturb less.
"""

import statistics
from collections import defaultdict

from tests.helpers.world import World
from tests.stack.say import say

from .odoo_process import OdooProcess
from .report import Report, Table
from .stage import MARK, database, plain

RECORDS, SLICES = 10_000, 10
#: Batches whose statements are counted.
SMALL, LARGE = 20, 200
#: Batches after which memory is looked at.
MEMORY = 24


def run(world: World, report: Report) -> None:
    """The benchmark. The connection is paused: capturing is measured, not sending."""
    world.admin.call("spar.connection", "action_pause", [world.connection])
    size = max(int(RECORDS * report.scale) // SLICES, 50)
    try:
        with OdooProcess(database()) as ours, OdooProcess(plain()) as theirs:
            report.add(_times(ours, theirs, size))
            report.add(_statements(ours, theirs))
            report.add(_memory(ours, theirs, size))
            for word in ("W", "S", "M"):
                ours.ask("drop", word=f"{MARK}{word}")
    finally:
        world.admin.call("spar.connection", "action_resume", [world.connection])


def _times(ours: OdooProcess, theirs: OdooProcess, size: int) -> Table:
    spent = defaultdict(list)

    def work(name: str, odoo: OdooProcess, *words, **arguments):
        answer = odoo.ask(*words, **arguments)
        spent[name, odoo is ours].append((answer["seconds"], answer["cpu"]))
        return answer["result"]

    for odoo in (ours, theirs):
        odoo.ask("create", word=f"{MARK}W-0", count=20)
    ours.ask("create", word=f"{MARK}W-1", count=20, kind="addressed")
    theirs.ask("create", word=f"{MARK}W-1", count=20, kind="bank")
    for number in range(SLICES):
        say(f"slice {number + 1} of {SLICES}")
        word = f"{MARK}W-{number + 2}"
        for odoo in (ours, theirs) if number % 2 else (theirs, ours):
            ids = work("create", odoo, "create", word=f"{word}P", count=size)
            work("edit", odoo, "edit", ids=ids, text=word)
            kind = "addressed" if odoo is ours else "bank"
            work("address", odoo, "create", word=f"{word}A", count=size, kind=kind)
    count, rows, notes = size * SLICES, [], []
    for name, label in (
        ("create", "create, no payment data"),
        ("edit", "edit, one write each"),
        ("address", "create with an address each"),
    ):
        columns = [
            statistics.median(slice_[place] for slice_ in spent[name, with_it]) / size * 1000
            for place in (0, 1)
            for with_it in (True, False)
        ]
        ratios = [
            statistics.median(
                ours_[place] / theirs_[place]
                for ours_, theirs_ in zip(spent[name, True], spent[name, False], strict=True)
            )
            for place in (0, 1)
        ]
        rows.append([label, count, *columns[:2], ratios[0], *columns[2:], ratios[1]])
    notes.append(
        "With an address: payment fields with the addon, beside a res.partner.bank row in plain "
        "Odoo. ms for each record, medians of the slices; a ratio of 1.02 is 2 % more, and is the "
        "median of the slices' ratios."
    )
    return Table(
        "Cost to the writer: Odoo with the addon, and without",
        ["work", "records", "ms", "ms plain", "ratio", "CPU ms", "CPU plain", "CPU ratio"],
        rows,
        notes,
    )


def _statements(ours: OdooProcess, theirs: OdooProcess) -> Table:
    rows = []
    for label, kind, other in (
        ("create, no payment data", "plain", "plain"),
        ("create with an address each", "addressed", "plain"),
        ("create with a bank account each", "bank", "bank"),
    ):
        counts = []
        for size in (SMALL, LARGE):
            word = f"{MARK}S-{kind}-{size}"
            with_it = ours.ask("create", word=word, count=size, kind=kind)
            without = theirs.ask("create", word=word, count=size, kind=other)
            counts += [len(with_it["statements"]), len(without["statements"])]
        more = (counts[0] - counts[1], counts[2] - counts[3])
        rows.append([label, *counts, *more])
    return Table(
        f"SQL statements of one create of {SMALL} and of {LARGE} registrants",
        [
            "work",
            f"{SMALL} with",
            f"{SMALL} plain",
            f"{LARGE} with",
            f"{LARGE} plain",
            f"more at {SMALL}",
            f"more at {LARGE}",
        ],
        rows,
        ["'plain' creates the same without an address, or with the same bank account."],
    )


def _memory(ours: OdooProcess, theirs: OdooProcess, size: int) -> Table:
    rows = []
    for number in range(1, MEMORY + 1):
        row = [number, size]
        for odoo, kind in ((ours, "addressed"), (theirs, "bank")):
            word = f"{MARK}M-{number}"
            answer = odoo.ask("create", word=word, count=size, kind=kind, memory=True)
            row += [answer["bytes"] / 2**20, odoo.memory / 2**20]
        rows.append(row)
    return Table(
        "Memory of a process that captures batch after batch",
        [
            "batch",
            "registrants",
            "Python's peak MiB",
            "resident MiB",
            "peak MiB plain",
            "resident MiB plain",
        ],
        rows,
        [
            "Resident: memory of the process alone, when the batch is committed. Plain: a "
            "res.partner.bank row each, without the addon."
        ],
    )
