# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Every way in arrives, and in the order in which it was handed in."""

from concurrent.futures import ThreadPoolExecutor

from tests.helpers.arrivals import wait_until
from tests.helpers.invent import bank, mpesa, paypal
from tests.showcase.entries import Journal
from tests.showcase.ways import Ways


def test_every_way_in_arrives_with_its_operation_and_string(world, invent):
    """The showcase's own registrants; its journal compares operation and string."""
    journal = Journal(world)
    ways = Ways(world, invent, journal)
    ways.first_addresses()
    journal.print_arrivals()
    ways.changes()
    journal.print_arrivals()
    assert len(journal.newest()) >= 20
    assert {entry.operation for entry in journal.entries} == {"link", "update", "unlink"}


def test_ten_quick_changes_by_several_clients_end_with_the_newest(world, flood):
    """Five clients hand in two changes each, at the same time: never an older after a newer."""
    [ref] = flood.register(1).refs
    partner = flood.partners[ref]

    def hand_in(draw):
        client = world.client()
        return [
            (client.create("spar.submission", {"partner_id": partner, **address.parts}), address)
            for address in (draw(), draw())
        ]

    with ThreadPoolExecutor(5) as pool:
        by_row = dict(
            pair
            for pairs in pool.map(hand_in, (mpesa, bank, paypal, mpesa, bank))
            for pair in pairs
        )
    newest = by_row[max(by_row)].fa(world.names)
    wait_until(lambda: flood.open() == 0, "Submissions stayed open")
    assert world.spar.mapping([ref]) == {ref: newest}
    rows = {address.fa(world.names): row for row, address in by_row.items()}
    order = [rows.get(change.new, 0) for change in world.spar.audit([ref])]
    assert order == sorted(order), "an older address came to SPAR after a newer one"


def test_fields_written_by_several_clients_end_with_the_ledgers_newest(world, flood):
    """The same by virtual fields, whose writers meet at one row of ``res_partner``."""
    [ref] = flood.register(1).refs
    partner = flood.partners[ref]
    addresses = [mpesa() for _ in range(6)]

    def write(address):
        world.client().write("res.partner", partner, address.parts)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, addresses))
    wait_until(lambda: flood.open() == 0, "Submissions stayed open")
    states = [state for state, _reason, _attempts in flood.states()]
    assert len(states) == 7 and set(states) <= {"done", "superseded"}
    [last_four] = world.ledger.rows(
        "SELECT last_four FROM spar_submission WHERE partner_id = %s ORDER BY id DESC LIMIT 1",
        partner,
    )
    assert f"{last_four[0]}.wallet_provider_name" in world.spar.mapping([ref])[ref]
