# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Breaking things: processes, connections, requests, keys, queue and clocks."""

import contextlib
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from random import Random

import psycopg2
import requests

from tests.helpers import faults, parts
from tests.helpers.faults import Exchange, Fault
from tests.helpers.rpc import RpcError
from tests.helpers.world import World, certificate_path
from tests.stack import processes, shell
from tests.stack.errors import StackError

from .wire import Wire

#: {kind of fault: weight}. Those of a request meet one of the next requests that write.
REQUESTS: dict[str, int] = {
    "cut_before": 8,
    "cut_after": 8,
    "server_error": 5,
    "spar_error": 5,
    "error_after": 6,
    "html": 3,
    "truncated": 4,
    "broken_off": 4,
    "empty": 4,
    "duplicate": 6,
    "drip": 2,
    "slow": 8,
    "late": 10,
}
#: A worker, SPAR or PostgreSQL dies when SPAR has done it, and before we know.
BETWEEN = {"worker_between": 5, "spar_between": 1, "backend_between": 2, "postgres_between": 0.3}
PARTS = {
    "one_worker": 6,
    "all_workers": 2,
    "runner": 2,
    "odoo": 0.7,
    "spar": 1.2,
    "postgres": 0.5,
    "postgres_immediate": 0.5,
    "backend": 1.5,
    "sessions": 4,
    "frozen_worker": 1,
    "frozen_spar": 2,
}
REST = {"new_key": 1.5, "pause": 2, "lost_jobs": 2, "batch_size": 3}
#: The database's clock, as the addon knows it: by the times it wrote down.
CLOCK = {"leases_over": 3, "clock_ahead": 1, "clock_back": 1}
KINDS: dict[str, float] = {
    **REQUESTS,
    **BETWEEN,
    **PARTS,
    **REST,
    **CLOCK,
}

#: Seconds. Together less than the time a request may be in flight, else its lateness is nobody's
#: promise; a frozen worker outlives its lease.
LATE, FROZEN_SPAR, FROZEN_WORKER = 6.0, 2.5, 26.0
#: What is compared with the database's clock.
_TIMES = {
    "spar_submission": ("due_at", "lease_until", "suspect_until", "recheck_at"),
    "spar_connection": ("probe_at", "paused_since"),
}
#: What a statement or a call meets while something is down.
_DOWN = (psycopg2.Error, requests.RequestException, RpcError)


