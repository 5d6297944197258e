# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo: the server with queue_job's runner, on a database that has the addon as it is now."""

import sys
from collections.abc import Iterable
from pathlib import Path

from . import odoo_config, odoo_database, odoo_source, paths, ports, processes
from .errors import StackError
from .odoo_source import Source
from .say import say, step
from .shell import wait_until

NAME = "odoo"
#: What the server was started with: ``{"key", "code", "database"}``.
_RUNNING = paths.STATE / "odoo" / "running.json"


def up() -> None:
    """Start Odoo; first install the addon, or update it when its files changed since."""
    source = odoo_source.find()
    database = odoo_config.database(source)
    installed = odoo_config.folder(source) / "installed.json"
    wanted = {"key": source.key, "code": _code(source), "database": database}
    current = odoo_database.exists(source, database) and paths.read_json(installed) == wanted
    if current and is_up() and paths.read_json(_RUNNING) == wanted:
        say(f"odoo is up on {url()}")
        return
    down()
    ports.require_free(NAME), ports.require_free("odoo_gevent")
    if not current:
        odoo_database.make_current(source, database)
        paths.write_json(installed, wanted)
    serve(source, database, wanted)


def serve(source: Source, database: str, running: dict, *, extra: Iterable[Path] = ()) -> None:
    """Start the server on a database as it is.

    :param running: what ``up`` compares, to see whether this is what it would start
    :param extra: addons paths beside the usual ones
    """
    http_port = ports.require_free(NAME)
    conf = odoo_config.write(
        source,
        "odoo",
        database=database,
        http_port=http_port,
        gevent_port=ports.require_free("odoo_gevent"),
        workers=3,
        crons=1,
        extra=extra,
    )
    with step(f"Starting Odoo {source.series} with queue_job's runner"):
        env = odoo_config.environment(source, http_port)
        # -I: nothing beside that file is imported
        keep = [sys.executable, "-I", Path(__file__).with_name("keep_running.py")]
        processes.start(NAME, [*keep, *odoo_config.command(source, conf)], env=env)
        paths.write_json(_RUNNING, running)
        wait_until(
            lambda: is_up() or not processes.running(NAME),
            90,
            "Odoo accepted no connection",
            "See .stack/log/odoo.log.",
        )
        if not processes.running(NAME):
            raise StackError("Odoo ended while starting.", "See .stack/log/odoo.log.")


def down() -> None:
    """Stop the server with all its workers."""
    if processes.members(NAME):
        with step("Stopping odoo"):
            processes.stop(NAME)


def is_up() -> bool:
    """Whether it runs and accepts connections."""
    return processes.running(NAME) is not None and ports.served_by(
        ports.port_of(NAME), processes.members(NAME)
    )


def url() -> str:
    """Where the web client is."""
    return f"http://127.0.0.1:{ports.port_of(NAME)}"


def database() -> str:
    """The database of the Odoo that was started last."""
    return paths.read_json(_RUNNING).get("database", "registry")


def _code(source: Source) -> str:
    """A fingerprint of this checkout's addons, and of where all addons come from."""
    roots = [path for path in (paths.ADDON, paths.GLUE) if path.exists()]
    places = ":".join(map(str, odoo_config.addons_path(source)))
    return f"{paths.fingerprint(*roots)} {places}"
