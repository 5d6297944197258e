# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Monitoring over a database role of its own: what it reads, and everything it may not."""

import re

import psycopg2.errors
import pytest

from tests.helpers.arrivals import wait_until
from tests.helpers.databases import Database
from tests.stack import paths

VIEWS = ("spar_monitoring", "spar_monitoring_totals")
DOCS = paths.CHECKOUT / "docs" / "monitoring.md"
FORBIDDEN = (
    "SELECT * FROM res_partner",
    "SELECT id FROM spar_submission",
    "SELECT count(*) FROM spar_submission",
    "SELECT * FROM spar_event",
    "SELECT * FROM spar_connection",
    "SELECT certificate FROM spar_key",
    "SELECT wrapped FROM spar_key_secret",
    "SELECT * FROM spar_vault",
    "SELECT * FROM queue_job",
    "SELECT * FROM ir_config_parameter",
    "SELECT * FROM res_users",
    "SELECT last_value FROM spar_submission_id_seq",
    "INSERT INTO spar_submission (partner_id) VALUES (1)",
    "DELETE FROM spar_monitoring",
    "DROP VIEW spar_monitoring",
    "CREATE OR REPLACE VIEW spar_monitoring AS SELECT * FROM res_partner",
    "SET ROLE odoo",
)


@pytest.fixture(scope="module")
def monitor(world):
    """The role's own connection, after the grant that the documentation tells."""
    [grant] = re.findall(r"^GRANT SELECT ON .*;$", DOCS.read_text(), re.MULTILINE)
    world.ledger.run(grant)
    return Database(world.endpoints["pg_dsn_monitor"])


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_role_may_not(monitor, statement):
    refused = (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ObjectNotInPrerequisiteState)
    with pytest.raises(refused):
        monitor.run(statement)


def _columns(monitor, view):
    return [
        name
        for (name,) in monitor.rows(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "ORDER BY attnum",
            view,
        )
    ]


def test_it_tells_that_the_engine_runs(world, monitor, flood):
    flood.register(2)
    flood.expect_newest()
    seen = dict(zip(_columns(monitor, VIEWS[0]), monitor.rows(f"TABLE {VIEWS[0]}")[0], strict=True))
    assert (seen["running"], seen["connection_id"]) == (1, world.connection)
    assert seen["last_success_seconds"] < 60
    assert seen["signing_key_expires_seconds"] > 86400
    handed_in = monitor.value("SELECT handed_in FROM spar_monitoring_totals")
    flood.change()
    assert monitor.value("SELECT handed_in FROM spar_monitoring_totals") >= handed_in + 2
    wait_until(
        lambda: (monitor.value("SELECT sweeper_seconds FROM spar_monitoring_totals") or 999) < 90,
        "The sweeper did not run",
    )


def test_a_pause_is_seen(world, monitor):
    world.admin.call("spar.connection", "action_pause", [world.connection])
    try:
        seen = monitor.rows("SELECT running, reason FROM spar_monitoring")
        assert seen == [(0, "by_person")]
    finally:
        world.admin.call("spar.connection", "action_resume", [world.connection])


def test_nothing_personal_is_in_them(world, monitor, flood):
    flood.register(2)
    flood.expect_newest()
    told = " ".join(
        row[0] for view in VIEWS for row in monitor.rows(f"SELECT t.*::text FROM {view} t")
    )
    for ref, addresses in flood.addresses.items():
        for word in (ref, *(address.kept for address in addresses)):
            assert word not in told


@pytest.mark.parametrize("view", VIEWS)
def test_the_documentation_has_every_column(monitor, view):
    text = DOCS.read_text()
    columns = _columns(monitor, view)
    section = text.partition(f"## `{view}`")[2].partition("\n## ")[0]
    named = [
        name
        for line in section.splitlines()
        for name in re.findall(r"`(\w+)`", line.split("|")[1] if line.startswith("| `") else "")
    ]
    assert named == columns
    query = (
        text.partition(f'query: "SELECT * FROM {view}"')[2]
        .partition("query:")[0]
        .partition("```")[0]
    )
    assert re.findall(r"^    - (\w+):", query, re.MULTILINE) == columns
