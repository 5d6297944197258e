# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Waiting for what SPAR's own table shows."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.stack import shell

from .world import World

#: Where to look when something did not come about.
CURE = "See .stack/log/odoo.log and .stack/log/spar.log, and the menu SPAR in Odoo."


def wait_until(condition: Callable[[], Any], what: str, timeout: float = 90) -> Any:
    """Poll until ``condition()`` is true and return what it returned.

    :param what: what did not happen, for the error.
    :raises StackError: ``timeout`` seconds passed.
    """
    return shell.wait_until(condition, timeout, what, CURE, interval=0.2)


def wait_for_strings(world: World, wanted: Mapping[str, str], timeout: float = 90) -> None:
    """Until SPAR maps each id of ``wanted`` to exactly that string.

    :raises StackError: not within ``timeout`` seconds; says how many are missing or different.
    """

    def wrong() -> list[str]:
        held = world.spar.mapping(wanted)
        return [spar_id for spar_id, fa in wanted.items() if held.get(spar_id) != fa]

    def said() -> str:
        rest = wrong()
        return f"{len(rest)} of {len(wanted)} ids do not hold their newest address: {rest[:5]}"

    try:
        wait_until(lambda: not wrong(), "", timeout)
    except shell.StackError as error:
        raise shell.StackError(f"After {timeout:.0f} s, {said()}.", CURE) from error
