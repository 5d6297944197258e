# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the person in front of the terminal reads: one line per step, with elapsed seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_STARTED = time.monotonic()
#: Seconds between two lines of progress when the output is no terminal.
QUIET_INTERVAL = 10.0


def say(text: str) -> None:
    """Print one line, with the seconds since the program started."""
    print(f"[{time.monotonic() - _STARTED:6.1f} s] {text}", flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Announce a step; when it ends well, say how long it took if that was long."""
    say(f"{text} ...")
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    if took >= 5:
        say(f"{text}: done in {took:.0f} s")


class Ticker:
    """Progress of one long step: a line that rewrites itself on a terminal, else a line every 10 s.

    :param label: what is going on.
    :param detail: called at each tick; a few words such as ``"42 MB"``, or ``""``.
    """

    def __init__(self, label: str, detail: Callable[[], str] | None = None):
        self._label = label
        self._detail = detail or (lambda: "")
        self._began = time.monotonic()
        self._last = self._began
        self._drawn = False
        self._terminal = sys.stdout.isatty()

    def tick(self) -> None:
        """Show progress if it is time for it."""
        now = time.monotonic()
        if now - self._last < (1.0 if self._terminal else QUIET_INTERVAL):
            return
        self._last = now
        words = self._detail()
        text = f"    {self._label}: {now - self._began:.0f} s" + (f", {words}" if words else "")
        if self._terminal:
            print(f"\r{text}\033[K", end="", flush=True)
            self._drawn = True
        else:
            print(text, flush=True)

    def clear(self) -> None:
        """Take the line that rewrites itself off the terminal."""
        if self._drawn:
            print("\r\033[K", end="", flush=True)
