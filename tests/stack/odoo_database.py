# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo's databases: a template with contacts and queue_job, copies of it, the addon installed.

The template is made once for each Odoo (35 s); a copy takes two seconds.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from . import odoo_config, paths, ports, postgres
from .errors import StackError
from .odoo_source import Source
from .passwords import password
from .say import say, step
from .shell import capture, run

ADDON = "g2p_spar_sync"
LOGIN = "admin"
_BASE = ["contacts", "queue_job"]
_LOG = "odoo-install"
_CURE = f"Read .stack/log/{_LOG}.log; mend what it names and run the command again."


def exists(source: Source, database: str) -> bool:
    """Whether a database is there and was made to its end."""
    return _marker(source, database).exists() and postgres.database_exists(database)


def create(source: Source, database: str) -> None:
    """A new database with contacts, queue_job and demo data; one of that name is replaced."""
    template = f"{odoo_config.database(source)}_template"
    if not exists(source, template):
        drop(source, template)
        with step(f"Creating an Odoo {source.series} database with {', '.join(_BASE)}, demo data"):
            install(source, template, new=_BASE)
            _set_password(source, template)
        _marker(source, template).touch()
    drop(source, database)
    postgres.sql(f"CREATE DATABASE {database} TEMPLATE {template} OWNER odoo")
    # A copied sequence draws numbers that no log knows of until the next checkpoint: after a kill
    # -9 before it, PostgreSQL would draw them once more.
    postgres.sql("CHECKPOINT")
    filestore = odoo_config.folder(source) / "data" / "filestore"
    if (filestore / template).is_dir():
        shutil.copytree(filestore / template, filestore / database)
    _marker(source, database).touch()


def drop(source: Source, database: str) -> None:
    """Remove a database with its files; one that is not there is fine."""
    _marker(source, database).unlink(missing_ok=True)
    postgres.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    filestore = odoo_config.folder(source) / "data" / "filestore" / database
    if filestore.exists():
        shutil.rmtree(filestore)


def install(
    source: Source,
    database: str,
    *,
    new: list[str] = (),
    old: list[str] = (),
    extra: Iterable[Path] = (),
) -> None:
    """Install the addons ``new`` and update the addons ``old``, with demo data.

    :param extra: addons paths beside the usual ones
    :raises StackError: Odoo failed, or left one of them out.
    """
    conf = odoo_config.write(
        source,
        "install",
        database=database,
        http_port=ports.port_of("odoo"),
        gevent_port=ports.port_of("odoo_gevent"),
        workers=0,
        crons=0,
        extra=extra,
    )
    arguments = ["--stop-after-init", "--no-http", *demo_options(source.series)]
    arguments += ["-i", ",".join(new)] if new else []
    arguments += ["-u", ",".join(old)] if old else []
    run(
        odoo_config.command(source, conf, *arguments),
        f"Installing {', '.join([*new, *old])} into Odoo",
        cure=_CURE,
        log=_LOG,
        env=odoo_config.environment(source, ports.port_of("odoo")),
        cwd=paths.STATE,
        detail=_last_module,
    )
    # Odoo ends with exit 0 even when it skipped an addon: ask the database.
    names = ", ".join(f"'{name}'" for name in [*new, *old])
    query = f"SELECT name FROM ir_module_module WHERE state = 'installed' AND name IN ({names})"
    missing = {*new, *old} - set(postgres.sql(query, database, "odoo").split())
    if missing:
        raise StackError(f"Odoo did not install {', '.join(sorted(missing))}.", _CURE)


def is_installed(database: str, addon: str) -> bool:
    """Whether an addon is installed in a database."""
    query = f"SELECT 1 FROM ir_module_module WHERE state = 'installed' AND name = '{addon}'"
    return postgres.sql(query, database, "odoo") == "1"


def make_current(source: Source, database: str) -> None:
    """Bring the addon in a database to the state of the checkout; make the database if missing."""
    if not exists(source, database):
        create(source, database)
    if not (paths.ADDON / "__manifest__.py").exists():
        say(f"This checkout has no {ADDON}: Odoo runs without it")
        return
    if is_installed(database, ADDON):
        with step(f"Updating {ADDON} in database {database}"):
            install(source, database, old=[ADDON])
    else:
        with step(f"Installing {ADDON} with demo data into database {database}"):
            install(source, database, new=[ADDON])


def demo_options(series: str) -> list[str]:
    """What makes Odoo load demo data: 19 wants to be asked, 17 and 18 do it by themselves."""
    return ["--with-demo"] if series == "19.0" else []


def _marker(source: Source, database: str) -> Path:
    """A file that says a database was made to its end; goes with ``.stack``, as passwords do."""
    return odoo_config.folder(source) / f"{database}.made"


def _set_password(source: Source, database: str) -> None:
    """Give the administrator this stack's password, hashed as Odoo hashes it."""
    program = (
        "import sys; from passlib.context import CryptContext; "
        "print(CryptContext(['pbkdf2_sha512']).hash(sys.stdin.read()))"
    )
    done = capture([source.python, "-c", program], stdin=password("odoo_admin"))
    if done.returncode:
        raise StackError(
            f"{source.python} cannot hash a password: {done.stderr.strip()}",
            "Install passlib for that Python.",
        )
    statement = f"UPDATE res_users SET password = '{done.stdout.strip()}' WHERE login = '{LOGIN}'"
    postgres.sql(statement, database, "odoo")


def _last_module() -> str:
    """Progress of an installation: Odoo's last words about a module."""
    lines = (paths.LOGS / f"{_LOG}.log").read_text(errors="replace").splitlines()
    for line in reversed(lines[-200:]):
        if "oading module " in line:
            return line[line.index("oading module ") + len("oading ") :][:60]
    return ""
