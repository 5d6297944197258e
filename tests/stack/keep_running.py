# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Starts a server again when it ends by itself, as systemd's Restart=always does.

Odoo 19 needs it: its master process ends when PostgreSQL is away while it looks after its workers.
As systemd, it first kills what is left of the server: a worker at work holds the port.

Usage: ``python keep_running.py PROGRAM [ARGUMENT...]``. TERM and INT are passed on and
end it. A server that ends within five seconds, five times in a row, is given up (exit 1).
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

_QUICK_SECONDS = 5.0
_QUICK_LIMIT = 5


def main(argv: list[str]) -> int:
    """Run the server until told to stop; returns the exit code."""
    stopped = threading.Event()
    child: subprocess.Popen | None = None

    def stop(_number: int, _frame: object) -> None:
        stopped.set()
        if child is not None:
            child.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    quick = 0
    while not stopped.is_set() and quick < _QUICK_LIMIT:
        began = time.monotonic()
        child = subprocess.Popen(argv, process_group=0)
        if stopped.is_set():  # told while it was being started
            child.terminate()
        code = child.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        lived = time.monotonic() - began
        if not stopped.is_set():
            print(f"keep_running: ended with {code} after {lived:.1f} s", flush=True)
            quick = quick + 1 if lived < _QUICK_SECONDS else 0
            stopped.wait(quick)  # longer after each quick end: 0, 1, 2, ... s
    return 0 if stopped.is_set() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
