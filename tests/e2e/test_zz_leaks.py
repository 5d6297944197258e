# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Runs last: no number that a test of this session used lies where it must not be."""

import functools
import re

import pytest

from tests.helpers.invent import USED
from tests.stack import paths

#: Tables of Odoo's that keep text for people, programs or administrators.
TABLES = ("queue_job", "mail_message", "mail_tracking_value", "spar_event", "ir_logging", "bus_bus")
LOGS = ("odoo.log", "postgres.log")


@functools.cache  # nothing is handed out any more when these tests run
def _numbers():
    """Digits of phones and accounts without what spelling adds; emails as they are."""
    return {value.lstrip("+") if "@" not in value else value for value in USED}


def _leaked(text):
    """Numbers found in ``text``: every run of digits and every email is looked up."""
    words = set(re.findall(r"\d{9,}|demo\.\d+@example\.org", text))
    return sorted(words & _numbers())


def test_the_search_finds_what_is_there():
    some = sorted(_numbers())[:3]
    assert some and _leaked(f"a line with {some[0]}, '{some[1]}' and +{some[-1]}.") == some


@pytest.mark.parametrize("name", LOGS)
def test_no_number_in_logs(world, name):
    with (paths.LOGS / name).open(errors="replace") as lines:
        found = [(number, line[:200]) for line in lines for number in _leaked(line)]
    assert not found, f"{len(found)} lines of {name}, the first: {found[0][1]}"


@pytest.mark.parametrize("table", TABLES)
def test_no_number_in_tables(world, table):
    if not world.ledger.value("SELECT to_regclass(%s)", table):
        pytest.skip(f"this Odoo has no table {table}")
    rows = world.ledger.rows(f"SELECT t.*::text FROM {table} t")
    found = [row for row in rows if _leaked(row[0])]
    assert not found, f"{len(found)} rows of {table}"


def test_the_ledger_keeps_numbers_sealed(world):
    """Of every column; the sealed one is compared too, and would tell if it were not sealed."""
    rows = world.ledger.rows("SELECT t.*::text FROM spar_submission t")
    assert len(rows) > 100, "the test looks at an empty ledger"
    found = [row for row in rows if _leaked(row[0])]
    assert not found, f"{len(found)} rows of the ledger carry a number in the open"


def test_the_change_form_keeps_numbers_sealed(world):
    rows = world.ledger.rows("SELECT t.*::text FROM spar_change_wizard t")
    assert rows, "no test used the change form"
    assert not [row for row in rows if _leaked(row[0])]
