# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo's command line beside the running server, on any database of the stack."""

import json
import shlex
from pathlib import Path
from typing import Any

from tests.stack import odoo_config, odoo_source, ports, shell
from tests.stack.errors import StackError

#: What ``evaluate`` reads back.
_MARK = "spar-test-said:"


def prepared(database: str) -> tuple[str, Path, dict[str, str]]:
    """What stands for ``odoo-bin`` on a command line, its configuration, its environment."""
    source = odoo_source.find()
    http = ports.free_port()
    conf = odoo_config.write(
        source,
        "command",
        database=database,
        http_port=http,
        gevent_port=ports.free_port(taken={http}),
        workers=0,
        crons=0,
    )
    [python, launcher, *_options] = odoo_config.command(source, conf)
    return shlex.join([python, launcher]), conf, odoo_config.environment(source, http)


def run(database: str, command: str, *arguments: str, stdin: str | None = None) -> str:
    """``odoo-bin <command>`` on a database; its standard output.

    :raises StackError: it failed.
    """
    odoo, conf, env = prepared(database)
    # The command stands before Odoo's options.
    done = shell.capture(
        [*shlex.split(odoo), command, "-c", conf, "-d", database, *arguments],
        env=env,
        stdin=stdin,
    )
    if done.returncode:
        raise StackError(
            f"odoo-bin {command} on {database} failed:\n{done.stderr[-3000:]}", "Read it."
        )
    return done.stdout


def evaluate(database: str, program: str) -> Any:
    """Run ``program`` in Odoo's shell and commit; what it put into ``said``, by way of JSON."""
    lines = [
        "import json",
        "def program():",
        *(f"    {line}" for line in program.strip().splitlines()),
        "said = program()",
        "env.cr.commit()",  # Odoo's shell rolls back when it ends.
        f"print({_MARK!r} + json.dumps(said, default=str))",
    ]
    text = run(database, "shell", "--no-http", stdin="\n".join(["exec('''", *lines, "''')", ""]))
    for line in text.splitlines():
        if _MARK in line:
            return json.loads(line.partition(_MARK)[2])
    raise StackError(f"Odoo's shell said nothing:\n{text[-3000:]}", "Read it.")
