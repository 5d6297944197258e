# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What networks, gateways and SPAR's own crashes do to a request: the addresses end right."""

from contextlib import contextmanager

import pytest

from tests.helpers import faults
from tests.helpers.arrivals import wait_until
from tests.helpers.flood import Flood

FAULTS = [
    faults.delay(1),
    faults.delay(4),
    faults.cut_before,
    faults.cut_after,
    faults.server_error,
    faults.spar_error,
    faults.error_after,
    faults.html,
    faults.truncated,
    faults.broken_off,
    faults.empty,
    faults.duplicate,
    faults.drip,
]


def test_each_fault_once_for_link_and_update(world, proxy, flood):
    """Every fault meets one link and one update, each of a registrant of its own."""
    targets = [(operation, fault) for operation in ("link", "update") for fault in FAULTS]
    world.configure(batch_size=1)
    flood.register(len(targets))
    flood.expect_newest()
    for ref, (operation, fault) in zip(flood.refs, targets, strict=True):
        if operation == "update":
            proxy.once(fault, "update", containing=ref)
    flood.change(2)
    newcomers = Flood(world, flood.invent)
    _expect_link_faults(proxy, newcomers)
    flood.expect_newest(timeout=120)
    newcomers.expect_newest(timeout=120)
    met = {name for operation, name in proxy.seen if operation == "update"}
    assert met >= {fault.__name__ for fault in FAULTS}
    for one in (flood, newcomers):
        assert {state for state, *_ in one.states()} == {"done"}


def _expect_link_faults(proxy, newcomers):
    """Links cannot be foreseen by ref before they are made: by the order in which they come."""
    for fault in FAULTS:
        proxy.once(fault, "link")
    newcomers.register(len(FAULTS)).change(1)


@pytest.mark.parametrize(
    "fault",
    [faults.cut_before, faults.spar_error, faults.html, faults.truncated, faults.drip],
    ids=lambda fault: fault.__name__,
)
def test_resolve_that_fails_leaves_everything_as_it_was(world, proxy, flood, fault):
    """Asking changes nothing, so a failed question burns nothing; then all goes on."""
    flood.register(2)
    flood.expect_newest()
    proxy.fault(fault, 2, "resolve")
    flood.change()
    flood.expect_newest(timeout=60)
    flood.expect_every_change_in_order()


def test_a_request_that_lands_after_its_successor_is_repaired(world, proxy, flood):
    """The first update is held back until SPAR has the second one; then it lands on top."""
    [ref] = flood.register(1).refs
    flood.expect_newest()
    held = faults.Hold()
    proxy.once(held, "update", containing=ref)
    flood.change(2)
    late, newest = (address.fa(world.names) for address in flood.addresses[ref][1:])
    wait_until(lambda: world.spar.mapping([ref]) == {ref: newest}, "The newest did not arrive")
    held.release()
    assert world.spar.mapping([ref]) == {ref: late}, "the test did not make it land late"
    wait_until(
        lambda: world.spar.mapping([ref]) == {ref: newest}, "The late one was not repaired", 60
    )
    wait_until(lambda: flood.open() == 0, "Submissions stayed open")
    assert world.spar.audit([ref])[-1].new == newest


def test_a_link_that_lands_after_an_unlink_is_repaired(world, proxy, flood):
    """A first link is held back; it is done again, then removed; then the held one lands."""
    [ref] = flood.register(1).refs
    flood.expect_newest()
    held = faults.Hold()
    proxy.once(held, "update", containing=ref)
    flood.change()
    address = flood.addresses[ref][-1]
    wait_until(
        lambda: world.spar.mapping([ref]) == {ref: address.fa(world.names)}, "It did not arrive"
    )
    vals = {"partner_id": flood.partners[ref], "operation": "remove", **address.parts}
    world.admin.create("spar.submission", vals)
    wait_until(lambda: not world.spar.mapping([ref]), "It was not removed")
    held.release()
    wait_until(lambda: flood.open() == 0, "Submissions stayed open")
    wait_until(lambda: not world.spar.mapping([ref]), "The late one was not repaired", 60)


def test_spar_applies_half_of_an_update_batch_and_fails(world, proxy, flood):
    """SPAR's own database refuses one row in the middle: what came before it is stored."""
    refs = flood.register(8).refs
    flood.expect_newest()
    with _refused_by_spars_database(world, refs[4]):
        flood.change()
        wait_until(lambda: flood.arrived() >= 8 + 7, "The good ones did not arrive", 60)
    flood.expect_newest(timeout=60)
    flood.expect_every_change_in_order()


def test_an_item_on_which_spar_always_fails_is_poison_in_the_end(world, proxy, flood, invent):
    """Writes with it fail, whatever else is in the batch; SPAR takes the others."""
    _expect_poison(world, proxy, flood, invent, without="resolve")


def test_an_item_on_which_even_questions_fail_stops_nobody_else(world, proxy, flood, invent):
    """The same, when SPAR (or the gateway before it) fails on the id in any request."""
    _expect_poison(world, proxy, flood, invent, without="")


def _expect_poison(world, proxy, flood, invent, without):
    poison = Flood(world, invent).register(1)
    poison.expect_newest()
    proxy.fault(faults.spar_error, containing=poison.refs[0], without=without)
    flood.register(6)
    poison.change()
    flood.change()
    flood.expect_newest(timeout=60)

    def judged():
        # Others have to succeed in between, or SPAR itself might be the one that is ill.
        if flood.open() == 0:
            flood.change()
        return poison.states()[1][:2] == ("rejected", "poison")

    wait_until(judged, "The poison was not found", 90)
    flood.expect_newest(timeout=60)
    flood.expect_every_change_in_order()


@contextmanager
def _refused_by_spars_database(world, ref):
    """A trigger on SPAR's table: whatever changes this id raises."""
    world.spar.run(
        "CREATE OR REPLACE FUNCTION e2e_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$"
    )
    world.spar.run(
        "CREATE TRIGGER e2e_refuse BEFORE UPDATE ON id_fa_mappings FOR EACH ROW "
        f"WHEN (NEW.id_value = '{ref}') EXECUTE FUNCTION e2e_refuse()"
    )
    try:
        yield
    finally:
        world.spar.run("DROP FUNCTION e2e_refuse() CASCADE")
