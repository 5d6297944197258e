# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``python -m tests.showcase``, as ``make demo`` calls it. Exit 0: everything promised was seen."""

import sys

from tests.helpers.invent import Inventor
from tests.helpers.rpc import RpcError
from tests.helpers.world import OFFICER_LOGIN, World, open_world
from tests.stack.errors import StackError
from tests.stack.passwords import password
from tests.stack.say import say

from . import outage, refusals
from .entries import Journal, Missed
from .ways import Ways


def main() -> int:
    """Show everything; returns the exit code."""
    try:
        _show()
    except Missed as missed:
        say(f"The showcase failed.\n{missed}")
    except StackError as error:
        say(f"Stopped: {error.what}\n  What to do: {error.cure}")
    except RpcError as error:
        say(f"Odoo refused what the showcase did: {error}\n  What to do: see .stack/log/odoo.log")
    else:
        return 0
    return 1


def _show() -> None:
    say("Setting up the connection: key, certificate at SPAR, outside role, second officer")
    world = open_world()
    invent, journal = Inventor("DEMO"), Journal(world)
    ways = Ways(world, invent, journal)
    say("Handing in payment addresses by every way; the table shows when SPAR's own table has them")
    ways.first_addresses()
    journal.print_head()
    journal.print_arrivals()
    ways.changes()
    journal.print_arrivals()
    registrants = len(journal.newest())
    print(f"\n{len(journal.entries)} changes of {registrants} registrants arrived at SPAR.")
    outage.show(world, journal)
    refusals.show(world, invent)
    _where_to_click(world)


def _where_to_click(world: World) -> None:
    ends = world.endpoints
    print(
        f"""
Where to click: {ends["odoo_url"]}/web (menus Contacts and SPAR)
  officer and manager:  login {ends["odoo_login"]:<13} password {ends["odoo_password"]}
  second officer:       login {OFFICER_LOGIN:<13} password {password("odoo_officer")}
SPAR itself:   {ends["spar_url"]}/docs
'make stop' stops everything; a second 'make demo' takes fresh registrants."""
    )


if __name__ == "__main__":
    sys.exit(main())
