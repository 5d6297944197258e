# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``python3 -m tests.stack``: see ``--help``. Exit 0: done, 1: not, 3: a part is down."""

import argparse
import errno
import sys

from . import control
from .errors import StackError
from .say import say


def main() -> int:
    """Run one command and return the exit code."""
    options = _parser().parse_args()
    try:
        if options.command in ("up", "down", "restart"):
            names = [control.check_name(name) for name in options.parts]
            getattr(control, options.command)(names)
            return 0
        if options.command == "status":
            return 0 if control.status() else 3
        from . import tasks

        return getattr(tasks, options.command)(options.words)
    except StackError as error:
        say(f"Stopped: {error.what}\n  What to do: {error.cure}")
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        say(
            f"Stopped: the disk is full ({error.filename or 'while writing'}).\n"
            "  What to do: make room ('df -h' shows where) and run the command again."
        )
        return 1
    except KeyboardInterrupt:
        say("Stopped by you; run the command again to go on")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tests.stack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    parts = ", ".join(control.PARTS)
    for name, words in (
        ("up", "start the parts (all without a name); what runs already stays"),
        ("down", "stop the parts; data stay"),
        ("restart", "stop and start the parts while the others run"),
    ):
        command = commands.add_parser(name, help=words)
        command.add_argument("parts", nargs="*", metavar="part", help=parts)
    commands.add_parser("status", help="show the parts; exit 0 only when all are up")
    for name, words in (
        ("demo", "bring everything up and run the showcase"),
        ("test", "run all test suites; SUITES=unit,odoo,e2e,browser selects"),
        ("bench", "bring everything up and measure"),
        ("lint", "run the same checks as the pre-commit hooks"),
        ("run", "run a command in the tests' environment, e.g. run pytest tests/e2e"),
    ):
        command = commands.add_parser(name, help=words)
        command.add_argument("words", nargs=argparse.REMAINDER, help="arguments, passed on")
    return parser


if __name__ == "__main__":
    sys.exit(main())
