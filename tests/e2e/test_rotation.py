# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Signing keys change while submissions flow: nothing waits, nothing is lost or out of order.

SPAR's Keymanager keeps one certificate of a partner, so from the moment in which its administrator
registers another one, SPAR refuses every signature by the key before.
"""

import threading
from contextlib import contextmanager

import pytest
import requests

from tests.helpers.arrivals import wait_until
from tests.helpers.rpc import RpcError
from tests.helpers.world import give_certificate, register_certificate
from tests.stack import paths

WAITED = "waits for SPAR"
REFUSED = "the signature does not match"


@contextmanager
def flowing(world, flood):
    """Every registrant's address changes over and over; an error of it is the test's."""
    over, errors = threading.Event(), []

    def flow():
        try:
            while not over.is_set():
                flood.change()
        except RpcError as error:
            errors.append(error)

    thread = threading.Thread(target=flow)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(60)
    assert not errors


def arrives(flood, count=15):
    """So many more changes reach SPAR."""
    goal = flood.arrived() + count
    wait_until(lambda: flood.arrived() >= goal, "The flow stands still", 60)


def logged(part, words, since):
    """How often ``words`` stand in a part's log after ``since`` characters."""
    return (paths.LOGS / f"{part}.log").read_text(errors="replace")[since:].count(words)


def length(part):
    return len((paths.LOGS / f"{part}.log").read_text(errors="replace"))


def keys(world):
    """{state: key} of the connection; of retired ones the newest."""
    domain = [("connection_id", "=", world.connection)]
    found = world.admin.find("spar.key", domain, "state", "kid", "certificate", order="id")
    return {key["state"]: key for key in found}


def make_key(world, **vals):
    """As the manager's browser does it."""
    admin, waiting = world.admin, keys(world).get("next")
    if waiting:
        admin.call("spar.key", "action_retire", [waiting["id"]])
    form = admin.create("spar.key.wizard", {"connection_id": world.connection, **vals})
    said = admin.call("spar.key.wizard", "action_make", [form])
    assert said["type"] == "ir.actions.act_window_close", said
    return keys(world)["next"]


@pytest.fixture
def registered(world):
    """Whatever a test leaves, SPAR knows the key that signs."""
    yield
    register_certificate(world)


def test_keys_change_while_submissions_flow(world, quick, flood, invent, registered):
    flood.register(5)
    flood.expect_newest()
    since = {part: length(part) for part in ("odoo", "keymanager")}
    with flowing(world, flood):
        arrives(flood)
        for turn in range(3):
            before = keys(world)["active"]
            new = make_key(world, bits="2048", lifetime=6, lifetime_unit="months")
            arrives(flood)
            give_certificate(world, new["certificate"])
            if turn == 1:  # Nobody presses the button in the others: SPAR knows the key, it signs.
                world.admin.call("spar.key", "action_start_signing", [new["id"]])
            wait_until(
                lambda new=new: keys(world)["active"]["id"] == new["id"],
                "The new key does not sign",
            )
            assert keys(world)["retired"]["id"] == before["id"]
            arrives(flood)
    flood.expect_newest()
    flood.expect_every_change_in_order()
    states = flood.states()
    assert {(state, attempts) for state, _reason, attempts in states} == {("done", 0)}
    assert not logged("odoo", WAITED, since["odoo"]), "the connection waited"
    delayed = world.ledger.value(
        "SELECT count(*) FROM spar_event WHERE kind = 'delayed' AND partner_id = ANY(%s)",
        list(flood.partners.values()),
    )
    assert not delayed
    refused = logged("keymanager", REFUSED, since["keymanager"])
    print(f"\n{len(states)} submissions, 3 rotations, {refused} requests signed a second time")
    assert refused <= 12, "more than one for each worker and rotation"


def test_a_verifier_of_the_jwks_address_knows_every_key_in_time(world, registered):
    url = world.state("jwks_url")["jwks_url"]
    url = world.endpoints["odoo_url"] + "/spar/" + url.partition("/spar/")[2]
    headers = {"X-Odoo-Database": world.endpoints["odoo_db"]}

    def kids():
        answer = requests.get(url, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return [key["kid"] for key in answer.json()["keys"]]

    old = keys(world)["active"]
    assert old["kid"] in kids()
    new = make_key(world)
    assert {old["kid"], new["kid"]} <= set(kids())
    give_certificate(world, new["certificate"])
    world.admin.call("spar.key", "action_start_signing", [new["id"]])
    assert {old["kid"], new["kid"]} <= set(kids())
    assert requests.get(url.replace("/spar/", "/spar/x"), timeout=10).status_code == 404
