# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""SPAR is stopped while addresses change, and started again."""

from tests.helpers.arrivals import wait_for_strings, wait_until
from tests.helpers.invent import bank, mpesa
from tests.helpers.world import World
from tests.stack import control
from tests.stack.errors import StackError
from tests.stack.say import say

from .entries import Entry, Journal, Missed


def show(world: World, journal: Journal) -> None:
    """One registrant's address changes three times and another's once while SPAR is away.

    :raises Missed: they did not arrive in their order, or something was lost.
    """
    often, once = [entry for entry in journal.entries if entry.way == "payment fields, write"][:2]
    wait_until(lambda: _open(world, [often.partner, once.partner]) == 0, "Rows stayed open")
    print("\nSPAR is stopped, one registrant's address changes three times, another's once.\n")
    control.down(["spar"])
    try:
        changed = [_change(world, journal, entry) for entry in (often, once, often, often)]
        wait_until(
            lambda: world.state("state")["state"] == "waiting",
            "The connection did not notice that SPAR is away",
        )
        say(
            f"Odoo took all {len(changed)} changes; the connection waits for SPAR, "
            f"{_open(world, [often.partner, once.partner])} submissions wait in order"
        )
        _expect_no_attempt_burned(world, [often.partner, once.partner])
    finally:
        control.up(["spar"])
    journal.print_head()
    journal.print_arrivals()
    _show_order(world, journal, often)
    _show_nothing_lost(world, journal)


def _change(world: World, journal: Journal, before: Entry) -> Entry:
    address = mpesa() if before.address.method == "bank_account" else bank()
    world.admin.write("res.partner", before.partner, address.parts)
    number = 1 + sum("SPAR away" in e.way for e in journal.entries if e.spar_id == before.spar_id)
    entry = Entry(
        before.name,
        before.partner,
        before.spar_id,
        f"payment fields, SPAR away, change {number}",
        address,
        "update",
        world.spar.now(),
    )
    journal.entries.append(entry)
    return entry


def _open(world: World, partners: list[int]) -> int:
    domain = [("partner_id", "in", partners), ("state", "in", ["pending", "sending"])]
    return world.admin.call("spar.submission", "search_count", domain)


def _expect_no_attempt_burned(world: World, partners: list[int]) -> None:
    burned = world.admin.find(
        "spar.submission", [("partner_id", "in", partners), ("attempts", ">", 0)], "reference"
    )
    if burned:
        raise Missed(f"expected: no attempt burned\nseen: {len(burned)} submissions with attempts")


def _show_order(world: World, journal: Journal, often: Entry) -> None:
    """From SPAR's audit table alone: each of its changes, oldest first."""
    entries = [entry for entry in journal.entries if entry.spar_id == often.spar_id]
    changes = world.spar.audit([often.spar_id])
    wanted = [entry.address.fa(world.names) for entry in entries]
    if [change.new for change in changes] != wanted:
        raise Missed(
            f"expected: {len(wanted)} changes of {often.spar_id} in the order of their handing in\n"
            f"seen: {len(changes)} changes in another order"
        )
    print(f"\nSPAR's own audit trail of {often.spar_id} ({often.name}), oldest first:")
    for change, entry in zip(changes, entries, strict=True):
        print(
            f"  audit {change.seq:>6}  {change.at:%H:%M:%S.%f}  {change.operation:<7}"
            f"{journal.mask(entry)}"
        )


def _show_nothing_lost(world: World, journal: Journal) -> None:
    newest = journal.newest()
    kept = {i: e.address.fa(world.names) for i, e in newest.items() if e.operation != "unlink"}
    gone = newest.keys() - kept.keys()
    try:
        wait_for_strings(world, kept, timeout=5)
    except StackError as error:
        raise Missed(
            f"expected: SPAR holds everyone's newest address\nseen: {error.what}"
        ) from error
    if world.spar.mapping(gone):
        raise Missed("expected: the removed address is gone from SPAR\nseen: it is there")
    print(
        f"\nNothing was lost: SPAR holds the newest address of {len(kept)} registrants, "
        f"and {len(gone)} removed one is gone."
    )
