# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Updating the addon while it works, from an older schema, and uninstalling it."""

import pytest

from tests.helpers import odoo_command
from tests.helpers.arrivals import wait_until
from tests.helpers.copies import copy_of_the_registry
from tests.helpers.databases import Database
from tests.stack import postgres

ADDON = "g2p_spar_sync"
ROLES = ("spar_selfservice", "spar_monitor")
REGISTRANTS, CHANGES = 100, 3

#: What the database keeps for the addon: {kind: query of names}.
KEPT = {
    "triggers": "SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger "
    "WHERE tgname LIKE 'spar!_%%' ESCAPE '!' AND NOT tgisinternal",
    "functions": "SELECT proname FROM pg_proc WHERE proname LIKE 'spar!_%%' ESCAPE '!'",
    "relations": "SELECT relname FROM pg_class WHERE relname LIKE 'spar!_%%' ESCAPE '!' "
    "AND relkind IN ('r', 'v', 'S', 'i')",
    "columns": "SELECT table_name || '.' || column_name FROM information_schema.columns "
    "WHERE column_name LIKE 'spar!_%%' ESCAPE '!' OR table_name = 'spar_submission'",
    "grants": "SELECT grantee || ' ' || privilege_type || ' ' || table_name || '.' || column_name "
    "FROM information_schema.column_privileges WHERE grantee IN %(roles)s "
    "UNION SELECT r.rolname || ' depends on ' || d.objid::regclass "
    "FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid AND r.rolname IN %(roles)s "
    "JOIN pg_database b ON b.oid = d.dbid AND b.datname = current_database() "
    "WHERE d.classid = 'pg_class'::regclass",
}
#: What Odoo keeps for it.
IN_ODOO = {
    "ir_model": "SELECT model FROM ir_model WHERE model LIKE 'spar.%%'",
    "ir_model_fields": "SELECT model || '.' || name FROM ir_model_fields "
    "WHERE name LIKE 'spar!_%%' ESCAPE '!'",
    # The demo's users have done something by now, so Odoo keeps them.
    "ir_model_data": f"SELECT name FROM ir_model_data WHERE module = '{ADDON}' "
    "AND model NOT IN ('res.users', 'res.partner')",
    "ir_cron": "SELECT c.id::text FROM ir_cron c JOIN ir_act_server a "
    "ON a.id = c.ir_actions_server_id WHERE a.code LIKE '%%_cron_sweep%%'",
    "ir_config_parameter": "SELECT key FROM ir_config_parameter WHERE key LIKE '%%spar%%'",
    "queue_job_channel": "SELECT name FROM queue_job_channel WHERE name = 'spar'",
    "queue_job_function": "SELECT name FROM queue_job_function WHERE name LIKE '%%spar%%'",
    "queue_job": "SELECT uuid FROM queue_job WHERE model_name LIKE 'spar.%%' "
    "AND state NOT IN ('done', 'cancelled')",
    "ir_ui_menu": "SELECT id::text FROM ir_ui_menu WHERE name::text LIKE '%%SPAR%%'",
    "ir_ui_view": "SELECT name FROM ir_ui_view WHERE model LIKE 'spar.%%'",
    "res_groups": "SELECT id::text FROM res_groups WHERE name::text LIKE '%%SPAR%%'",
    "mail_activity": "SELECT id::text FROM mail_activity WHERE res_model LIKE 'spar.%%'",
}
CANCEL = """
officer = env(user=env.ref('base.user_admin').id)
rows = officer['spar.submission'].search(
    [('state', 'in', ('held', 'pending', 'conflict', 'rejected'))])
env.cr.execute("UPDATE spar_submission SET suspect_until = NULL WHERE suspect_until IS NOT NULL")
env.invalidate_all()
rows.action_cancel()
"""
UNINSTALL = f"""
module = env['ir.module.module'].search([('name', '=', '{ADDON}')])
try:
    module.button_immediate_uninstall()
except Exception as error:
    env.cr.rollback()
    return type(error).__name__ + ': ' + str(error)
return 'uninstalled'
"""


