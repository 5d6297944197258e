# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A real copy of the registry's database, with open rows in it, and SPAR within its reach."""

from xmlrpc.client import ServerProxy

import pytest

from tests.helpers import odoo_command
from tests.helpers.arrivals import wait_until
from tests.helpers.copies import copy_of, copy_of_the_registry
from tests.stack import postgres

COPY, NEUTRALIZED = "registry_copy", "registry_neutralized"

#: Every button and job that asks SPAR or sends to it; the copy believes that it is running.
EVERYTHING = """
env.cr.execute("UPDATE spar_connection SET state = 'running', paused_reason = NULL")
env.cr.commit()  # The worker has a cursor of its own.
env.invalidate_all()
me = env(user=env.ref('base.user_admin').id)
connection = me['spar.connection'].search([], limit=1)
partner = me['res.partner'].browse({partner})
said = {{'test': connection.action_test_connection()['params']['type']}}
said['panel'] = partner.spar_panel()['state']
said['form'] = partner.spar_change() and 'opened'
env.cr.commit()  # The worker has a cursor of its own.
env.cr.execute("UPDATE spar_connection SET state = 'running', paused_reason = NULL")
env.cr.commit()  # The worker has a cursor of its own.
env['spar.dispatcher']._drain(60)
env.invalidate_all()
said['state'] = connection.state
said['reason'] = connection.paused_reason
return said
"""
CONFIRM = """
me = env(user=env.ref('base.user_admin').id)
connection = me['spar.connection'].search([], limit=1)
connection.action_confirm_database()
env.cr.commit()  # The worker has a cursor of its own.
env['spar.dispatcher']._drain(60)
said = {'reason': connection.paused_reason}
connection.reconcile_rate = 1_000_000
env.cr.commit()  # The worker has a cursor of its own.
for _turn in range(10):
    env['spar.reconciler']._work(30)
    env.cr.commit()  # The next look needs a new snapshot.
    env.invalidate_all()
    if not connection.restored_to:
        break
connection.action_resume()
# A dump that was restored may be older than SPAR: what it would have sent waits for a person.
me['spar.channel'].search([]).sudo().second_person = False
held = me['spar.submission'].search([('hold_reason', '=', 'restored')])
said['held'] = len(held)
held.action_release()
env.cr.commit()  # The worker has a cursor of its own.
env['spar.dispatcher']._drain(60)
return said
"""
STATE = """
connection = env['spar.connection'].search([], limit=1)
return {'state': connection.state, 'reason': connection.paused_reason,
        'waits': env['spar.submission'].search_count([('state', '=', 'pending')])}
"""


@pytest.fixture
def copy(world, proxy, flood):
    """A copy of the running registry's database; both are paused, over the open rows."""
    flood.register(3)
    flood.expect_newest()
    world.admin.call("spar.connection", "action_pause", [world.connection])
    flood.change()
    wait_until(lambda: flood.open() == 3, "The changes do not wait")
    try:
        with copy_of_the_registry(world, COPY) as name:
            yield name
    finally:
        world.admin.call("spar.connection", "action_resume", [world.connection])


def test_a_copy_sends_and_asks_nothing_until_a_manager_says_so(world, proxy, flood, copy):
    partner = next(iter(flood.partners.values()))
    everything = EVERYTHING.format(partner=partner)
    seen, changes = list(proxy.seen), world.spar.audit(flood.refs)
    assert odoo_command.evaluate(copy, everything) == {
        "test": "danger",
        "panel": "unreachable",
        "form": "opened",
        "state": "paused",
        "reason": "database_copied",
    }
    assert proxy.seen == seen, "the copy called SPAR"
    assert world.spar.audit(flood.refs) == changes

    with copy_of(copy, NEUTRALIZED) as neutralized:
        odoo_command.run(neutralized, "neutralize")
        waits = odoo_command.evaluate(neutralized, STATE)
        assert (waits["state"], waits["reason"]) == ("paused", "neutralized")
        assert waits["waits"] >= 3
        said = odoo_command.evaluate(neutralized, everything)
        assert (said["state"], said["test"]) == ("paused", "danger")
    assert proxy.seen == seen, "the neutralized copy called SPAR"

    said = odoo_command.evaluate(copy, CONFIRM)
    assert said["reason"] == "restored"
    assert said["held"] >= 3
    assert len(proxy.seen) > len(seen), "nothing would have called SPAR: it tested nothing"
    assert len(world.spar.audit(flood.refs)) == len(changes) + 3
    world.admin.call("spar.connection", "action_resume", [world.connection])
    flood.expect_newest()
    flood.expect_every_change_in_order()


@pytest.fixture
def silent_server(world):
    """A PostgreSQL that does not tell an ordinary role which server it is."""
    database, of_all = world.endpoints["odoo_db"], "FUNCTION pg_control_system() {} PUBLIC"
    # To what is set up already this is another server.
    world.admin.call("spar.connection", "action_pause", [world.connection])
    postgres.sql(f"REVOKE EXECUTE ON {of_all.format('FROM')}", database)
    yield
    postgres.sql(f"GRANT EXECUTE ON {of_all.format('TO')}", database)
    world.admin.call("spar.connection", "action_resume", [world.connection])


def test_a_connection_is_read_by_xml_rpc_where_the_server_does_not_say_which_it_is(
    world, silent_server
):
    vals = {"name": "Silent", "sender_id": "silent", "base_url": world.endpoints["spar_url"]}
    connection = world.admin.create("spar.connection", vals)
    ends = world.endpoints
    try:
        with ServerProxy(f"{ends['odoo_url']}/xmlrpc/2/object") as odoo:
            [said] = odoo.execute_kw(
                ends["odoo_db"],
                world.admin.uid,
                ends["odoo_password"],
                "spar.connection",
                "read",
                [[connection], ["home_database", "database_copied"]],
            )
    finally:
        world.admin.call("spar.connection", "unlink", [connection])
    assert said["home_database"]["cluster"] == ""
    assert said["database_copied"] is False