class Breaker:
    """Does what it is told, one fault after the other.

    :ivar done: {kind: how often}
    :ivar missed: {kind: how often it found nothing to break}
    """

    def __init__(self, world: World, wire: Wire, seed: int):
        self.world, self.wire = world, wire
        self._rng = Random(f"faults {seed}")
        self._seed = seed
        self.done: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self._later: list[threading.Timer] = []
        self._usual = world.state("batch_size")["batch_size"]

    def break_(self, kind: str, place: int) -> None:
        """One fault.

        :param place: its number in the unshortened plan, from which its details are drawn
        """
        self._rng = Random(f"{self._seed} {place}")
        try:
            if kind in REQUESTS or kind in BETWEEN:
                operation = self._rng.choice(("link", "update", "update", "update", "unlink", ""))
                self.wire.once(self._request_fault(kind), operation)
            else:
                getattr(self, f"_{kind}")()
        except (*_DOWN, StackError):
            # Something else is down already: that is breakage enough, but not this one.
            self.missed[kind] += 1
        else:
            self.done[kind] += 1

    def mend(self) -> None:
        """Everything is up again, nothing is frozen, no request meets a fault any more."""
        self.wire.clear()
        for timer in self._later:
            timer.join()
        up()

    def _request_fault(self, kind: str) -> Fault:
        if kind == "slow":
            return faults.delay(self._rng.uniform(0.2, 3))
        if kind == "late":
            return self.wire.late(self._rng.uniform(0.5, LATE))
        if kind.endswith("_between"):
            return _then(getattr(self, f"_{kind.removesuffix('_between')}", self._one_worker))
        return getattr(faults, kind)

    def _one_worker(self) -> None:
        self._kill(self._rng.choice(parts.workers()))

    _worker = _one_worker

    def _all_workers(self) -> None:
        parts.kill_workers()

    def _runner(self) -> None:
        self._kill(parts.runner())

    def _odoo(self) -> None:
        parts.kill("odoo")
        self._soon(2, up)

    def _spar(self) -> None:
        parts.kill("spar")
        self._soon(3, up)

    def _postgres(self) -> None:
        parts.kill("postgres")
        self._soon(1, up)

    def _postgres_immediate(self) -> None:
        """What ``pg_ctl stop -m immediate`` does."""
        pid = processes.running("postgres")
        if pid:
            processes.send(pid, signal.SIGQUIT)
        self._soon(1, up)

    def _backend(self) -> None:
        """One server process dies: PostgreSQL ends all sessions and recovers by itself."""
        pids = self.world.ledger.rows(
            "SELECT pid FROM pg_stat_activity WHERE datname IS NOT NULL "
            "AND pid <> pg_backend_pid() ORDER BY pid"
        )
        self._kill(self._rng.choice(pids)[0])

    def _sessions(self) -> None:
        """All of Odoo's connections end, as when a pooler or a firewall drops them."""
        self.world.ledger.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = current_user AND pid <> pg_backend_pid()"
        )

    def _frozen_worker(self) -> None:
        """A worker stands still for longer than its lease, and then goes on as if nothing was."""
        self._freeze(self._rng.choice(parts.workers()), FROZEN_WORKER)

    def _frozen_spar(self) -> None:
        for pid in processes.members("spar"):
            self._freeze(pid, FROZEN_SPAR)

    def _new_key(self) -> None:
        """Rotation: a new key is made, and seconds later SPAR knows that one and no other."""
        connection = self.world.connection
        self.world.client().call("spar.connection", "action_generate_key", [connection])
        self._soon(3, lambda: _patiently(lambda: register_next(self.world)))

    def _pause(self) -> None:
        admin = self.world.client()
        admin.call("spar.connection", "action_pause", [self.world.connection])
        self._soon(3, lambda: _patiently(lambda: resume(self.world)))

    def _lost_jobs(self) -> None:
        """The queue forgets what waits in it: only the sweeper is left."""
        self.world.ledger.run("DELETE FROM queue_job WHERE state IN ('pending', 'enqueued')")

    def _leases_over(self) -> None:
        """Only the leases end early: their workers are still at it."""
        self.world.ledger.run(
            "UPDATE spar_submission SET lease_until = (now() AT TIME ZONE 'UTC') "
            "WHERE state = 'sending'"
        )

    def _clock_ahead(self) -> None:
        self.wire.clock_jumped()
        self._move_times(-self._rng.uniform(30, 3600))

    def _clock_back(self) -> None:
        self._move_times(self._rng.uniform(1, 20))

    def _move_times(self, seconds: float) -> None:
        """The clock jumped: so much earlier, or later, lies what is due."""
        for table, columns in _TIMES.items():
            moved = ", ".join(f"{name} = {name} + make_interval(secs => %s)" for name in columns)
            some = " OR ".join(f"{name} IS NOT NULL" for name in columns[1:])
            statement = f"UPDATE {table} SET {moved} WHERE {some} OR state = 'pending'"
            self.world.ledger.run(statement, *[seconds] * len(columns))

    def _batch_size(self) -> None:
        """A manager tries small batches, and puts the number back."""
        self._set_batch_size(self._rng.choice((1, 7, 20)))
        self._soon(5, lambda: _patiently(lambda: self._set_batch_size(self._usual)))

    def _set_batch_size(self, size: int) -> None:
        self.world.client().write("spar.connection", self.world.connection, {"batch_size": size})

    @staticmethod
    def _kill(pid: int) -> None:
        processes.send(pid, signal.SIGKILL)

    def _freeze(self, pid: int, seconds: float) -> None:
        processes.send(pid, signal.SIGSTOP)
        self._soon(seconds, lambda: processes.send(pid, signal.SIGCONT), exactly=True)

    def _soon(self, seconds: float, work: Callable[[], object], exactly: bool = False) -> None:
        wait = seconds if exactly else self._rng.uniform(0, seconds)
        timer = threading.Timer(wait, work)
        timer.daemon = True
        self._later.append(timer)
        timer.start()


def _then(kill: Callable[[], None]) -> Fault:
    """SPAR does it, something dies, and the connection breaks before the answer."""

    def dies_between(exchange: Exchange) -> None:
        exchange.forward()
        with contextlib.suppress(*_DOWN, StackError):
            kill()
        exchange.cut()

    return dies_between


def up() -> None:
    """Bring up what is down; what it says goes to ``.stack/log/torture.log``."""
    words = [sys.executable, "-m", "tests.stack", "up"]
    cure = "See .stack/log/torture.log."
    _patiently(lambda: shell.run(words, "Bringing the stack up", cure=cure, log="torture"))


def register_next(world: World) -> None:
    """SPAR's administrator replaces the certificate by the next key's, or the active one's."""
    domain = [("connection_id", "=", world.connection), ("state", "in", ("next", "active"))]
    keys = world.client().find("spar.key", domain, "state", "certificate")
    newest = max(keys, key=lambda key: key["state"] == "next")
    target = certificate_path(world)
    draft = target.with_suffix(".new")
    draft.write_text(newest["certificate"])
    draft.replace(target)


def resume(world: World) -> None:
    """As a manager does by the button."""
    world.client().call("spar.connection", "action_resume", [world.connection])


def _patiently(work: Callable[[], object], seconds: float = 180) -> None:
    """Until it works: what it needs may have been killed meanwhile."""
    until = time.monotonic() + seconds
    while True:
        try:
            work()
            return
        except (*_DOWN, StackError):
            if time.monotonic() > until:
                raise
            threading.Event().wait(0.5)
