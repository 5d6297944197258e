# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An Odoo without HTTP, jobs and crons, on one database, that does one piece of work at a time."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.stack import odoo_config, odoo_source, paths, ports
from tests.stack.errors import StackError
from tests.stack.shell import child_env

from . import cpu
from .stage import ADDONS

_PROGRAM = Path(__file__).with_name("in_odoo.py")


class OdooProcess:
    """``with OdooProcess(database) as odoo: odoo.ask("create", word="X", count=10)``."""

    def __init__(self, database: str):
        self._database = database

    def __enter__(self) -> "OdooProcess":
        source = odoo_source.find()
        conf = odoo_config.write(
            source,
            f"bench-{self._database}",
            database=self._database,
            http_port=ports.port_of("odoo"),
            gevent_port=ports.port_of("odoo_gevent"),
            workers=0,
            crons=0,
            extra=[ADDONS],
        )
        env = odoo_config.environment(source, ports.port_of("odoo"))
        self._log = (paths.LOGS / "bench-odoo.log").open("ab")
        self._process = subprocess.Popen(
            [str(source.python), str(_PROGRAM), str(conf), self._database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=child_env(env),
            cwd=paths.STATE,
            text=True,
        )
        return self

    def __exit__(self, *_error) -> None:
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()
        self._log.close()

    def ask(self, work: str, **arguments: Any) -> dict:
        """What ``in_odoo._measured`` says of it.

        :raises StackError: it failed.
        """
        self._process.stdin.write(json.dumps({"work": work, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise StackError(f"'{work}' failed in Odoo.", "See .stack/log/bench-odoo.log.")
        return json.loads(line)

    @property
    def memory(self) -> int:
        """Bytes that the process holds for itself."""
        return cpu.resident(self._process.pid)
