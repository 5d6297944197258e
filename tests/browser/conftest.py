# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The running stack before a browser."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.helpers.invent import Inventor
from tests.helpers.rpc import Odoo
from tests.helpers.world import World, open_world
from tests.stack.passwords import password

from .chromium import chromium, window
from .person import Person


@pytest.fixture(scope="session")
def world(stack) -> World:
    return open_world()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser) -> Iterator[Page]:
    with window(browser) as opened:
        yield opened


@pytest.fixture
def log_in(page) -> Callable[[Odoo, str], Person]:
    """``log_in(odoo, password)``: the person behind an external API's client, logged in."""

    def enter(odoo: Odoo, secret: str) -> Person:
        person = Person(page, odoo)
        person.log_in(secret)
        return person

    return enter


@pytest.fixture
def admin(world, log_in) -> Person:
    """Officer and manager."""
    return log_in(world.admin, world.endpoints["odoo_password"])


@pytest.fixture
def admin_window(browser, world) -> Iterator[Person]:
    """The same person before a window of their own, beside somebody else's."""
    with window(browser) as opened:
        person = Person(opened, world.admin)
        person.log_in(world.endpoints["odoo_password"])
        yield person


@pytest.fixture
def officer(world, log_in) -> Person:
    return log_in(world.officer, password("odoo_officer"))


@pytest.fixture(scope="session")
def invent() -> Inventor:
    return Inventor("BROWSER")


@pytest.fixture
def registrant(world, invent) -> dict:
    """A new contact: its id, name and ref."""
    vals = invent.registrant()
    return {"id": world.admin.create("res.partner", vals), **vals}
