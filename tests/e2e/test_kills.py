# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""kill -9 in the middle of 200 submissions: nothing is lost, nothing comes out of order."""

import pytest

from tests.helpers import parts
from tests.helpers.arrivals import wait_until

REGISTRANTS, CHANGES = 50, 3


@pytest.mark.parametrize("victim", ["workers", "odoo", "spar", "postgres"])
def test_killed_in_the_middle(world, quick, flood, victim):
    """200 submissions in four transactions; the kill comes after a quarter of them arrived."""
    world.configure(batch_size=20)
    flood.register(REGISTRANTS).change(CHANGES)
    total = REGISTRANTS * (CHANGES + 1)
    wait_until(lambda: flood.arrived() >= total // 4, "A quarter did not arrive", 60)
    if victim == "workers":
        parts.kill_workers()
    else:
        parts.kill(victim)
        parts.up()
    assert flood.arrived() < total, "everything had arrived before the kill: it tested nothing"
    flood.expect_newest(timeout=120)
    flood.expect_every_change_in_order()
    assert {state for state, *_ in flood.states()} == {"done"}
