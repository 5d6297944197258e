# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A person opens a registrant, sees SPAR's answer, changes the address and sees it arrive."""

import re

from playwright.sync_api import expect

from tests.helpers import invent as addresses
from tests.helpers.arrivals import wait_for_strings

from .person import ARRIVAL

ACCEPTED = re.compile(r"Accepted, not yet at SPAR: reference SPAR-\d{8}")


def _fill_in(form, address, again=None):
    form.pick("bank_id", "Demo Bank of Nowhere")
    form.type(
        branch=address.branch, account=address.account, account_again=again or address.account
    )


def test_an_address_is_changed_and_arrives(officer, world, registrant):
    address = addresses.bank()
    panel = officer.open_registrant(registrant["id"])
    expect(panel.says("not_linked")).to_contain_text("no payment address")

    form = panel.change()
    form.pick("bank_id", "Demo Bank of Nowhere")
    form.type(account="no number", account_again="no number")
    form.submit_in_vain()
    expect(form.error("account")).to_contain_text("This is no account number.")

    form.type(account=address.account, account_again=address.account)
    form.type(branch=address.branch, note="Asked at the office")
    form.submit()
    expect(officer.page.get_by_text(ACCEPTED)).to_be_visible()
    expect(form.root).to_be_hidden()

    expect(panel.says("linked")).to_be_visible(timeout=ARRIVAL)
    expect(panel.number).to_have_text(f"•••• {address.kept[-4:]}")
    expect(panel.number).to_have_attribute("dir", "ltr")
    assert address.kept not in officer.page.content()
    wait_for_strings(world, {registrant["ref"]: address.fa(world.names)})

    panel.press("Show number")
    expect(panel.number).to_have_text(address.kept)
    looks = [("partner_id", "=", registrant["id"]), ("kind", "=", "revealed")]
    assert len(world.admin.find("spar.event", looks, "user_id")) == 1
    panel.press("Hide number")
    expect(panel.number).to_have_text(f"•••• {address.kept[-4:]}")


def test_the_submissions_below_show_the_end_of_it(officer, registrant):
    address = addresses.mpesa()
    panel = officer.open_registrant(registrant["id"])
    form = panel.change()
    form.choose("Mobile wallet")
    form.pick("provider_id", "M-PESA")
    form.type(account=address.account, account_again=address.kept)
    form.submit()
    expect(panel.says("linked")).to_be_visible(timeout=ARRIVAL)
    row = officer.page.locator(".o_field_widget[name=submission_ids] .o_data_row").first
    expect(row).to_contain_text("Done")
    expect(row).to_contain_text(f"•••• {address.kept[-3:]}")


def test_an_address_is_removed(officer, world, registrant):
    address = addresses.paypal()
    world.admin.create("spar.submission", {"partner_id": registrant["id"], **address.parts})
    wait_for_strings(world, {registrant["ref"]: address.fa(world.names)})
    panel = officer.open_registrant(registrant["id"])
    form = panel.change()
    expect(form.root.locator(".o_spar_held")).to_contain_text("PayPal")
    form.choose("Remove the address")
    form.submit()
    expect(panel.says("not_linked")).to_be_visible(timeout=ARRIVAL)
    assert not world.spar.mapping([registrant["ref"]])


def test_two_different_entries_are_refused_beside_the_field(officer, world, registrant):
    address = addresses.bank()
    form = officer.open_registrant(registrant["id"]).change()
    _fill_in(form, address, again=addresses.bank().account)
    form.submit_in_vain()
    expect(form.error("again")).to_have_text("The two entries differ.")
    stored = world.ledger.value("SELECT string_agg(w::text, ' ') FROM spar_change_wizard w")
    assert address.account not in stored
    mine = [("partner_id", "=", registrant["id"])]
    assert not world.admin.find("spar.submission", mine, "id")


def test_a_bank_without_a_code_is_refused_beside_it(officer, world, registrant):
    world.admin.create("res.bank", {"name": f"Codeless {registrant['ref']}"})
    form = officer.open_registrant(registrant["id"]).change()
    form.pick("bank_id", f"Codeless {registrant['ref']}")
    expect(form.error("provider")).to_contain_text("no code that SPAR knows")


def test_a_changed_kind_forgets_the_number(officer, registrant):
    form = officer.open_registrant(registrant["id"]).change()
    _fill_in(form, addresses.bank())
    form.choose("Mobile wallet")
    expect(form.root.locator("[name=account] input")).to_have_value("")
