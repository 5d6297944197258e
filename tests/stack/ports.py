# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The TCP ports of the stack: chosen once, kept in ``.stack/ports.json``."""

import os
import socket
from pathlib import Path

from . import paths
from .errors import StackError
from .processes import all_pids, command_line

_FILE = paths.STATE / "ports.json"
#: Below Linux's range for outgoing connections, which could otherwise take a kept port.
_RANGE = (20000, 29999)


def port_of(name: str) -> int:
    """The port of a part; the first call chooses a free one and keeps it."""
    kept = paths.read_json(_FILE)
    if name not in kept:
        kept[name] = free_port(taken=set(kept.values()))
        paths.write_json(_FILE, kept)
    return kept[name]


def free_port(taken: set[int] | None = None) -> int:
    """A port of 127.0.0.1 on which nobody listens now; each checkout looks from a place of its own.

    :raises StackError: not one of the whole range is free.
    """
    first, last = _RANGE
    start = first + int(paths.CHECKOUT_ID, 16) % (last - first)
    for port in (*range(start, last), *range(first, start)):
        if port not in (taken or set()) and is_free(port):
            return port
    raise StackError(
        f"No free TCP port between {first} and {last}.",
        "Stop what listens there ('ss -ltnp' lists it) and run the command again.",
    )


def is_free(port: int) -> bool:
    """Whether this machine would let a server listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return not answers(port)


def answers(port: int) -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def require_free(name: str) -> int:
    """The kept port of a part that is about to start.

    :raises StackError: another program holds it.
    """
    port = port_of(name)
    if is_free(port):
        return port
    pid = _listener(port)
    who = f"pid {pid} ({command_line(pid)[:100]})" if pid else "another user's program"
    raise StackError(
        f"Port {port}, which this stack keeps for {name}, is taken by {who}.",
        f"Stop that program, or delete the line '{name}' from .stack/ports.json to get another "
        "port, and run the command again.",
    )


def served_by(port: int, pids: list[int]) -> bool:
    """Whether one of these processes listens on the port: another program's answer is not ours."""
    inodes = _listening(port)
    return answers(port) and any(inodes & _sockets(pid) for pid in pids)


def _listener(port: int) -> int | None:
    """The pid that listens on a port, as far as this user may see it."""
    inodes = _listening(port)
    return next((pid for pid in all_pids() if inodes & _sockets(pid)), None)


def _listening(port: int) -> set[str]:
    """The sockets that listen on a port, as ``/proc/<pid>/fd`` names them."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(table).exists():
            continue
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return inodes


def _sockets(pid: int) -> set[str]:
    """What a process has open; nothing when it has ended or is another user's."""
    found = set()
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            found.add(os.readlink(entry))
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return found
    return found
