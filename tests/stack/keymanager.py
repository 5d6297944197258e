# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The stand-in for Keycloak's token endpoint and MOSIP Keymanager, as a part of the stack."""

import json

from . import paths, ports, processes, venvs
from .errors import StackError
from .passwords import password
from .say import say, step
from .shell import wait_until

NAME = "keymanager"
CLIENT_ID = "spar-mapper"
#: Who may have something signed.
SIGNING_CLIENT_ID = "openg2p-registry"
#: ``<applicationId>/<referenceId>.pem``: one certificate per partner, read when a signature comes.
CERTS = paths.STATE / "keymanager" / "certs"
#: The keys that it signs with.
KEYS = paths.STATE / "keymanager" / "keys"
_PROGRAM = "tests.stack.stand_in_keymanager"


def up() -> None:
    """Start it, in SPAR's virtual environment."""
    if is_up():
        say(f"keymanager is up on {url()}")
        return
    processes.stop(NAME)
    interpreter = venvs.spar()
    for folder in (CERTS, KEYS):
        folder.mkdir(parents=True, exist_ok=True)
    KEYS.chmod(0o700)
    with step("Starting keymanager (stand-in)"):
        port = ports.require_free(NAME)
        clients = {
            CLIENT_ID: password("oauth_client"),
            SIGNING_CLIENT_ID: password("oauth_signing_client"),
        }
        argv = [interpreter, "-m", _PROGRAM, str(port), CERTS, KEYS]
        env = {"KEYMANAGER_CLIENTS": json.dumps(clients)}
        processes.start(NAME, argv, env=env, cwd=paths.CHECKOUT)
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
