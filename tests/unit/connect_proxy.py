"""A forward proxy in a thread: it tunnels CONNECT, passes plain requests on, or does as told."""

import base64
import select
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen


@dataclass
class Seen:
    #: (method, target, headers)
    requests: list[tuple[str, str, dict]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    #: set per proxy
    seen: Seen
    pair: str | None
    answer = None
    released: threading.Event

    def do_CONNECT(self):
        if not self._let_through():
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as there:
            self.send_response(200)
            self.end_headers()
            self._carry(self.connection, there)

    def do_POST(self):
        if self._let_through():
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with urlopen(Request(self.path, body, dict(self.headers)), timeout=10) as answer:
                content = answer.read()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def _let_through(self) -> bool:
        self.seen.requests.append((self.command, self.path, dict(self.headers)))
        if self.answer:
            type(self).answer(self)
            return False
        known = self.pair and "Basic " + base64.b64encode(self.pair.encode()).decode()
        if known and self.headers.get("Proxy-Authorization") != known:
            self.send_error(407)
            return False
        return True

    def _carry(self, *ends):
        while True:
            for end in select.select(ends, [], [], 10)[0]:
                data = end.recv(65536)
                if not data:
                    return
                ends[1 - ends.index(end)].sendall(data)

    def log_message(self, *args):
        """Nothing on stderr."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that go away in the middle are what some tests are about."""


@contextmanager
def proxying(pair: str | None = None, answer=None):
    """(URL, Seen). ``pair``: the user:password demanded; ``answer(handler)`` replaces its work."""
    seen, released = Seen(), threading.Event()
    own = {"seen": seen, "pair": pair, "answer": answer, "released": released}
    server = _Server(("127.0.0.1", 0), type("_Own", (_Handler,), own))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
