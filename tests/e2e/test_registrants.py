# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Merged, deleted and duplicate registrants, and ids that arrive, change or belong to others."""

import pytest

from tests.helpers.arrivals import wait_for_strings, wait_until
from tests.helpers.invent import mpesa
from tests.helpers.rpc import RpcError


def _rows(world, partner):
    return world.admin.find(
        "spar.submission", [("partner_id", "=", partner)], "state", "hold_reason", order="id"
    )


def _judgement(world, partner):
    """(state, reason) of its newest row."""
    row = _rows(world, partner)[-1]
    return row["state"], row["hold_reason"] or None


def _wait_for(world, partner, state, reason=None):
    wait_until(
        lambda: _judgement(world, partner) == (state, reason),
        f"The newest row did not become {state} ({reason})",
    )


def test_merge_loses_nothing_and_holds_what_is_open(world, flood, invent):
    """Odoo's own merge moves rows by raw UPDATE: the record stays, open rows wait for a person."""
    kept, gone = flood.register(2).refs
    flood.expect_newest()
    source, target = flood.partners[gone], flood.partners[kept]
    before = [row["id"] for partner in (source, target) for row in _rows(world, partner)]
    vals = {"name": "Demo Without Id", **mpesa().parts}
    open_partner = world.admin.create("res.partner", vals)
    _wait_for(world, open_partner, "held", "no_id")
    [open_row] = _rows(world, open_partner)
    wizard = world.admin.create(
        "base.partner.merge.automatic.wizard",
        {"partner_ids": [(6, 0, [source, target, open_partner])], "dst_partner_id": target},
    )
    world.admin.call("base.partner.merge.automatic.wizard", "action_merge", [wizard])
    rows = {row["id"]: row["state"] for row in _rows(world, target)}
    known = {*before, open_row["id"]}
    assert known <= rows.keys(), "a row was lost"
    # What the merge itself asks a person: the merged one's id at SPAR is nobody's any more.
    assert {state for row, state in rows.items() if row not in known} <= {"held"}
    held = world.admin.read("spar.submission", open_row["id"], "state", "hold_reason")
    assert (held["state"], held["hold_reason"]) == ("held", "merged")
    wanted = {ref: flood.addresses[ref][-1].fa(world.names) for ref in (kept, gone)}
    assert world.spar.mapping(wanted) == wanted, "a merge by itself moves no money"
    # The one that is left still changes by itself.
    address = mpesa()
    world.admin.write("res.partner", target, address.parts)
    wait_for_strings(world, {kept: address.fa(world.names)})


def test_deleting_a_registrant_is_refused(world, flood):
    [ref] = flood.register(1).refs
    flood.expect_newest()
    with pytest.raises(RpcError, match="Archive"):
        world.admin.call("res.partner", "unlink", [flood.partners[ref]])


def test_an_archived_registrants_address_waits(world, flood):
    [ref] = flood.register(1).refs
    flood.expect_newest()
    before = world.spar.mapping([ref])
    partner = flood.partners[ref]
    world.admin.write("res.partner", partner, {"active": False, **mpesa().parts})
    _wait_for(world, partner, "held", "registrant_archived")
    assert world.spar.mapping([ref]) == before


def test_a_second_registrant_with_the_same_id_is_held(world, flood, invent):
    """Else the newcomer would redirect the first one's payments."""
    [ref] = flood.register(1).refs
    flood.expect_newest()
    before = world.spar.mapping([ref])
    newcomer = world.admin.create(
        "res.partner", {**invent.registrant(), "ref": ref, **mpesa().parts}
    )
    _wait_for(world, newcomer, "held", "duplicate_id")
    assert world.spar.mapping([ref]) == before
    flood.change().expect_newest()


def test_two_newcomers_with_one_id_in_one_transaction(world, invent):
    """Nobody was first at SPAR: only one of them may go."""
    row, addresses = invent.registrant(), [mpesa(), mpesa()]
    partners = world.admin.create("res.partner", [{**row, **one.parts} for one in addresses])
    wait_until(
        lambda: all(_judgement(world, p)[0] in ("done", "held") for p in partners), "Still open"
    )
    states = sorted(_judgement(world, partner) for partner in partners)
    assert states == [("done", None), ("held", "duplicate_id")]
    assert len(world.spar.audit([row["ref"]])) == 1


def test_an_id_edited_to_a_strangers_is_a_conflict(world, flood, invent):
    """SPAR maps that id already, and this registry never sent it: whatever the policy says."""
    stranger, victim = invent.ref(), mpesa()
    world.spar.run(
        "INSERT INTO id_fa_mappings (id_value, fa_value, active, created_at) "
        "VALUES (%s, %s, true, now())",
        stranger,
        victim.fa(world.names),
    )
    [ref] = flood.register(1).refs
    flood.expect_newest()
    partner = flood.partners[ref]
    world.admin.write("res.partner", partner, {"ref": stranger})
    world.admin.write("res.partner", partner, mpesa().parts)
    _wait_for(world, partner, "conflict", "never_confirmed")
    assert world.spar.mapping([stranger]) == {stranger: victim.fa(world.names)}


def test_what_somebody_else_changed_at_spar_is_a_conflict_with_a_way_out(world, flood):
    """A person compares, then sends ours; a newer change by somebody else would be asked again."""
    [ref] = flood.register(1).refs
    flood.expect_newest()
    world.spar.run(
        "UPDATE id_fa_mappings SET fa_value = %s WHERE id_value = %s", mpesa().fa(world.names), ref
    )
    flood.change()
    partner = flood.partners[ref]
    _wait_for(world, partner, "conflict", "differs_from_confirmed")
    row = _rows(world, partner)[-1]["id"]
    world.officer.call("spar.submission", "action_send_ours", [row])
    flood.expect_newest()


def test_an_id_that_arrives_later_lets_all_of_its_rows_go_in_order(world, invent):
    addresses = [mpesa() for _ in range(3)]
    partner = world.admin.create("res.partner", {"name": "Demo Later", **addresses[0].parts})
    for address in addresses[1:]:
        world.admin.write("res.partner", partner, address.parts)
    ref = invent.ref()
    world.admin.write("res.partner", partner, {"ref": ref})
    wait_for_strings(world, {ref: addresses[-1].fa(world.names)})
    wanted = [address.fa(world.names) for address in addresses]
    assert [change.new for change in world.spar.audit([ref])] == wanted


@pytest.mark.parametrize("ref", ["two words", "x" * 300, "tab\there", "zero\u200bwidth"])
def test_an_id_that_spar_would_take_blindly_is_held(world, invent, ref):
    unique = f"{invent.ref()}{ref}"
    partner = world.admin.create(
        "res.partner", {"name": "Demo Malformed", "ref": unique, **mpesa().parts}
    )
    _wait_for(world, partner, "held", "id_malformed")
    assert not world.spar.mapping([unique])
