# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Doing to the stack's processes what crashes do. Only processes of this checkout's stack."""

import signal
from pathlib import Path

from tests.stack import control, processes
from tests.stack.errors import StackError


def kill(part: str) -> None:
    """SIGKILL to every process of a part's session: of PostgreSQL that is the postmaster alone."""
    processes.kill(part)


def kill_workers() -> int:
    """SIGKILL to Odoo's workers, whatever they do; the master starts new ones. Returns how many."""
    found = workers()
    for pid in found:
        processes.send(pid, signal.SIGKILL)
    return len(found)


def up() -> None:
    """Bring back what is down."""
    control.up([])


def runner() -> int:
    """The pid of queue_job's runner: the worker that hears the database's notifications."""
    log = (Path(processes.paths.LOGS) / "odoo.log").read_text(errors="replace")
    found = 0
    for line in log.splitlines():
        if "jobrunner.runner: database connections ready" in line:
            found = int(line.split()[2])
    if found not in processes.members("odoo"):
        raise StackError("queue_job's runner is not among Odoo's processes.", "See odoo.log.")
    return found


def workers() -> list[int]:
    """The children of Odoo's master process, which is itself the keeper's child.

    :raises StackError: there is none.
    """
    keeper = processes.running("odoo")
    parents = {pid: _parent(pid) for pid in processes.members("odoo")}
    masters = {pid for pid, parent in parents.items() if parent == keeper}
    found = [pid for pid, parent in parents.items() if parent in masters]
    if not found:
        raise StackError("Odoo has no workers.", "See 'python3 -m tests.stack status'.")
    return found


def _parent(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(stat.rpartition(")")[2].split()[1])
