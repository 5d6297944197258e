# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""up, down, restart and status of the parts, one command at a time."""

from . import endpoints, keymanager, odoo, postgres, processes, spar
from .errors import StackError
from .lock import alone
from .say import say

#: In the order in which they start.
PARTS = {module.NAME: module for module in (postgres, keymanager, spar, odoo)}
#: What a part cannot start without.
_NEEDS = {"spar": ("postgres", "keymanager"), "odoo": ("postgres",)}


def up(names: list[str]) -> None:
    """Start parts, and what they cannot start without. All of them when none is named."""
    with alone():
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
    with alone():
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


def check_name(name: str) -> str:
    """:raises StackError: there is no such part."""
    if name not in PARTS:
        raise StackError(f"There is no part '{name}'.", f"Parts are: {', '.join(PARTS)}.")
    return name
