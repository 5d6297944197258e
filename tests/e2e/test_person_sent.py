# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Name and phone at the real SPAR: there when a manager chose so, else not a trace."""

import pytest


@pytest.fixture
def choose(world):
    """Set the connection's choice; what was set before comes back."""
    names = ("send_name", "send_phone")
    before = world.state(*names)
    yield lambda **choice: world.configure(**choice)
    world.configure(**{name: before[name] for name in names})


def _kept(world, flood):
    return {
        ref: (name, phone)
        for ref, name, phone in world.spar.rows(
            "SELECT id_value, name, phone FROM id_fa_mappings WHERE id_value = ANY(%s)", flood.refs
        )
    }


def test_spar_is_told_what_was_chosen(world, flood, choose):
    flood.register(3)
    flood.expect_newest()
    assert {value for pair in _kept(world, flood).values() for value in pair} <= {None, ""}
    choose(send_name=True, send_phone=True)
    flood.change()
    flood.expect_newest()
    for ref, kept in _kept(world, flood).items():
        contact = world.admin.read("res.partner", flood.partners[ref], "name", "phone")
        assert kept == (contact["name"], contact["phone"])
    # What SPAR has is not taken back by saying no more.
    choose(send_name=False, send_phone=False)
    flood.change()
    flood.expect_newest()
    assert all(all(kept) for kept in _kept(world, flood).values())
