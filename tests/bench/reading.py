# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Opening a registrant's form: SPAR quick, SPAR slow, no addon at all; and what the panel adds.

The form is read as the web client reads it (views, then ``web_read`` of all they show), in a
process of Odoo's own. The panel asks SPAR afterwards, in a request of its own.
"""

import statistics
import time
import uuid

from spar import Item
from tests.helpers import faults
from tests.helpers.arrivals import wait_until
from tests.helpers.invent import Inventor, mpesa
from tests.helpers.proxy import Proxy
from tests.helpers.world import World

from . import bare
from .odoo_process import OdooProcess
from .report import Report, Table
from .stage import MARK, database, plain

OPENINGS, ASKED = 100, 50
#: Seconds that a slow SPAR takes.
SLOW = 5


def run(world: World, report: Report) -> None:
    """The benchmark."""
    row = Inventor(f"{MARK}R").registrant()
    partner = world.admin.create("res.partner", {**row, **mpesa().parts})
    wait_until(lambda: world.spar.mapping([row["ref"]]), "The first link did not arrive", 90)
    with (
        OdooProcess(database()) as ours,
        OdooProcess(plain()) as theirs,
        Proxy(world.endpoints["spar_url"]) as proxy,
    ):
        proxy.fault(faults.delay(SLOW))
        [other] = theirs.ask("create", word=f"{MARK}R", count=1)["result"]
        report.add(_forms(world, proxy, ours, theirs, partner, other, report.scale))
        report.add(_panel(world, ours, partner, row["ref"], report.scale))


def _forms(world, proxy, ours, theirs, partner, other, scale) -> Table:
    ways = {"SPAR quick": (ours, partner), f"SPAR takes {SLOW} s": (ours, partner)}
    ways["no addon"] = (theirs, other)
    seconds, statements = {way: [] for way in ways}, {}
    for number in range(max(int(OPENINGS * scale), 20)):
        for way in list(ways) if number % 2 else reversed(ways):
            odoo, record = ways[way]
            if odoo is ours:
                url = proxy.url if "takes" in way else world.endpoints["spar_url"]
                world.configure(base_url=url)
            odoo.ask("form", partner=record)  # a setting changed: caches are filled again
            answer = odoo.ask("form", partner=record)
            seconds[way].append(answer["seconds"] * 1000)
            statements[way] = len(answer["statements"])
    world.configure(base_url=world.endpoints["spar_url"])
    asked = len(proxy.seen)
    return Table(
        "Opening a registrant's form, ms",
        ["", "median", "p95", "SQL statements"],
        [[way, *_middle(times), statements[way]] for way, times in seconds.items()],
        [f"Requests that reached the slow SPAR while forms were opened: {asked}."],
    )


def _panel(world, ours, partner, ref, scale) -> Table:
    ends = world.endpoints
    sender = bare.client(
        bare.register(ends["keymanager_certs"], ends["spar_url"], ends["spar_wire"])
    )
    item = Item(reference_id=uuid.uuid4().hex, spar_id=ref)
    panel, resolve = [], []
    for _ in range(max(int(ASKED * scale), 20)):
        answer = ours.ask("panel", partner=partner)
        panel.append(answer["seconds"] * 1000)
        began = time.monotonic()
        sender.resolve([item])
        resolve.append((time.monotonic() - began) * 1000)
    sender.close()
    return Table(
        "The panel on that form, ms",
        ["", "median", "p95"],
        [["panel", *_middle(panel)], ["bare resolve", *_middle(resolve)]],
        [
            "The panel opens a connection and unwraps its key each time; the bare client has both.",
        ],
    )


def _middle(times: list[float]) -> tuple[float, float]:
    return statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[18]
