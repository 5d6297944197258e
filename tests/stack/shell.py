# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Calling other programs, and waiting for a condition."""

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import paths
from .errors import CommandFailed, StackError
from .say import Ticker

#: Nothing the stack talks to on this machine may go through a proxy.
_LOCAL = "127.0.0.1,localhost"
_TAIL_LINES = 15


def child_env(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment for a child: no proxy for loopback, English messages, UTF-8."""
    env = dict(os.environ)
    for name in ("NO_PROXY", "no_proxy"):
        env[name] = ",".join(filter(None, (env.get(name), _LOCAL)))
    env.update(LANG="C.UTF-8", LC_ALL="C.UTF-8", PYTHONUNBUFFERED="1")
    for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"):
        env.pop(name, None)
    env.update(extra or {})
    return env


def run(
    argv: Sequence[str | Path],
    label: str,
    *,
    cure: str,
    log: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    user: str | None = None,
    detail: Callable[[], str] | None = None,
) -> None:
    """Run a program to its end, its output going to ``.stack/log/<log>.log``.

    :param label: what it does, for progress and errors.
    :param cure: what to do when it fails.
    :param user: run as this user (only when called by root).
    :param detail: a few words of progress, see :class:`.say.Ticker`.
    :raises CommandFailed: non-zero exit; carries the last lines of the output.
    :raises StackError: the program is not there.
    """
    path = paths.LOGS / f"{log}.log"
    words = [str(word) for word in argv]
    options: dict[str, Any] = as_user(user)
    ticker = Ticker(label, detail)
    with path.open("ab") as out:
        start = out.tell()
        try:
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=child_env(env),
                cwd=cwd or paths.CHECKOUT,
                **options,
            )
        except FileNotFoundError as error:
            raise StackError(f"{label}: the program {words[0]} is not there.", cure) from error
        try:
            _wait(process, ticker)
        except KeyboardInterrupt:
            process.terminate()  # it may be in a session of its own and not have heard
            process.wait()
            raise
    if process.returncode:
        tail = tail_of(path, start)
        raise CommandFailed(
            f"{label} failed (exit {process.returncode}): {shlex.join(words)}\n{tail}\n",
            cure,
            process.returncode,
            tail,
        )


def capture(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    user: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a short program, return its result with text output; the caller judges the exit code."""
    return subprocess.run(
        [str(word) for word in argv],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        env=child_env(env),
        cwd="/" if user else paths.CHECKOUT,
        check=False,
        **as_user(user),
    )


def as_user(user: str | None) -> dict[str, Any]:
    """Arguments for ``Popen`` that drop root's rights for those of ``user``."""
    return {"user": user, "group": user_group(user), "extra_groups": []} if user else {}


def user_group(user: str) -> int:
    """The numeric primary group of a user."""
    import pwd

    return pwd.getpwnam(user).pw_gid


def tail_of(path: Path, start: int = 0, lines: int = _TAIL_LINES) -> str:
    """The last lines of a log file, from byte ``start`` on."""
    with path.open("rb") as handle:
        handle.seek(start)
        text = handle.read().decode(errors="replace")
    return "\n".join("  | " + line for line in text.splitlines()[-lines:])


def wait_until(
    condition: Callable[[], Any],
    timeout: float,
    what: str,
    cure: str,
    *,
    interval: float = 0.1,
) -> Any:
    """Poll until ``condition()`` is true and return what it returned. The only sleep in the stack.

    :param timeout: seconds.
    :param what: what did not happen, for the error.
    :raises StackError: ``timeout`` passed.
    """
    deadline = time.monotonic() + timeout
    ticker = Ticker("waiting")
    while True:
        result = condition()
        if result:
            ticker.clear()
            return result
        if time.monotonic() >= deadline:
            ticker.clear()
            raise StackError(f"{what} within {timeout:.0f} s.", cure)
        ticker.tick()
        time.sleep(interval)  # Between two looks at the condition, which tells nobody by itself.


def _wait(process: subprocess.Popen, ticker: Ticker) -> None:
    while True:
        try:
            process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            ticker.tick()
        else:
            ticker.clear()
            return
