# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Seconds of CPU that the stack's parts used: what the machine does is told by these."""

import os
from pathlib import Path

from tests.stack import control, postgres, processes

_TICKS = os.sysconf("SC_CLK_TCK")


def used() -> dict[str, float]:
    """{part: seconds of CPU of its processes so far, with those that ended}"""
    return {name: sum(map(_seconds, _family(name))) for name in control.PARTS}


def since(before: dict[str, float]) -> dict[str, float]:
    """{part: seconds of CPU since ``before``}"""
    return {name: seconds - before[name] for name, seconds in used().items()}


def resident(pid: int) -> int:
    """Bytes of memory that a process holds for itself."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1]) * 1024
    return 0


def _family(name: str) -> set[int]:
    """A part's processes, with those that left its session: PostgreSQL's backends."""
    found = set(processes.members(name))
    if name == postgres.NAME:
        leader = str(processes.running(name))
        found |= {pid for pid in processes.all_pids() if _stat(pid)[1:2] == [leader]}
    return found


def _seconds(pid: int) -> float:
    """User and system time of a process and of its children that ended."""
    return sum(map(int, _stat(pid)[11:15])) / _TICKS


def _stat(pid: int) -> list[str]:
    """What ``/proc/<pid>/stat`` says after the program's name: state, parent, ..."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
