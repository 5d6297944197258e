# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The real SPAR takes what a Keymanager signed; without that Keymanager everything waits."""

import pytest

from tests.helpers.arrivals import wait_until
from tests.helpers.keymanager import Keymanager
from tests.helpers.world import certificate_path, register_certificate


@pytest.fixture
def keymanager(world, quick, tmp_path):
    """A Keymanager of the test's own signs; its certificate is registered at SPAR."""
    keymanager = Keymanager(tmp_path)
    try:
        keymanager.generate()
        world.configure(lease_seconds=20, **keymanager.settings())
        _fetch(world)
        yield keymanager
    finally:
        keymanager.kill()
        world.configure(signer="own")
        register_certificate(world)


def _fetch(world):
    """Fetch certificate, then register it at SPAR."""
    said = world.admin.call("spar.connection", "action_fetch_certificate", [world.connection])
    assert said["params"]["type"] == "success", said["params"]["message"]
    pem = world.state("keymanager_certificate")["keymanager_certificate"]
    certificate_path(world).write_text(pem)


def _wait_for_reason(world, reason):
    def waits():
        said = world.state("state", "paused_reason")
        return said["state"] == "waiting" and said["paused_reason"] == reason

    wait_until(waits, f"The connection did not wait for {reason}", 60)


def _attempts(flood):
    return {attempts for _state, _reason, attempts in flood.states()}


def test_spar_takes_what_keymanager_signed(world, keymanager, flood):
    said = world.admin.call("spar.connection", "action_test_connection", [world.connection])
    assert said["params"]["type"] == "success", said["params"]["message"]
    flood.register(3).expect_newest()
    flood.change(2).expect_newest()
    flood.expect_every_change_in_order()
    kids = world.ledger.rows(
        "SELECT DISTINCT e.kid FROM spar_event e JOIN spar_submission s ON s.id = e.submission_id "
        "WHERE e.kind = 'sent' AND s.partner_id = ANY(%s)",
        list(flood.partners.values()),
    )
    assert kids == [(world.state("keymanager_kid")["keymanager_kid"],)]


def test_keymanager_killed_midway_burns_no_attempt_and_resumes_by_itself(world, keymanager, flood):
    flood.register(10)
    flood.change(3)
    wait_until(lambda: flood.arrived() >= 5, "Nothing arrived at SPAR")
    keymanager.kill()
    try:
        _wait_for_reason(world, "keymanager_unreachable")
        assert flood.open() > 0, "it was killed too late to show anything"
        assert _attempts(flood) == {0}, "an attempt was burned"
    finally:
        keymanager.start()
    flood.expect_newest(timeout=90)
    flood.expect_every_change_in_order()
    assert _attempts(flood) == {0}
    assert world.state("state")["state"] == "running"


def test_a_keymanager_that_hangs_does_not_keep_a_lease(world, keymanager, flood):
    flood.register(3).expect_newest()
    arrived = flood.arrived()
    keymanager.hang()
    try:
        flood.change()
        _wait_for_reason(world, "keymanager_silent")
        wait_until(
            lambda: {state for state, *_rest in flood.states()} == {"done", "pending"},
            "A submission stayed on its way",
            20,
        )
        assert flood.arrived() == arrived, "something was sent without a signature"
    finally:
        keymanager.go_on()
    flood.expect_newest(timeout=90)
    flood.expect_every_change_in_order()
    assert _attempts(flood) == {0}


def test_a_key_that_keymanager_renewed_waits_for_a_manager(world, keymanager, flood):
    flood.register(2).expect_newest()
    keymanager.generate(force=True)
    flood.change()
    _wait_for_reason(world, "keymanager_other_key")
    assert _attempts(flood) == {0}
    _fetch(world)
    flood.expect_newest(timeout=90)
    flood.expect_every_change_in_order()
