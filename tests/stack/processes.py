# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Long-running processes: started in a session of their own, found again, stopped with their group.

A pid file is JSON: pid, the kernel's start time of that process (clock ticks since boot) and the
boot id. A pid that was reused by another program is therefore never taken for ours.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from . import paths
from .errors import StackError
from .shell import as_user, child_env, wait_until

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Stat(NamedTuple):
    """What ``/proc/<pid>/stat`` says: state letter, session id, start time in ticks since boot."""

    state: str
    session: int
    started: int


def stat(pid: int) -> Stat | None:
    """The state of a process, or None when there is none with that pid."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return Stat(fields[0], int(fields[3]), int(fields[19]))


def all_pids() -> list[int]:
    """Every process of this machine."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def start(
    name: str,
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    user: str | None = None,
) -> int:
    """Start a process that outlives this one; its output goes to ``.stack/log/<name>.log``.

    :returns: its pid, which is also its session and process group.
    """
    log = paths.LOGS / f"{name}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=child_env(env),
            cwd=cwd or paths.STATE,
            start_new_session=True,
            **as_user(user),
        )
    process.returncode = (
        0  # not ours to wait for: silences the warning of a garbage-collected Popen
    )
    seen = stat(process.pid)
    record = {"pid": process.pid, "started": seen.started if seen else 0, "boot": _boot()}
    paths.write_json(_pid_file(name), record)
    return process.pid


def running(name: str) -> int | None:
    """The pid of a part's leading process if it lives, else None."""
    record = paths.read_json(_pid_file(name))
    if not record or record["boot"] != _boot():
        return None
    seen = stat(record["pid"])
    if seen is None or seen.state == "Z" or seen.started != record["started"]:
        return None
    return record["pid"]


def members(name: str) -> list[int]:
    """All living processes of a part's session, also when the leading one was killed."""
    record = paths.read_json(_pid_file(name))
    if not record or record["boot"] != _boot():
        return []
    found = []
    for pid in all_pids():
        seen = stat(pid)
        if (
            seen
            and seen.session == record["pid"]
            and seen.state != "Z"
            and seen.started >= record["started"]
        ):
            found.append(pid)
    return found


def stop(name: str, *, grace: float = 20.0) -> None:
    """End every process of a part: TERM to the leader, then KILL to what is left of its session.

    :param grace: seconds between the two.
    """
    leader = running(name)
    if leader is not None:
        send(leader, signal.SIGTERM)
        try:
            wait_until(lambda: not members(name), grace, f"{name} did not stop", "")
        except StackError:
            pass  # it has had its time: killed below
    kill(name)
    _pid_file(name).unlink(missing_ok=True)


def kill(name: str) -> None:
    """SIGKILL to all of a part's session; returns once they are dead, for the dying still count."""
    for pid in members(name):
        send(pid, signal.SIGKILL)
    wait_until(
        lambda: not members(name),
        10,
        f"Processes of {name} survived SIGKILL: {members(name)}",
        "They hang in the kernel (a dead disk or network mount); see 'ps -o pid,stat,wchan'.",
    )


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that has just ended is fine."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def command_line(pid: int) -> str:
    """How a process was called, or "" when it is gone."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return raw.replace(b"\0", b" ").decode(errors="replace").strip()


def _pid_file(name: str) -> Path:
    return paths.PIDS / f"{name}.json"


def _boot() -> str:
    return _BOOT_ID.read_text().strip()
