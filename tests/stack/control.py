# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""up, down, restart and status of the parts, one command at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from . import endpoints, keymanager, odoo, paths, postgres, processes, spar
from .errors import StackError
from .say import say
from .shell import wait_until

#: In the order in which they start.
PARTS = {module.NAME: module for module in (postgres, keymanager, spar, odoo)}
#: What a part cannot start without.
_NEEDS = {"spar": ("postgres", "keymanager"), "odoo": ("postgres",)}


def up(names: list[str]) -> None:
    """Start parts, and what they cannot start without. All of them when none is named."""
    with _alone():
        wanted = set(names or PARTS)
        for name in names:
            wanted.update(_NEEDS.get(name, ()))
        try:
            for name, part in PARTS.items():
                if name in wanted:
                    part.up()
        finally:
            endpoints.write()  # also when Odoo failed: what is up can be used


def down(names: list[str]) -> None:
    """Stop parts, in reverse order. All of them when none is named."""
    with _alone():
        for name, part in reversed(PARTS.items()):
            if not names or name in names:
                part.down()
        if not names:
            say("The stack is down; its data stay in .stack")


def restart(names: list[str]) -> None:
    """Stop and start parts while the others run on."""
    down(names)
    up(names)


def status() -> bool:
    """Print a table of the parts.

    :returns: whether all of them are up.
    """
    row = "{:<11} {:<8} {:>8}  {}"
    print(row.format("part", "state", "pid", "url"))
    states = []
    for name, part in PARTS.items():
        pid = processes.running(name)
        up_now = part.is_up() if pid else False
        state = "up" if up_now else "silent" if pid else "down"
        states.append(up_now)
        print(row.format(name, state, pid or "-", part.url() if pid else "-"))
    return all(states)


def all_up() -> bool:
    """Whether every part is up."""
    return all(part.is_up() for part in PARTS.values() if processes.running(part.NAME)) and all(
        processes.running(name) for name in PARTS
    )


@contextmanager
def _alone() -> Iterator[None]:
    """Let no second command change the stack at the same time; the second one waits."""
    paths.make_folders()
    with (paths.STATE / "lock").open("w") as handle:

        def locked() -> bool:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        if not locked():
            say("Another tests.stack command is at work: waiting for it")
            cure = "See who it is with 'ps ax | grep tests.stack', and run the command again."
            wait_until(locked, 900, "The other command did not end", cure, interval=0.5)
        yield


def check_name(name: str) -> str:
    """:raises StackError: there is no such part."""
    if name not in PARTS:
        raise StackError(f"There is no part '{name}'.", f"Parts are: {', '.join(PARTS)}.")
    return name
