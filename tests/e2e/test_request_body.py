# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The whole way over wire format ``request-body``: Odoo's workers and a stand-in for SPAR 2.x.

The stand-in checks every signature over the sorted form, keeps a table, and is held to every
recorded answer of 2.1.0 and develop by tests/unit/test_stand_in_spar_2.py.
"""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.helpers.invent import Inventor, bank, mpesa, paypal
from tests.helpers.spar_2 import open_spar_2
from tests.stand_in_spar_2_table import Row


@pytest.fixture(scope="module")
def spar(world):
    """The stand-in, and the connection to it."""
    with open_spar_2(world, Inventor("E2E2")) as spar:
        yield spar


@pytest.fixture(autouse=True)
def healthy(spar):
    """Each test starts with a connection that runs."""
    if spar.state()["state"] != "running":
        spar.world.admin.call("spar.connection", "action_resume", [spar.connection])


def _outside(world, partner, address):
    """A row by the outside role; another registrant's address wakes the dispatcher up."""
    vals = {"partner_id": partner, **address.parts}
    names, marks = ", ".join(vals), ", ".join(["%s"] * len(vals))
    return world.outside.value(
        f"INSERT INTO spar_submission ({names}) VALUES ({marks}) RETURNING id", *vals.values()
    )


def test_the_connection_proves_itself(world, spar):
    said = world.admin.call("spar.connection", "action_test_connection", [spar.connection])
    assert said["params"]["type"] == "success", said["params"]["message"]


def test_every_kind_is_linked_changed_and_removed(spar):
    kinds = (bank, mpesa, paypal)
    first = [draw() for draw in kinds]
    people = spar.register(*first)
    spar.expect({ref: address for (ref, _), address in zip(people, first, strict=True)})
    # Each to another kind than it was.
    second = [draw() for draw in (*kinds[1:], kinds[0])]
    rows = [
        spar.submit(partner, address) for (_, partner), address in zip(people, second, strict=True)
    ]
    spar.expect({ref: address for (ref, _), address in zip(people, second, strict=True)})
    assert [spar.wait_for(row, "done")[2] for row in rows] == [0, 0, 0]
    for (_, partner), address in zip(people, second, strict=True):
        spar.submit(partner, address, operation="remove")
    spar.expect({ref: None for ref, _ in people})


def test_quick_changes_end_with_the_newest(spar):
    people = spar.register(*(mpesa() for _ in range(5)))
    newest = {}
    for draw in (bank, paypal, mpesa, bank):
        for ref, partner in people:
            newest[ref] = draw()
            last = spar.submit(partner, newest[ref])
    spar.expect(newest)
    spar.wait_for(last, "done")
    links = sum(count for op, count in spar.table.seen if op == "link")
    assert links >= 5
    assert {op for op, _ in spar.table.seen} >= {"link", "update", "resolve"}


def test_a_change_by_self_service_is_held_then_released(world, spar):
    [(ref, partner)] = spar.register(mpesa())
    row = _outside(world, partner, changed := paypal())
    spar.register(mpesa())
    assert spar.wait_for(row, "held")[1] == "policy_change"
    assert spar.held(ref) != spar.fa(changed)
    world.officer.call("spar.submission", "action_release", [row])
    spar.expect({ref: changed})
    spar.wait_for(row, "done")


def test_what_others_put_there_is_a_conflict(world, spar):
    """Of two ids that SPAR maps already: ours is sent over one, SPAR's is kept for the other."""
    ours, theirs = (bank(), mpesa()), (paypal(), mpesa())
    rows = [spar.invent.registrant(company_id=spar.company) for _ in ours]
    info = {"paypal": [{"strategy_id": 3}], "mpesa": [{"strategy_id": 4}]}
    for row, address, strategies in zip(rows, theirs, info.values(), strict=True):
        spar.table.rows[row["ref"]] = Row(spar.fa(address), additional_info=strategies)
    vals = [{**row, **address.parts} for row, address in zip(rows, ours, strict=True)]
    partners = world.admin.create("res.partner", vals)
    found = [
        world.admin.find("spar.submission", [("partner_id", "=", partner)], "id")[0]["id"]
        for partner in partners
    ]
    for row in found:
        spar.wait_for(row, "conflict")
    assert [spar.held(row["ref"]) for row in rows] == [spar.fa(address) for address in theirs]
    world.officer.call("spar.submission", "action_send_ours", [found[0]])
    world.officer.call("spar.submission", "action_keep_spars", [found[1]])
    spar.expect({rows[0]["ref"]: ours[0], rows[1]["ref"]: theirs[1]})
    spar.wait_for(found[0], "done")
    spar.wait_for(found[1], "cancelled")


def _unknown(spar):
    """No such partner: 500, for whatever is signed."""
    spar.partners.keys = {}


def _foreign(spar):
    """Another certificate is registered: 200 and an error."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    spar.partners.keys = dict.fromkeys(spar.partners.keys, [other])


def _no_keymanager(spar):
    """SPAR cannot have the signature checked: 500."""
    spar.partners.up = False


def _dead_database(spar):
    """200 and an error for whatever is asked."""
    spar.table.up = False


def _away(spar):
    """Nothing listens."""
    spar.stop()


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        (_unknown, ["G2P-REQ-100"]),
        (_foreign, ["rjct.request.validation", "rjct.jwt.invalid"]),
        (_no_keymanager, ["G2P-REQ-100"]),
        (_dead_database, ["rjct.internal.error"]),
        (_away, ["connection_refused"]),
    ],
    ids=["unknown-partner", "foreign-key", "keymanager-away", "database-away", "spar-away"],
)
def test_trouble_burns_no_attempt_and_resumes_by_itself(spar, fault, codes):
    [(known, partner)] = spar.register(before := mpesa())
    spar.expect({known: before})
    fault(spar)
    try:
        row = spar.submit(partner, changed := bank())
        [(new, _)] = spar.register(first := paypal())
        spar.wait_for_reason(*codes)
        assert (spar.held(known), spar.held(new)) == (spar.fa(before), None)
        assert spar.wait_for(row, "pending")[2] == 0, "an attempt was burned"
    finally:
        spar.partners.up = spar.table.up = True
        spar.register_key()
        if fault is _away:
            spar.start()
    spar.expect({known: changed, new: first}, timeout=90)
    assert spar.wait_for(row, "done")[2] == 0
    assert spar.state()["state"] == "running"
