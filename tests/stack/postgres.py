# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""PostgreSQL: a private cluster on its own port, run by an unprivileged user.

The server refuses root, so for root it runs as ``postgres`` or ``nobody``. Where that user cannot
reach ``.stack`` (a checkout under /root, say), the cluster lies under /var/tmp.
"""

import os
import pwd
import shutil
import signal
from pathlib import Path

from . import debian, paths, ports, processes
from .errors import StackError
from .passwords import known, password
from .postgres_strays import NAME, NAMED, end_strays, outside
from .say import say, step
from .shell import capture, run, tail_of, user_group, wait_until

#: Of each login, in order: its role, and what else CREATE ROLE says.
_ROLES = (("odoo", "CREATEDB"), ("spar", ""), ("spar_selfservice", ""), ("spar_monitor", ""))
#: Seconds. After a crash it first writes every file of every database to the disk, then replays.
_RECOVERY = 300
#: A socket's path must stay below 108 bytes.
_SOCKET_PATH_MAX = 80
_CURE = "See .stack/log/postgres.log."
_CONFIG = """
listen_addresses = '127.0.0.1'
unix_socket_directories = '{sockets}'
max_connections = 200
shared_buffers = 256MB
fsync = on
synchronous_commit = on
wal_compression = on
max_wal_size = 2GB
logging_collector = off
log_line_prefix = '%m [%p] %u@%d '
timezone = 'UTC'
"""


def up() -> None:
    """Start the cluster; the first time, create it with its roles and SPAR's database."""
    if processes.running(NAME) and not _answers():
        with step("Waiting for postgres, which is starting or stopping"):
            _wait_until_it_answers_or_ends()
    if is_up():
        say(f"postgres is up on port {ports.port_of(NAME)}")
    else:
        binaries = _binaries()
        home = _home()
        if not (home / "data" / "PG_VERSION").exists() or not (home / "ready").exists():
            _create(binaries, home)
        end_strays(home)
        with step("Starting postgres"):
            argv = [binaries / "postgres", "-D", home / "data", "-p", str(ports.require_free(NAME))]
            processes.start(NAME, [*argv, *NAMED], cwd="/", user=_user())
            _wait_until_it_answers_or_ends()
            if not processes.running(NAME):
                said = tail_of(paths.LOGS / "postgres.log", lines=5)
                raise StackError(f"postgres ended while starting:\n{said}\n", _CURE)
    _make_roles()  # one may be new since it was started


def down() -> None:
    """Stop the cluster: fast shutdown, which rolls back what is open and writes a checkpoint."""
    pid = processes.running(NAME)
    home = _home()
    if pid is not None:
        with step("Stopping postgres"):
            processes.send(pid, signal.SIGINT)
            wait_until(
                lambda: not processes.running(NAME),
                60,
                "postgres did not stop",
                f"See .stack/log/postgres.log; 'kill -QUIT {pid}' stops it without a checkpoint.",
            )
    end_strays(home)
    processes.stop(NAME)


def is_up() -> bool:
    """Whether the server runs and answers."""
    return processes.running(NAME) is not None and _answers()


def url() -> str:
    """Where it listens."""
    return f"127.0.0.1:{ports.port_of(NAME)}"


def dsn(role: str, database: str) -> str:
    """A connection URL with the password in it."""
    return f"postgresql://{role}:{password('pg_' + role)}@{url()}/{database}"


def client_env(role: str) -> dict[str, str]:
    """The environment in which ``psql`` and its kin find this cluster, as one of our roles."""
    return {
        "PATH": f"{_binaries()}{os.pathsep}{os.environ.get('PATH', '')}",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(ports.port_of(NAME)),
        "PGUSER": role,
        "PGPASSWORD": password(f"pg_{role}"),
    }


