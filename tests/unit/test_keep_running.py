# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The stack's stand-in for systemd starts a server again, whatever the last one left behind."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import keep_running, ports
from tests.stack.shell import wait_until

#: A server whose worker outlives it with the port open; where it can serve again, it says so.
SERVER = """
import os, pathlib, socket, sys, time
port, said = int(sys.argv[1]), pathlib.Path(sys.argv[2])
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", port))
server.listen()
with said.open("a") as out:
    out.write("served\\n")
if os.fork() == 0 or len(said.read_text().splitlines()) > 1:
    time.sleep(600)  # It holds the port until it is ended.
sys.exit(1)
"""


@pytest.fixture
def program(tmp_path):
    """(command, file in which the server says that it serves)"""
    script, said = tmp_path / "server.py", tmp_path / "said"
    script.write_text(SERVER)
    return [sys.executable, str(script), str(ports.free_port()), str(said)], said


def test_a_worker_that_outlives_its_server_does_not_keep_the_port(program):
    command, said = program
    keep = subprocess.Popen([sys.executable, "-I", keep_running.__file__, *command])
    try:
        wait_until(
            lambda: said.exists() and len(said.read_text().splitlines()) == 2,
            20,
            "The server did not come back",
            "See what it printed.",
        )
    finally:
        keep.send_signal(signal.SIGTERM)
        assert keep.wait(20) == 0
    assert not _living(Path(command[1]))


def _living(script):
    found = subprocess.run(["pgrep", "-f", str(script)], capture_output=True, check=False)
    return found.stdout.split()
