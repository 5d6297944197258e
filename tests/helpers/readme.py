# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The commands that the README gives to administrators, run as they stand there."""

import re

from tests.stack import paths, postgres, shell
from tests.stack.errors import StackError

from . import odoo_command

#: How each begins.
SPAR_RESTORED = "echo \"env['spar.connection']"
REGISTRY_RESTORED = "psql -d registry"
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)


def command(beginning: str) -> str:
    """The README's one block of shell that begins so.

    :raises StackError: there is none, or more than one
    """
    text = (paths.CHECKOUT / "README.md").read_text(encoding="utf-8")
    found = [block for block in _BLOCK.findall(text) if block.startswith(beginning)]
    if len(found) != 1:
        raise StackError(
            f"README.md has {len(found)} commands that begin with {beginning}", "Name the one."
        )
    return found[0]


def run(beginning: str, database: str, connection: str = "") -> str:
    """Run that command on a database of the stack; its standard output.

    What names a place there names the one here: database, configuration, connection.

    :raises StackError: it failed
    """
    odoo, conf, env = odoo_command.prepared(database)
    text = command(beginning).replace("-d registry ", f"-d {database} ")
    text = text.replace("/etc/odoo/odoo.conf", str(conf)).replace("National SPAR", connection)
    program = f'set -e -o pipefail\nodoo-bin() {{ {odoo} "$@"; }}\n{text}'
    done = shell.capture(["bash", "-c", program], env={**env, **postgres.client_env("odoo")})
    if done.returncode:
        raise StackError(f"The README's command failed:\n{done.stderr[-3000:]}", "Read it.")
    return done.stdout