def sql(statement: str, database: str = "postgres", role: str = "postgres") -> str:
    """Run SQL as one of our roles and return what psql prints (unaligned, rows only).

    :raises StackError: the server refused it.
    """
    argv = [
        _binaries() / "psql",
        f"host=127.0.0.1 port={ports.port_of(NAME)} user={role} dbname={database}",
        *("-v", "ON_ERROR_STOP=1", "-X", "-q", "-A", "-t"),
    ]
    done = capture(argv, env={"PGPASSWORD": password(f"pg_{role}")}, stdin=statement)
    if done.returncode:
        raise StackError(
            f"SQL on database {database} failed: {done.stderr.strip()}",
            _CURE,
        )
    return done.stdout.strip()


def database_exists(name: str) -> bool:
    """Whether the cluster has a database of that name."""
    return sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "1"


def _create(binaries: Path, home: Path) -> None:
    with step(f"Creating a PostgreSQL cluster (user {_user() or 'yourself'})"):
        if home.exists():
            end_strays(home)
            shutil.rmtree(home)
        home.mkdir(parents=True)
        sockets = home / "socket"
        if len(str(sockets)) > _SOCKET_PATH_MAX:
            sockets = outside() / "socket"
        sockets.mkdir(parents=True, exist_ok=True)
        user = _user()
        secret = home / "password"
        paths.write_private(secret, password("pg_postgres"))
        if user:
            for path in (home, sockets, secret):
                os.chown(path, pwd.getpwnam(user).pw_uid, user_group(user))
        run(
            [
                *(binaries / "initdb", "-D", home / "data", "-U", "postgres"),
                *("--pwfile", secret, "--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"),
            ],
            "initdb",
            cure="See .stack/log/initdb.log.",
            log="initdb",
            cwd="/",
            user=user,
        )
        secret.unlink()
        with (home / "data" / "postgresql.conf").open("a") as handle:
            handle.write(_CONFIG.format(sockets=sockets))
        (home / "ready").touch()


def _make_roles() -> None:
    there = sql("SELECT rolname FROM pg_roles").split()
    missing = [(role, options) for role, options in _ROLES if role not in there]
    if not missing and database_exists("spar"):
        return
    for role, options in missing:
        secret = password(f"pg_{role}")
        sql(f"CREATE ROLE {role} LOGIN {options} PASSWORD '{secret}'")
    # Else the statement of a refused INSERT, with the account in it, is in the server's log. Only a
    # superuser may set it, so the addon cannot: the README tells administrators.
    sql("ALTER ROLE spar_selfservice SET log_min_error_statement = 'panic'")
    if not database_exists("spar"):
        sql("CREATE DATABASE spar OWNER spar TEMPLATE template0")


def _wait_until_it_answers_or_ends() -> None:
    wait_until(
        lambda: _answers() or not processes.running(NAME),
        _RECOVERY,
        "postgres accepted no connection",
        _CURE,
    )


def _answers() -> bool:
    argv = [_binaries() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(ports.port_of(NAME))]
    return capture(argv).returncode == 0


def _binaries() -> Path:
    """The folder of the server's programs; installs Debian's postgresql when there is none."""
    for attempt in (1, 2):
        found = sorted(
            Path("/usr/lib/postgresql").glob("*/bin/initdb"),
            key=lambda path: int(path.parts[-3]),
        )
        if found:
            return found[-1].parent
        on_path = shutil.which("initdb")
        if on_path:
            return Path(on_path).resolve().parent
        if attempt == 1:
            debian.install(["postgresql"], "PostgreSQL")
    raise StackError(
        "Debian's postgresql is installed, but /usr/lib/postgresql has no initdb.",
        "Reinstall it: apt-get install --reinstall postgresql postgresql-15",
    )


def _user() -> str | None:
    """Whom the server runs as; None: the calling user, who is not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _home() -> Path:
    """The cluster's folder: in ``.stack``, or under /var/tmp where its user cannot get there."""
    inside = paths.STATE / "postgres"
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in inside.parents):
        return inside
    elsewhere = outside() / "postgres"
    if elsewhere.exists() and not known("pg_postgres"):
        say(f"Removing {elsewhere}: its passwords went with the .stack folder")
        end_strays(elsewhere)
        shutil.rmtree(elsewhere)
    return elsewhere
