# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A Keymanager stand-in of a test's own, in a process that can be killed and started again."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import requests

from tests.stack import paths, ports
from tests.stack.keymanager import SIGNING_CLIENT_ID
from tests.stack.passwords import password

from .arrivals import wait_until

APPLICATION = "E2E-REGISTRY"
_VERIFIER = "spar-mapper"


class Keymanager:
    """Holds a key for APPLICATION. SPAR verifies with another one, that of the stack."""

    def __init__(self, folder: Path):
        self._folder = folder
        # Kept with the stack's passwords, so that the search for leaks looks for it.
        self.secret = password("oauth_signing_client")
        self.port = ports.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it, with the keys that it had."""
        clients = {_VERIFIER: "unused", SIGNING_CLIENT_ID: self.secret}
        module = "tests.stack.stand_in_keymanager"
        folders = [self._folder / "certs", self._folder / "keys"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, str(self.port), *map(str, folders)],
            cwd=paths.CHECKOUT,
            env={**os.environ, "KEYMANAGER_CLIENTS": json.dumps(clients)},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: ports.answers(self.port), "The test's Keymanager did not start", 30)

    def kill(self) -> None:
        """SIGKILL: no answer is finished."""
        self._process.kill()
        self._process.wait()

    def hang(self) -> None:
        """It accepts connections, and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After ``hang``."""
        self._process.send_signal(signal.SIGCONT)

    def generate(self, force: bool = False) -> str:
        """The key of APPLICATION: its certificate, PEM. As Keymanager's administrator does it."""
        form = {"client_id": SIGNING_CLIENT_ID, "client_secret": self.secret}
        form["grant_type"] = "client_credentials"
        token = requests.post(f"{self.url}/token", data=form, timeout=10).json()["access_token"]
        answer = requests.post(
            f"{self.url}/v1/keymanager/generateMasterKey/CERTIFICATE",
            json={"request": {"applicationId": APPLICATION, "referenceId": "", "force": force}},
            cookies={"Authorization": token},
            timeout=30,
        )
        return answer.json()["response"]["certificate"]

    def settings(self) -> dict[str, object]:
        """The connection's fields, to sign with it."""
        return {
            "signer": "keymanager",
            "keymanager_url": f"{self.url}/v1/keymanager",
            "keymanager_application": APPLICATION,
            "keymanager_token_url": f"{self.url}/token",
            "keymanager_client": SIGNING_CLIENT_ID,
            "keymanager_secret": self.secret,
            "keymanager_seconds": 2,
        }
