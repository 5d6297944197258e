"""A real HTTP server in a thread, that answers as the test says."""

import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Handler", dict], None]


@dataclass
class Seen:
    """What arrived, and on how many connections."""

    requests: list[tuple[str, dict, bytes]] = field(default_factory=list)
    connections: int = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    #: set per server
    seen: Seen
    answer: Answer
    released: threading.Event

    def setup(self):
        super().setup()
        self.seen.connections += 1

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.requests.append((self.path, dict(self.headers), body))
        type(self).answer(self, json.loads(body))

    def do_GET(self):
        self.seen.requests.append((self.path, dict(self.headers), b""))
        self.send(200, b"{}")

    def send(self, status: int, body: bytes, **headers: str):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def cut(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *args):
        """Nothing on stderr."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that go away in the middle are what these tests are about."""


@contextmanager
def serving(answer: Answer, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"):
    """(base URL, Seen). ``handler.released`` is set at the end, so that no answer outlives it."""
    seen, released = Seen(), threading.Event()
    handler = type("_Handler", (Handler,), {"seen": seen, "answer": answer, "released": released})
    server = _Server((host, 0), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        scheme = "https" if context else "http"
        yield f"{scheme}://{host}:{server.server_address[1]}", seen
    finally:
        released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def spar(handler: Handler, request: dict) -> None:
    """Answer as a SPAR that finds nothing and takes everything."""
    handler.send(200, whole(request))


def whole(request: dict) -> bytes:
    op = request["header"]["action"]
    code = "succ.fa.not_linked_to_id" if op == "resolve" else None
    rows = [
        {"reference_id": row["reference_id"], "status": "succ", "status_reason_code": code}
        for row in request["message"][f"{op}_request"]
    ]
    header = {"status": "succ", "action": op}
    return json.dumps({"header": header, "message": {f"{op}_response": rows}}).encode()


@contextmanager
def silent_listener():
    """The port of somebody who takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]