def _kept(database, queries):
    """{kind: sorted names}"""
    return {
        kind: sorted(str(name) for (name,) in database.rows_of(query))
        for kind, query in queries.items()
    }


class _Copy(Database):
    """The copy, by the role that owns it."""

    def rows_of(self, query):
        with self.cursor() as cursor:
            cursor.execute(query, {"roles": ROLES})
            return cursor.fetchall()


def _update(database):
    odoo_command.run(database, "server", "-u", ADDON, "--stop-after-init", "--no-http")


@pytest.fixture(scope="module")
def copy(world):
    """A copy of the registry's database, for its owner."""
    world.ledger.run("GRANT SELECT ON spar_monitoring, spar_monitoring_totals TO spar_monitor")
    with copy_of_the_registry(world, "registry_lifecycle") as name:
        yield _Copy(postgres.dsn("odoo", name))


def test_an_update_while_workers_carry(world, quick, flood):
    """Rows that were open before it are carried after it: none lost, none twice, in order."""
    world.configure(batch_size=5)
    flood.register(REGISTRANTS).change(CHANGES)
    total = REGISTRANTS * (CHANGES + 1)
    wait_until(flood.arrived, "Nothing arrived", 60)
    database = _Copy(world.ledger.dsn)
    before = _kept(database, KEPT)
    assert flood.arrived() < total and flood.open(), "all was done before: it tested nothing"
    _update(world.endpoints["odoo_db"])
    assert _kept(database, KEPT) == before
    flood.change()
    flood.expect_newest(timeout=240)
    flood.expect_every_change_in_order()
    assert len(world.spar.audit(flood.refs)) == total + REGISTRANTS, "something was sent twice"
    assert {state for state, *_ in flood.states()} == {"done"}


def test_an_update_from_an_older_schema(world, copy):
    """What an older version lacked is made, and what it had stays."""
    before = _kept(copy, KEPT)
    rows = copy.rows_of("SELECT count(*), max(id) FROM spar_submission")
    copy.run("ALTER TABLE spar_submission DROP COLUMN recheck_at CASCADE")
    copy.run("ALTER TABLE spar_connection DROP COLUMN send_name, DROP COLUMN home_database")
    copy.run("DROP FUNCTION spar_submission_guard CASCADE")
    copy.run("DROP INDEX spar_submission_due_idx, spar_submission_waits_idx")
    assert _kept(copy, KEPT) != before
    _update(copy.value("SELECT current_database()"))
    assert _kept(copy, KEPT) == before
    assert copy.rows_of("SELECT count(*), max(id) FROM spar_submission") == rows
    said = copy.rows_of("SELECT home_database->>'name', send_name IS TRUE FROM spar_connection")
    assert {*said} == {("registry_lifecycle", False)}


def test_uninstalling_waits_for_open_rows_and_leaves_nothing(world, copy, invent):
    name = copy.value("SELECT current_database()")
    partner = copy.value("SELECT partner_id FROM spar_submission ORDER BY id LIMIT 1")
    copy.run(
        "INSERT INTO spar_submission (partner_id, payment_method) VALUES (%s, 'nothing')", partner
    )
    odoo_command.evaluate(name, "env['spar.submission']._judge_new(500)")
    odoo_command.evaluate(name, "env['spar.dispatcher']._enqueue()")
    assert "still open" in odoo_command.evaluate(name, UNINSTALL)
    assert all(_kept(copy, KEPT).values())
    odoo_command.evaluate(name, CANCEL)
    assert odoo_command.evaluate(name, UNINSTALL) == "uninstalled"
    assert _kept(copy, KEPT) == dict.fromkeys(KEPT, [])
    assert _kept(copy, IN_ODOO) == dict.fromkeys(IN_ODOO, [])
    # And the registry goes on: a contact is made and changed as ever.
    odoo_command.evaluate(
        name, "env['res.partner'].create({'name': 'After', 'ref': 'after-1'}).write({'ref': 'b'})"
    )
