# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One run: hand in, break, mend, wait until it is quiet, judge."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.helpers.rpc import RpcError
from tests.helpers.world import World, open_world

from .breaker import Breaker, resume, up
from .cast import Cast
from .desk import Desk
from .drill import Drills
from .gather import gather
from .judge import Evidence, Violation, judge, late_landings, unjudged
from .logs import Logs
from .plan import Plan
from .wire import Wire

#: As short as the addon allows. A batch's own time is the lease less ten seconds.
NUMBERS = {
    "connect_seconds": 1,
    "read_seconds": 3,
    "lease_seconds": 24,
    "in_flight_seconds": 12,
    "batch_size": 100,
}
_BACKLOG, _THREADS = 4000, 3
#: Seconds in which everything has to become quiet after all was mended.
_QUIET = 600


@dataclass
class Report:
    """What came of a run."""

    plan: Plan
    cast: Cast
    violations: list[Violation]
    seconds: float
    numbers: dict[str, object] = field(default_factory=dict)


def run(plan: Plan, say=print, minutes: float = 0, drill: bool = False) -> Report:
    """Do what the plan says, in the running stack, and judge it.

    :param drill: at the end SPAR, then the registry, is restored to when the faults were over
    :param minutes: after which nothing more is handed in; 0: never
    :raises Exception: what a handing in raised that no crash explains
    """
    up()
    world = open_world()
    names = [*NUMBERS, "base_url"]
    if any(one.head is not None for one in plan.registrants):
        names.append("id_type_id")
    before = world.state(*names)
    before.pop("id")
    if before.get("id_type_id"):
        before["id_type_id"] = before["id_type_id"][0]
    try:
        with Wire(world.endpoints["spar_url"], NUMBERS["in_flight_seconds"]) as wire:
            world.configure(**NUMBERS, base_url=wire.url)
            return _run(plan, world, wire, say, minutes * 60 or 10**9, drill)
    finally:
        up()
        world.configure(**before)
        resume(world)


def _run(plan: Plan, world: World, wire: Wire, say, seconds: float, drill: bool) -> Report:
    began = time.monotonic()
    logs = Logs()
    cast = Cast(world, plan)
    cast.assemble()
    desk, breaker = Desk(cast, _BACKLOG), Breaker(world, wire, plan.seed)
    threads = desk.open(_THREADS)
    _break(plan, desk, breaker, threads, say, began + seconds)
    while any(thread.is_alive() for thread in threads):
        if time.monotonic() > began + seconds:
            desk.close()
        threading.Event().wait(0.1)
    if desk.failed:
        raise desk.failed[0]
    handed_in = time.monotonic() - began
    say(f"{handed_in:6.0f} s: all handed in; mending")
    breaker.mend()
    drills = Drills(desk, wire, lambda: _until_quiet(cast, say, began))
    if drill:
        drills.remember()
    _until_quiet(cast, say, began)
    evidence = gather(cast, desk.accepted, wire)
    report = Report(plan, cast, judge(evidence), time.monotonic() - began)
    report.numbers = _numbers(evidence, desk, breaker, wire)
    report.numbers["handed in after s"] = round(handed_in)
    if drill:
        violations, numbers = drills.carry_out(say)
        report.violations += violations
        report.numbers.update({f"drill: {name}": value for name, value in numbers.items()})
    report.violations += logs.leaks(plan)
    return report


def _break(
    plan: Plan,
    desk: Desk,
    breaker: Breaker,
    threads: list[threading.Thread],
    say,
    until: float,
) -> None:
    """The faults, each when as much was handed in as the plan says."""
    total = len(plan.submissions)
    told, began = 0, time.monotonic()
    every = zip(plan.faults, plan.places, plan.dues, strict=True)
    for count, (kind, place, due) in enumerate(every):
        while desk.progress < due and any(thread.is_alive() for thread in threads):
            threading.Event().wait(0.05)
            if time.monotonic() > until:
                desk.close()
                return
        if desk.failed:
            return
        breaker.break_(kind, place)
        if time.monotonic() - began > told + 20:
            told = time.monotonic() - began
            say(f"{told:6.0f} s: {desk.progress} of {total} handed in, {count + 1} faults")


def _until_quiet(cast: Cast, say, began: float) -> None:
    """Nothing open, nothing suspect; people do meanwhile what is theirs: resume, and retry."""
    world, until = cast.world, time.monotonic() + _QUIET
    partners = list(cast.partners.values())
    told = 0.0
    while time.monotonic() < until:
        left = world.ledger.rows(
            "SELECT state, count(*) FROM spar_submission WHERE partner_id = ANY(%s) "
            "AND (state IN ('new', 'pending', 'sending') OR suspect_until IS NOT NULL "
            "OR waits_for_id) GROUP BY 1",
            partners,
        )
        if not left:
            return
        if time.monotonic() > told + 20:
            told = time.monotonic()
            say(f"{told - began:6.0f} s: still {dict(left)}")
        if world.state("state")["state"] == "paused":
            resume(world)
        _hurry(world, partners)
        threading.Event().wait(1)


def _hurry(world: World, partners: list[int]) -> None:
    """Rows that wait for their next attempt are tried at once, as the button does."""
    rows = world.ledger.rows(
        "SELECT id FROM spar_submission WHERE partner_id = ANY(%s) AND state = 'pending' "
        "AND due_at > clock_timestamp() AT TIME ZONE 'UTC' + interval '5 seconds'",
        partners,
    )
    try:
        if rows:
            world.officer.call("spar.submission", "action_retry", [row for [row] in rows])
    except RpcError as error:
        if error.name != "odoo.exceptions.UserError":
            raise


def _numbers(evidence: Evidence, desk: Desk, breaker: Breaker, wire: Wire) -> dict[str, object]:
    late, longest = late_landings(evidence)
    return {
        "submissions accepted": len(desk.accepted),
        "handed in again after a crash": desk.retries,
        "decisions of people": desk.decisions,
        "registrants": len(evidence.rows and desk.cast.partners),
        "rows by state": dict(Counter(row.state for row in evidence.rows)),
        "held or in conflict": dict(
            Counter(row.reason for row in evidence.rows if row.state in ("held", "conflict"))
        ),
        "faults": sum(breaker.done.values()),
        "faults by kind": dict(breaker.done),
        "faults that found nothing": dict(breaker.missed),
        "requests at the proxy": len(wire.seen),
        "changes at SPAR": len(evidence.audit),
        "older addresses that landed late": late,
        "longest time one stayed, s": round(longest, 1),
        "items that came later than promised": len(wire.overdue),
        "ids left as such a one made them": unjudged(evidence),
    }
