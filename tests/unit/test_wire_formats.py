"""One place for what differs: a wire format is a module in spar/wire and a selection entry."""

import ast
from pathlib import Path

import pytest

import spar
from spar.strategies import StrategySet
from spar.wire import WIRE_FORMATS, WireFormat

ADDON = Path(spar.__file__).parents[1]
CONNECTION = ADDON / "models" / "spar_connection.py"
MODULES = sorted(path.stem for path in (ADDON / "spar" / "wire").glob("*.py"))
#: what the modules of wire formats have in common
SHARED = {"__init__", "base", "http", "recognise", "rows"}


def selection() -> list[tuple[str, str]]:
    """The entries of the connection's field, read without Odoo."""
    for node in ast.walk(ast.parse(CONNECTION.read_text())):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "wire_format":
            found = {word.arg: word.value for word in node.value.keywords}
            return ast.literal_eval(found["selection"])
    raise AssertionError("the connection has no wire_format")


def test_every_format_can_be_selected_and_every_selected_one_exists():
    assert sorted(name for name, _ in selection()) == sorted(WIRE_FORMATS)


def test_every_module_is_a_format():
    used = {type(wire).__module__.rsplit(".", 1)[-1] for wire in WIRE_FORMATS.values()}
    assert set(MODULES) - SHARED == used


@pytest.mark.parametrize("name", WIRE_FORMATS)
def test_a_format_is_known_by_its_name_and_takes_strategies(name):
    wire = WIRE_FORMATS[name]
    assert isinstance(wire, WireFormat) and wire.name == name
    own = wire.using(StrategySet())
    assert type(own) is type(wire) and own.name == name
    assert [s.strategy_id for s in own.strategies] == [2, 3, 4, 5]


@pytest.mark.parametrize("path", sorted(ADDON.rglob("*.py")), ids=lambda p: p.name)
def test_no_other_file_of_the_addon_knows_a_format(path):
    if path.is_relative_to(ADDON / "spar" / "wire") or "tests" in path.parts:
        return
    text = path.read_text()
    for word in ("link_request", "request_payload", "response_status", "sender_app", "message_ts"):
        assert word not in text
