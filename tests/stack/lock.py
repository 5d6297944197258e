# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Lets one command at a time change ``.stack``; a second one says so and waits."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from . import paths
from .say import say
from .shell import wait_until

_SECONDS = 1800
_held: list[IO[str]] = []


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock of the checkout. May be nested within one process."""
    if _held:
        yield
        return
    paths.make_folders()
    with (paths.STATE / "lock").open("w") as handle:

        def locked() -> bool:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        if not locked():
            say("Another tests.stack command is at work in this checkout: waiting for it")
            cure = "See who it is with 'ps ax | grep tests.stack', and run the command again."
            wait_until(locked, _SECONDS, "The other command did not end", cure, interval=0.5)
        _held.append(handle)
        try:
            yield
        finally:
            _held.clear()
