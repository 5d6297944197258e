# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A manager at the connection's form: its test, and what is typed there and never shown."""

from playwright.sync_api import expect

#: Milliseconds: the walk asks SPAR a handful of times.
WALK = 60_000


def _open(person, world):
    person.open_connection(world.connection, "Way to SPAR")
    return person.page


def test_the_test_shows_each_step(admin, world):
    page = _open(admin, world)
    page.get_by_role("button", name="Test connection").click()
    dialog = page.locator(".modal-dialog")
    expect(dialog.get_by_text("SPAR answers: the whole way there is right.")).to_be_visible(
        timeout=WALK
    )
    rows = dialog.locator(".o_data_row")
    expect(rows.filter(has_text="Signature")).to_contain_text("refuses that of a stranger")
    expect(rows.filter(has_text="failed")).to_have_count(0)
    dialog.get_by_role("button", name="Close").first.click()
    expect(dialog).to_have_count(0)


def test_a_header_is_typed_and_never_shown(admin, world):
    page = _open(admin, world)
    headers = page.locator(".o_field_widget[name=header_ids]")
    headers.get_by_text("Add a line").click()
    headers.locator("[name=name] input").fill("X-Browser-Key")
    headers.locator("[name=value] input").fill("typed-in-a-browser")
    page.locator(".o_form_button_save").click()
    expect(page.locator(".o_form_button_save")).to_be_hidden()
    try:
        page.reload()
        page.locator(".o_notebook_headers").get_by_text("Way to SPAR").click()
        expect(headers).to_contain_text("X-Browser-Key")
        assert "typed-in-a-browser" not in page.content()
    finally:
        world.configure(header_ids=[(5, 0, 0)])


def test_plain_http_is_warned_of(admin, world):
    world.configure(allow_http=False)
    page = _open(admin, world)
    warning = page.get_by_text("everybody on the way to SPAR can read")
    expect(warning).to_be_hidden()
    page.locator("[name=allow_http] input").check()
    expect(warning).to_be_visible()
    page.locator(".o_form_button_cancel").click()
    expect(warning).to_be_hidden()
