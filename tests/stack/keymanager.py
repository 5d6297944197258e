# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The stand-in for Keycloak's token endpoint and MOSIP Keymanager, as a part of the stack."""

from pathlib import Path

from . import paths, ports, processes, venvs
from .errors import StackError
from .passwords import password
from .say import say, step
from .shell import wait_until

NAME = "keymanager"
CLIENT_ID = "spar-mapper"
#: ``<applicationId>/<referenceId>.pem``: one certificate per partner, read when a signature comes.
CERTS = paths.STATE / "keymanager" / "certs"
_PROGRAM = Path(__file__).resolve().parent / "stand_in_keymanager.py"


def up() -> None:
    """Start it, in SPAR's virtual environment."""
    if is_up():
        say(f"keymanager is up on {url()}")
        return
    processes.stop(NAME)
    interpreter = venvs.spar()
    CERTS.mkdir(parents=True, exist_ok=True)
    with step("Starting keymanager (stand-in)"):
        port = ports.require_free(NAME)
        env = {"KEYMANAGER_CLIENT_SECRET": password("oauth_client")}
        argv = [interpreter, _PROGRAM, str(port), CERTS, CLIENT_ID]
        processes.start(NAME, argv, env=env)
        wait_until(
            lambda: is_up() or not processes.running(NAME),
            30,
            "The Keymanager stand-in accepted no connection",
            "See .stack/log/keymanager.log.",
        )
        if not processes.running(NAME):
            cure = "See .stack/log/keymanager.log."
            raise StackError("The Keymanager stand-in ended while starting.", cure)


def down() -> None:
    """Stop it."""
    if processes.members(NAME):
        with step("Stopping keymanager"):
            processes.stop(NAME)


def is_up() -> bool:
    """Whether it runs and accepts connections."""
    return processes.running(NAME) is not None and ports.served_by(
        ports.port_of(NAME), processes.members(NAME)
    )


def url() -> str:
    """The base URL."""
    return f"http://127.0.0.1:{ports.port_of(NAME)}"
