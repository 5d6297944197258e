# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""SPAR holds something else: a difference shows both sides, masked, and two officers decide."""

import pytest
from playwright.sync_api import expect

from tests.helpers import invent as addresses
from tests.helpers.arrivals import wait_for_strings, wait_until

OPEN = (
    "SELECT id FROM spar_reconciliation_line WHERE partner_id = %s AND state IN ('open', "
    "'proposed')"
)


@pytest.fixture
def difference(world, invent):
    """(its id, the registrant's ref, ours, what somebody else wrote at SPAR)"""
    ours, strange = addresses.bank(), addresses.mpesa()
    vals = invent.registrant()
    partner = world.admin.create("res.partner", {**vals, **ours.parts})
    wait_for_strings(world, {vals["ref"]: ours.fa(world.names)})
    world.spar.run(
        "UPDATE id_fa_mappings SET fa_value = %s WHERE id_value = %s",
        strange.fa(world.names),
        vals["ref"],
    )
    chosen = {"active_model": "res.partner", "active_ids": [partner]}
    wizard = world.admin.create("spar.compare.wizard", {}, context=chosen)
    world.admin.call("spar.compare.wizard", "action_start", [wizard], context=chosen)
    line = wait_until(lambda: world.ledger.value(OPEN, partner), "No difference was found", 90)
    return line, vals["ref"], ours, strange


def test_two_officers_send_ours(officer, admin_window, world, difference):
    line, ref, ours, strange = difference
    for person in (officer, admin_window):
        form = person.open_difference(line)
        expect(form).to_contain_text("SPAR holds an address that this registry never had.")
        expect(form.locator("[name=our_mask]")).to_have_text(f"•••• {ours.kept[-4:]}")
        expect(form.locator("[name=spar_mask]")).to_contain_text(strange.kept[-3:])
        expect(form).not_to_contain_text(ours.kept)
        expect(form).not_to_contain_text(strange.kept)
        person.press_and_confirm("Send ours")
        if person is officer:
            expect(person.page.get_by_text("wait for another officer")).to_be_visible()
    wait_for_strings(world, {ref: ours.fa(world.names)})
    form = admin_window.open_difference(line)
    expect(form.locator("[name=state]")).to_contain_text("Ours handed on")
