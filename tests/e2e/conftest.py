# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Fixtures of the end-to-end tests. Each test makes its own registrants."""

import pytest

from tests.helpers import parts
from tests.helpers.arrivals import wait_until
from tests.helpers.flood import Flood
from tests.helpers.invent import Inventor
from tests.helpers.proxy import Proxy
from tests.helpers.world import open_world

#: Seconds as short as the addon allows, so that timeouts and take-overs do not take long.
QUICK = {"connect_seconds": 1, "read_seconds": 2, "lease_seconds": 16, "in_flight_seconds": 12}
_NUMBERS = (*QUICK, "batch_size", "base_url")


@pytest.fixture(scope="session")
def world():
    """The running stack with the demo's connection."""
    parts.up()
    return open_world()


@pytest.fixture
def invent():
    """Names and ids of this test alone."""
    return Inventor("E2E")


@pytest.fixture
def flood(world, invent):
    """Registrants of this test."""
    return Flood(world, invent)


@pytest.fixture
def quick(world):
    """The connection with short times; what was set before comes back, and it runs again."""
    before = world.state(*_NUMBERS)
    world.configure(**QUICK)
    yield
    parts.up()
    world.configure(**{name: before[name] for name in _NUMBERS})
    if world.state("state")["state"] != "running":
        world.admin.call("spar.connection", "action_resume", [world.connection])


@pytest.fixture
def proxy(world, quick):
    """A proxy between the addon and SPAR."""
    with Proxy(world.endpoints["spar_url"]) as proxy:
        world.configure(base_url=proxy.url)
        yield proxy
        proxy.clear()
        world.configure(base_url=world.endpoints["spar_url"])
        if world.state("state")["state"] != "running":
            world.admin.call("spar.connection", "action_resume", [world.connection])
        wait_until(lambda: _quiet(world), "Submissions of this test stayed on their way", 60)


def _quiet(world) -> bool:
    return not world.ledger.value("SELECT count(*) FROM spar_submission WHERE state = 'sending'")
