# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``python3 -m tests.browser.screenshot``: the picture of the form that README.md shows."""

import os
import sys
from pathlib import Path

from tests.stack import paths, venvs

TARGET = paths.ADDON / "static" / "description" / "form.png"
_NUMBER = "0712345678"


def main() -> None:
    """Make a registrant who is linked, and a picture of its form."""
    from playwright.sync_api import expect

    from tests.helpers import invent
    from tests.helpers.world import open_world

    from .chromium import chromium, window
    from .person import ARRIVAL, Person

    world = open_world()
    vals = {"name": "Amina Wanjiku", "ref": invent.Inventor("KE").ref(), "city": "Kisumu"}
    registrant = world.admin.create("res.partner", vals)
    parts = {
        "payment_method": "mobile_wallet",
        "payment_provider": "MPESA",
        "payment_account": _NUMBER,
    }
    world.admin.create("spar.submission", {"partner_id": registrant, **parts})
    with chromium() as browser, window(browser) as page:
        person = Person(page, world.admin)
        person.log_in(world.endpoints["odoo_password"])
        panel = person.open_registrant(registrant)
        expect(panel.says("linked")).to_be_visible(timeout=ARRIVAL)
        expect(panel.open).to_have_count(0)
        done = page.locator(".o_field_widget[name=submission_ids] .o_data_row")
        expect(done).to_contain_text("Done")
        page.locator(".o_form_sheet").screenshot(path=TARGET)
    print(f"Saved {os.path.relpath(TARGET, Path.cwd())}")


if __name__ == "__main__":
    python = venvs.tests()
    if Path(sys.prefix) != python.parent.parent:
        # playwright lives in the tests' environment alone.
        os.execv(python, [str(python), "-m", "tests.browser.screenshot"])
    main()
