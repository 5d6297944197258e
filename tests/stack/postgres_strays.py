# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a killed postmaster leaves behind: its children, and its lock files.

The children are known by their command lines, which everybody may read. Their working directories
would tell as well, but in a container root is often not allowed to read another user's.
"""

import signal
from pathlib import Path

from . import paths, ports, processes
from .say import say
from .shell import wait_until

NAME = "postgres"
_CLUSTER = f"g2p_spar_sync-{paths.CHECKOUT_ID}"
#: Arguments of the server: each of its children carries the name in its title.
NAMED = ("-c", f"cluster_name={_CLUSTER}")
_SHARED_MEMORY = Path("/proc/sysvipc/shm")


def end_strays(home: Path) -> None:
    """End what works in the cluster of a killed postmaster, and remove its stale lock files.

    Does nothing while the postmaster runs.

    :param home: the cluster's folder, with ``data`` and ``socket`` in it.
    :raises StackError: something still uses the cluster's shared memory after 30 seconds.
    """
    if processes.running(NAME):
        return
    data = home / "data"
    strays = [pid for pid in processes.all_pids() if _works_for(pid, data)]
    if strays:
        say("Ending what an earlier postgres left behind")
        for pid in strays:
            processes.send(pid, signal.SIGQUIT)
    wait_until(
        lambda: not _attached(data),
        30,
        f"What an earlier postgres left behind did not end (of pids {strays})",
        "Kill it: 'ps -C postgres' lists it.",
    )
    # Nobody works in the data folder: its lock files are stale. The server itself would not see
    # that while a killed postmaster is a zombie that nobody has waited for (containers without an
    # init).
    _lock(data).unlink(missing_ok=True)
    for sockets in (home / "socket", outside() / "socket"):
        (sockets / f".s.PGSQL.{ports.port_of(NAME)}.lock").unlink(missing_ok=True)


def outside() -> Path:
    """Where a cluster lies whose user cannot reach ``.stack``."""
    return Path("/var/tmp") / _CLUSTER


def _works_for(pid: int, data: Path) -> bool:
    """Whether a process is a server of ours, or its child (just forked, it still says the same)."""
    line = processes.command_line(pid)
    return f"-D {data} " in line or line.startswith(f"postgres: {_CLUSTER}: ")


def _attached(data: Path) -> bool:
    """Whether a process still has the cluster's shared memory: beside it no server would start.

    One that is ending has no command line any more and may hold it still.
    """
    lock = _lock(data).read_text().splitlines() if _lock(data).exists() else []
    if len(lock) < 7:
        return False  # no server came so far as to make any
    _key, wanted = lock[6].split()
    names, *segments = (line.split() for line in _SHARED_MEMORY.read_text().splitlines())
    found = [dict(zip(names, segment, strict=False)) for segment in segments]
    return any(entry["shmid"] == wanted and entry["nattch"] != "0" for entry in found)


def _lock(data: Path) -> Path:
    return data / "postmaster.pid"
