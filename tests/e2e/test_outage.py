# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""SPAR, its Keymanager or the queue away, a wrong key: everything waits, then goes."""

import os
import signal
import time
from datetime import datetime, timedelta, timezone

from spar.keys import generate_key, self_signed_certificate
from tests.helpers import parts
from tests.helpers.arrivals import wait_for_strings, wait_until
from tests.helpers.invent import mpesa
from tests.helpers.world import certificate_path, register_certificate
from tests.stack import control


def _wait_for_reason(world, *reasons):
    def reason():
        said = world.state("state", "paused_reason")
        return said["state"] == "waiting" and said["paused_reason"] in reasons

    wait_until(reason, f"The connection did not wait for {reasons}", 60)


def test_spar_away_burns_no_attempt_and_resumes_by_itself(world, quick, flood):
    flood.register(5)
    flood.expect_newest()
    control.down(["spar"])
    try:
        flood.change(2)
        _wait_for_reason(world, "connection_refused")
        assert [row for row in flood.states() if row[2]] == [], "an attempt was burned"
        assert flood.open() == 10
    finally:
        control.up(["spar"])
    flood.expect_newest(timeout=60)
    flood.expect_every_change_in_order()
    assert world.state("state")["state"] == "running"
    assert {attempts for _state, _reason, attempts in flood.states()} == {0}


def test_keymanager_away_is_the_connections_trouble(world, quick, flood):
    flood.register(3)
    flood.expect_newest()
    control.down(["keymanager"])
    try:
        flood.change()
        wait_until(
            lambda: world.state("state")["state"] == "waiting", "The connection did not wait", 60
        )
        assert {state for state, *_ in flood.states()} <= {"done", "pending", "sending"}
    finally:
        control.up(["keymanager"])
    flood.expect_newest(timeout=90)
    flood.expect_every_change_in_order()


def test_foreign_certificate_waits_until_the_right_one_is_registered(world, quick, flood):
    flood.register(3)
    flood.expect_newest()
    certificate = certificate_path(world)
    now = datetime.now(timezone.utc)
    foreign = self_signed_certificate(generate_key(), "stranger", now, now + timedelta(days=1))
    certificate.write_bytes(foreign)
    try:
        flood.change()
        _wait_for_reason(world, "rjct.jwt.invalid")
        assert {(state, attempts) for state, _reason, attempts in flood.states()[3:]} == {
            ("pending", 0)
        }
    finally:
        register_certificate(world)
    flood.expect_newest(timeout=90)
    flood.expect_every_change_in_order()


def test_sweeper_carries_what_no_runner_wakes_up_for(world, invent):
    """queue_job's runner stands still: the cron, once a minute, carries by itself."""
    runner = parts.runner()
    os.kill(runner, signal.SIGSTOP)
    try:
        row, address = invent.registrant(), mpesa()
        world.admin.create("res.partner", {**row, **address.parts})
        began = time.monotonic()
        wait_for_strings(world, {row["ref"]: address.fa(world.names)}, timeout=90)
        print(f"\nthe sweeper took {time.monotonic() - began:.0f} s")
        started = world.ledger.value(
            "SELECT count(*) FROM queue_job WHERE channel = 'root.spar' AND state = 'started'"
        )
        assert not started, "a job carried it, not the sweeper"
    finally:
        os.kill(runner, signal.SIGCONT)
