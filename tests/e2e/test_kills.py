# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""kill -9 in the middle of 200 submissions: nothing is lost, nothing comes out of order."""

import os
import subprocess
import sys
import threading

import pytest

from tests.helpers import parts
from tests.helpers.arrivals import wait_until
from tests.stack import paths, postgres

REGISTRANTS, CHANGES = 50, 3
#: Keeps a backend of PostgreSQL at work, so that it does not notice that its postmaster was killed.
BUSY = "SELECT count(*) FROM generate_series(1, 100000000) n"
#: Root as containers have it: it may end another user's processes, but not look into them.
CONTAINER = ("setpriv", "--bounding-set", "-sys_ptrace") if os.geteuid() == 0 else ()


@pytest.mark.parametrize("victim", ["workers", "odoo", "spar", "postgres"])
def test_killed_in_the_middle(world, quick, flood, victim):
    """200 submissions in four transactions; the kill comes after a quarter of them arrived."""
    world.configure(batch_size=20)
    flood.register(REGISTRANTS).change(CHANGES)
    total = REGISTRANTS * (CHANGES + 1)
    wait_until(lambda: flood.arrived() >= total // 4, "A quarter did not arrive", 60)
    if victim == "workers":
        parts.kill_workers()
    else:
        parts.kill(victim)
        parts.up()
    assert flood.arrived() < total, "everything had arrived before the kill: it tested nothing"
    flood.expect_newest(timeout=120)
    flood.expect_every_change_in_order()
    assert {state for state, *_ in flood.states()} == {"done"}


def test_killed_between_spars_answer_and_the_commit(world, proxy, flood):
    """SPAR has done it, and nobody is left to note it: it is found out, not done twice."""
    flood.register(10)
    flood.expect_newest()
    handed_in, killed = threading.Event(), threading.Event()

    def kill_before_the_answer(exchange):
        exchange.forward()
        handed_in.wait(30)
        parts.kill_workers()
        killed.set()
        exchange.cut()

    proxy.once(kill_before_the_answer, "update")
    flood.change()
    handed_in.set()
    assert killed.wait(30), "no update came: it tested nothing"
    flood.expect_newest(timeout=90)
    flood.expect_every_change_in_order()
    changes = world.spar.audit(flood.refs)
    assert len(changes) == 20, "something was written to SPAR twice"


def test_postgres_starts_beside_what_its_killed_postmaster_left(world):
    at_work = subprocess.Popen(
        ["psql", "--dbname", "spar", "--command", BUSY],
        env=postgres.client_env("spar"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    asked = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = %s"
    wait_until(lambda: world.spar.value(asked, BUSY), "The query did not begin", 30)
    parts.kill("postgres")
    again = subprocess.run(
        [*CONTAINER, sys.executable, "-m", "tests.stack", "up"],
        cwd=paths.CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    at_work.communicate()
    assert again.returncode == 0, again.stdout + again.stderr
    assert at_work.returncode, "the query ended before the kill: it tested nothing"
