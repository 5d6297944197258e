# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the panel says when there is no answer, no right or no registrant, and the SPAR menu."""

import re

from playwright.sync_api import expect

from tests.helpers.world import make_user
from tests.stack.passwords import password

VIEWER = "g2p_spar_sync.group_spar_viewer"


def test_a_new_registrant_is_saved_first(officer):
    panel = officer.open_registrant()
    expect(panel.says("unsaved")).to_contain_text("Save the registrant first")


def test_without_an_id_it_says_so(officer, world, invent):
    nameless = world.admin.create("res.partner", {**invent.registrant(), "ref": False})
    panel = officer.open_registrant(nameless)
    expect(panel.says("no_id")).to_be_visible()


def test_a_failing_call_shows_words_and_a_way_on(officer, registrant):
    asked = re.compile(r"/spar_panel$")
    officer.page.route(asked, lambda route: route.abort())
    panel = officer.open_registrant(registrant["id"])
    expect(panel.trouble).to_have_text("The registry does not answer. Try again.")
    expect(officer.page.locator(".modal")).to_have_count(0)
    officer.page.unroute(asked)
    panel.press("Try again")
    expect(panel.says("not_linked")).to_be_visible()
    expect(panel.trouble).to_have_count(0)


def test_spar_not_reachable_is_said_and_asked_again(officer, world, registrant):
    spar = world.state("base_url")["base_url"]
    world.configure(base_url="http://127.0.0.1:9")
    try:
        panel = officer.open_registrant(registrant["id"])
        expect(panel.says("unreachable")).to_contain_text("Nothing is lost")
    finally:
        world.configure(base_url=spar)
    panel.press("Try again")
    expect(panel.says("not_linked")).to_be_visible()


def test_a_viewer_sees_and_cannot_change(world, log_in, registrant):
    viewer = make_user(world, "browser_viewer", "base.group_user", VIEWER)
    panel = log_in(viewer, password("odoo_browser_viewer")).open_registrant(registrant["id"])
    expect(panel.says("not_linked")).to_be_visible()
    expect(panel.root.get_by_role("button")).to_have_text(["Ask again"])


def test_every_list_of_the_menu_opens(admin):
    for menu in ("submission", "connection", "channel", "provider", "bank", "strategy"):
        admin.open_list(f"action_{menu}")
        expect(admin.page.locator(".modal")).to_have_count(0)


def test_a_submission_is_found_by_its_reference(admin, world, registrant):
    made = {"partner_id": registrant["id"], "payment_method": "pigeon"}
    row = world.admin.create("spar.submission", made)
    rows = admin.open_list("action_submission")
    admin.page.locator(".o_searchview_input").fill(f"SPAR-{row:08d}")
    admin.page.locator(".o_searchview_autocomplete").get_by_text("Reference").click()
    expect(rows.locator(".o_data_row")).to_have_count(1)
    rows.get_by_text(registrant["name"]).click()
    expect(admin.page.locator(".o_form_view")).to_contain_text("Held")
    admin.page.get_by_role("button", name="Cancel", exact=True).click()
    admin.page.locator(".modal-footer .btn-primary").click()
    expect(admin.page.locator(".o_form_view")).to_contain_text("Cancelled")
    assert world.admin.read("spar.submission", row, "state")["state"] == "cancelled"
