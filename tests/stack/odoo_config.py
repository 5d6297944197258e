# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How Odoo is called: its command line, its ``odoo.conf``, its environment."""

from collections.abc import Iterable
from pathlib import Path

from . import paths, ports, postgres
from .odoo_source import Source
from .passwords import master_key, password

#: Four jobs at a time in all, at most two that talk to SPAR: people keep a worker to themselves.
CHANNELS = "root:4,root.spar:2"
_OPTIONS = """\
[options]
admin_passwd = {admin_passwd}
addons_path = {addons_path}
data_dir = {data_dir}
db_host = 127.0.0.1
db_port = {db_port}
db_user = odoo
db_password = {db_password}
db_name = {database}
dbfilter = ^{database}$
list_db = False
http_interface = 127.0.0.1
http_port = {http_port}
gevent_port = {gevent_port}
workers = {workers}
max_cron_threads = {crons}
limit_time_cpu = 120
limit_time_real = 120
proxy_mode = False
server_wide_modules = {server_wide}
spar_master_key = {master_key}

[queue_job]
channels = {channels}
scheme = http
host = 127.0.0.1
port = {http_port}
"""
#: What odoo-bin does, for all three series, whatever the Odoo's own start script is called.
_LAUNCHER = "import odoo.cli\n\nif __name__ == '__main__':\n    odoo.cli.main()\n"


def folder(source: Source) -> Path:
    """Where the state of one Odoo lies."""
    path = paths.STATE / "odoo" / source.key
    path.mkdir(parents=True, exist_ok=True)
    return path


def database(source: Source) -> str:
    """The name of its database: ``registry`` for Debian's Odoo, else with the series."""
    if source.key.endswith("-debian"):
        return "registry"
    return f"registry_{source.series.replace('.', '_')}"


def addons_path(source: Source) -> list[Path]:
    """Odoo's addons paths, with this checkout's own addons once they are there."""
    ours = []
    if (paths.ADDON / "__manifest__.py").exists():
        ours.append(paths.CHECKOUT)
    if any(paths.GLUE.glob("*/__manifest__.py")):
        ours.append(paths.GLUE)
    return [*source.addons, *ours]


def write(
    source: Source,
    name: str,
    *,
    database: str,
    http_port: int,
    gevent_port: int,
    workers: int,
    crons: int,
    extra: Iterable[Path] = (),
) -> Path:
    """Write ``<name>.conf`` (mode 0600, it has passwords) and return its path.

    :param extra: addons paths beside the usual ones.
    """
    wide = ["base", "web", "queue_job"]
    if any((path / "rpc").is_dir() for path in source.addons):
        wide.insert(1, "rpc")  # Odoo 19 keeps its external API there
    target = folder(source) / f"{name}.conf"
    text = _OPTIONS.format(
        admin_passwd=password("odoo_database_manager"),
        addons_path=",".join(map(str, [*addons_path(source), *extra])),
        data_dir=folder(source) / "data",
        db_port=ports.port_of(postgres.NAME),
        db_password=password("pg_odoo"),
        database=database,
        http_port=http_port,
        gevent_port=gevent_port,
        workers=workers,
        crons=crons,
        server_wide=",".join(wide),
        master_key=master_key(),
        channels=CHANNELS,
    )
    paths.write_private(target, text)
    return target


def command(source: Source, conf: Path, *arguments: str) -> list[str]:
    """The command line that runs Odoo with a configuration."""
    launcher = folder(source) / "odoo-bin"
    launcher.write_text(_LAUNCHER)
    return [str(source.python), str(launcher), "-c", str(conf), *arguments]


def environment(source: Source, http_port: int) -> dict[str, str]:
    """The environment for :func:`command`."""
    return {
        "PYTHONPATH": str(source.root),
        "TZ": "UTC",
        "ODOO_QUEUE_JOB_CHANNELS": CHANNELS,
        "ODOO_QUEUE_JOB_HOST": "127.0.0.1",
        "ODOO_QUEUE_JOB_PORT": str(http_port),
        "SPAR_STACK_ENDPOINTS": str(paths.ENDPOINTS),
    }
