# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a person does in Odoo's web client, on 17, 18 and 19. Every step waits for its outcome."""

from playwright.sync_api import Locator, Page, expect

from tests.helpers.rpc import Odoo

#: Milliseconds from "Submit" to SPAR's answer on the form: the panel asks every three seconds.
ARRIVAL = 90_000


class Person:
    """Somebody before a browser window.

    :param odoo: the same person's external API, for where Odoo is and who logs in
    """

    def __init__(self, page: Page, odoo: Odoo):
        self.page = page
        self._odoo = odoo
        self._modern = float(odoo.version()) >= 18

    def log_in(self, password: str) -> None:
        self.page.goto(f"{self._odoo.url}/web/login")
        self.page.fill("input[name=login]", self._odoo.login)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")
        expect(self.page.locator(".o_main_navbar")).to_be_visible()

    def open_registrant(self, registrant: int | None = None) -> "Panel":
        """The form of a registrant, or of a new one, on the page "Payment address"."""
        if registrant:
            self._go_to_record("res.partner", registrant)
        else:
            self._go_to_action("contacts.action_contacts")
            self.page.get_by_role("button", name="New", exact=True).click()
        expect(self.page.locator(".o_form_view .o_notebook")).to_be_visible()
        self.page.locator(".o_notebook_headers").get_by_text("Payment address").click()
        return Panel(self.page)

    def open_connection(self, connection: int, page: str = "Signing keys") -> None:
        """Its form, on that page."""
        self._go_to_record("spar.connection", connection)
        self.page.locator(".o_notebook_headers").get_by_text(page).click()

    def open_difference(self, line: int) -> Locator:
        """What a comparison found about one registrant: the form."""
        self._go_to_record("spar.reconciliation.line", line)
        form = self.page.locator(".o_form_view")
        expect(form).to_be_visible()
        return form

    def press_and_confirm(self, button: str) -> None:
        """A button of the form that asks once more."""
        self.page.locator(".o_form_statusbar").get_by_role("button", name=button).click()
        asked = self.page.locator(".modal")
        asked.get_by_role("button", name="Ok").click()
        expect(asked).to_be_hidden()

    def open_dialog(self, action: str) -> Locator:
        """The dialog of a window action, by its external id without the addon's name."""
        self._go_to_action(f"g2p_spar_sync.{action}")
        return self.page.locator(".modal")

    def open_list(self, action: str) -> Locator:
        """The list of a window action, by its external id without the addon's name."""
        self._go_to_action(f"g2p_spar_sync.{action}")
        rows = self.page.locator(".o_list_view")
        expect(rows).to_be_visible()
        return rows

    def _go_to_record(self, model: str, record: int) -> None:
        self._go(f"{model}/{record}", f"id={record}&model={model}&view_type=form")

    def _go_to_action(self, name: str) -> None:
        self._go(f"action-{name}", f"action={name}")

    def _go(self, path: str, query: str) -> None:
        # Of two addresses that differ after the # alone, the second is not loaded again.
        self.page.goto("about:blank")
        place = f"odoo/{path}" if self._modern else f"web#{query}"
        self.page.goto(f"{self._odoo.url}/{place}")


class Panel:
    """The live panel on a registrant's form."""

    def __init__(self, page: Page):
        self.page = page
        self.root = page.locator(".o_spar_panel")
        self.number = self.root.locator(".o_spar_number")
        self.trouble = self.root.locator(".o_spar_trouble")
        self.open = self.root.locator(".o_spar_open li")

    def says(self, state: str) -> Locator:
        """What is shown in that state: linked, not_linked, no_id, unreachable, ..."""
        return self.root.locator(f".o_spar_{state}")

    def press(self, button: str) -> None:
        self.root.get_by_role("button", name=button, exact=True).click()

    def change(self) -> "ChangeForm":
        self.press("Change payment address")
        return ChangeForm(self.page)


class ChangeForm:
    """The dialog in which a change is handed in."""

    def __init__(self, page: Page):
        self.page = page
        self.root = page.locator(".modal:not(.o_inactive_modal)")
        expect(self.root.locator(".o_form_view [name=kind]")).to_be_visible()

    def choose(self, label: str) -> None:
        """One of the radio buttons."""
        self.root.get_by_label(label, exact=True).check()

    def pick(self, field: str, name: str) -> None:
        """A bank or a wallet provider, by typing its name."""
        self.root.locator(f"[name={field}] input").fill(name)
        found = self.page.locator(".o-autocomplete--dropdown-menu")
        found.get_by_text(name, exact=False).first.click()
        expect(found).to_be_hidden()

    def type(self, **values: str) -> None:
        for field, value in values.items():
            self.root.locator(f"[name={field}] input").fill(value)

    def submit(self) -> None:
        self.root.get_by_role("button", name="Submit", exact=True).click()

    def submit_in_vain(self) -> None:
        """Submit what has an error in it: the dialog makes place for one that shows it."""
        before = self.root.element_handle()
        self.submit()
        before.wait_for_element_state("hidden")
        expect(self.root.locator(".o_form_view [name=kind]")).to_be_visible()

    def error(self, field: str) -> Locator:
        """The words beside a field."""
        return self.root.locator(f".text-danger [name={field}_error]")
