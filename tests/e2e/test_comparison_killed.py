# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""kill -9 in the middle of a comparison and of what follows it: found once, sent once."""

import pytest

from tests.helpers import parts
from tests.helpers.arrivals import wait_until
from tests.helpers.invent import mpesa

#: Of each: lost at SPAR, changed at SPAR, and as it was.
EACH = 60
#: Registrants in a minute: slow enough to be killed in the middle.
RATE = 2_400


@pytest.fixture
def slow(world, quick):
    """Small batches at a modest rate."""
    before = world.state("reconcile_rate")["reconcile_rate"]
    world.configure(batch_size=10, reconcile_rate=RATE)
    yield
    world.configure(reconcile_rate=before)


def _strike(victim):
    if victim == "workers":
        parts.kill_workers()
    else:
        parts.kill(victim)
        parts.up()


def _wait_for(world, run, state, done=0):
    wait_until(
        lambda: world.ledger.value(
            "SELECT true FROM spar_reconciliation WHERE id = %s AND state = %s AND done >= %s",
            run,
            state,
            done,
        ),
        f"The comparison did not become {state}",
        180,
    )


def _lose_and_change(world, refs):
    """SPAR loses a third of the ids, and somebody else writes another. Returns the lost ones."""
    lost, changed = refs[:EACH], refs[EACH : 2 * EACH]
    world.spar.run("DELETE FROM id_fa_mappings WHERE id_value = ANY(%s)", lost)
    strange = mpesa().fa(world.names)
    world.spar.run(
        "UPDATE id_fa_mappings SET fa_value = %s WHERE id_value = ANY(%s)", strange, changed
    )
    return lost


@pytest.mark.parametrize("victims", [("workers", "postgres"), ("odoo", "spar")])
def test_killed_while_it_compares_and_while_it_sends(world, slow, flood, victims):
    flood.register(3 * EACH)
    flood.expect_newest()
    lost = _lose_and_change(world, flood.refs)
    before = max(change.seq for change in world.spar.audit(flood.refs))
    partners = list(flood.partners.values())
    chosen = {"active_model": "res.partner", "active_ids": partners}
    wizard = world.admin.create("spar.compare.wizard", {"resend": True}, context=chosen)
    [(_field, _in, [run])] = world.admin.call(
        "spar.compare.wizard", "action_start", [wizard], context=chosen
    )["domain"]

    _wait_for(world, run, "running", EACH)
    _strike(victims[0])
    _wait_for(world, run, "done", 3 * EACH)
    found = world.ledger.rows(
        "SELECT kind, count(*), count(DISTINCT spar_id) FROM spar_reconciliation_line "
        "WHERE run_id = %s GROUP BY kind ORDER BY kind",
        run,
    )
    assert found == [("elsewhere", EACH, EACH), ("missing", EACH, EACH)]

    world.officer.call("spar.reconciliation", "action_send_all", [run])
    _wait_for(world, run, "running", EACH // 3)
    _strike(victims[1])
    _wait_for(world, run, "done", EACH)
    wait_until(lambda: set(world.spar.mapping(lost)) == set(lost), "Not all were sent again", 90)
    wait_until(lambda: flood.open() == 0, "Submissions stayed open", 90)
    wanted = {ref: flood.addresses[ref][-1].fa(world.names) for ref in lost}
    assert world.spar.mapping(lost) == wanted
    again = world.spar.audit(flood.refs, after=before)
    assert sorted((c.operation, c.spar_id) for c in again) == [("link", ref) for ref in lost]
