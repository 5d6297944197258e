# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""SPAR: the real openg2p-spar-mapper-api 1.1.0, with an audit trigger on its table."""

from pathlib import Path

from . import keymanager, paths, ports, postgres, processes, venvs
from .errors import StackError
from .passwords import password
from .say import say, step
from .shell import run, wait_until

NAME = "spar"
_HERE = Path(__file__).resolve().parent


def up() -> None:
    """Migrate SPAR's database, set the audit trigger, start the server."""
    if is_up():
        say(f"spar is up on {url()}")
        return
    processes.stop(NAME)
    interpreter = venvs.spar()
    port = ports.require_free(NAME)
    folder = paths.STATE / NAME
    folder.mkdir(exist_ok=True)
    with step("Starting spar (1.1.0)"):
        program = [interpreter, _HERE / "spar_start.py"]
        cure = "See .stack/log/spar-migrate.log."
        run(
            [*program, "migrate"],
            "SPAR's migration",
            cure=cure,
            log="spar-migrate",
            env=_settings(port),
            cwd=folder,
        )
        postgres.sql((_HERE / "spar_audit.sql").read_text(), "spar", "spar")
        processes.start(NAME, [*program, "run"], env=_settings(port), cwd=folder)
        wait_until(
            lambda: is_up() or not processes.running(NAME),
            60,
            "SPAR accepted no connection",
            "See .stack/log/spar.log.",
        )
        if not processes.running(NAME):
            raise StackError("SPAR ended while starting.", "See .stack/log/spar.log.")


def down() -> None:
    """Stop the server."""
    if processes.members(NAME):
        with step("Stopping spar"):
            processes.stop(NAME)


def is_up() -> bool:
    """Whether it runs and accepts connections."""
    return processes.running(NAME) is not None and ports.served_by(
        ports.port_of(NAME), processes.members(NAME)
    )


def url() -> str:
    """The base URL; calls go to ``<url>/sync/link`` and so on."""
    return f"http://127.0.0.1:{ports.port_of(NAME)}"


def _settings(port: int) -> dict[str, str]:
    settings = {
        "DB_HOSTNAME": "127.0.0.1",
        "DB_PORT": str(ports.port_of(postgres.NAME)),
        "DB_USERNAME": "spar",
        "DB_PASSWORD": password("pg_spar"),
        "DB_DBNAME": "spar",
        "APP_HOST": "127.0.0.1",
        "APP_PORT": str(port),
        "OAUTH_TOKEN_URL": f"{keymanager.url()}/token",
        "OAUTH_CLIENT_ID": keymanager.CLIENT_ID,
        "OAUTH_CLIENT_SECRET": password("oauth_client"),
        "JWT_VERIFY_URL": f"{keymanager.url()}/v1/keymanager/jwtVerify",
    }
    return {f"SPAR_MAPPER_{key}": value for key, value in settings.items()}
