# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What networks, gateways and SPAR's own crashes do to a request; switched on at a Proxy."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

_HTML = b"<html><body><h1>Welcome to the gateway</h1></body></html>"
_SPAR_500 = b'{"errors": [{"code": "G2P-REQ-100", "message": "Unknown Error."}]}'
#: No request is held longer, whatever the test does. Seconds.
_LONGEST_HOLD = 60.0


@dataclass
class Answer:
    """What SPAR said."""

    status: int
    content_type: str
    body: bytes


@dataclass
class Exchange:
    """One request on its way through."""

    handler: BaseHTTPRequestHandler
    target: str
    operation: str
    body: bytes

    def forward(self) -> Answer:
        """Hand it to SPAR."""
        upstream = HTTPConnection(urlsplit(self.target).netloc, timeout=60)
        headers = {
            name: value
            for name, value in self.handler.headers.items()
            if name.lower() not in ("host", "connection", "content-length")
        }
        upstream.request("POST", urlsplit(self.target).path, self.body, headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        return Answer(answer.status, answer.getheader("Content-Type", ""), content)

    def answer(self, answer: Answer, *, length: int | None = None) -> None:
        """Send an answer back; ``length`` pretends to another size."""
        self.head(answer, length)
        self.handler.wfile.write(answer.body)

    def head(self, answer: Answer, length: int | None = None) -> None:
        """Send an answer's status and headers."""
        size = len(answer.body) if length is None else length
        self.handler.send_response(answer.status)
        self.handler.send_header("Content-Type", answer.content_type)
        self.handler.send_header("Content-Length", str(size))
        self.handler.send_header("Connection", "close")
        self.handler.end_headers()

    def cut(self) -> None:
        """Close the connection without a word."""
        self.handler.close_connection = True
        self.handler.connection.close()


Fault = Callable[[Exchange], None]


def passes(exchange: Exchange) -> None:
    """No fault at all."""
    exchange.answer(exchange.forward())


def cut_before(exchange: Exchange) -> None:
    """The connection breaks; SPAR never sees the request."""
    exchange.cut()


def cut_after(exchange: Exchange) -> None:
    """SPAR does it, and the connection breaks before its answer."""
    exchange.forward()
    exchange.cut()


def server_error(exchange: Exchange) -> None:
    """500, and SPAR never sees the request."""
    exchange.answer(Answer(500, "text/plain", b"Internal Server Error"))


def spar_error(exchange: Exchange) -> None:
    """500 in SPAR's own words: it is done with the request, and did nothing."""
    exchange.answer(Answer(500, "application/json", _SPAR_500))


def error_after(exchange: Exchange) -> None:
    """SPAR does it, and 500 comes back."""
    exchange.forward()
    exchange.answer(Answer(500, "text/plain", b"Internal Server Error"))


def html(exchange: Exchange) -> None:
    """A gateway's page with status 200; SPAR never sees the request."""
    exchange.answer(Answer(200, "text/html", _HTML))


def truncated(exchange: Exchange) -> None:
    """SPAR does it; half of its answer comes back, and its length says that this is all."""
    answer = exchange.forward()
    exchange.answer(
        Answer(answer.status, answer.content_type, answer.body[: len(answer.body) // 2])
    )


def broken_off(exchange: Exchange) -> None:
    """SPAR does it; the connection breaks in the middle of the answer."""
    answer = exchange.forward()
    half = answer.body[: len(answer.body) // 2]
    exchange.answer(Answer(answer.status, answer.content_type, half), length=len(answer.body))
    exchange.cut()


def empty(exchange: Exchange) -> None:
    """SPAR does it, and 200 comes back with nothing in it."""
    exchange.forward()
    exchange.answer(Answer(200, "application/json", b""))


def duplicate(exchange: Exchange) -> None:
    """The request is delivered twice, and the second answer comes back."""
    exchange.forward()
    exchange.answer(exchange.forward())


def drip(exchange: Exchange) -> None:
    """SPAR does it; its answer comes byte by byte, slower than anybody waits."""
    answer = exchange.forward()
    exchange.head(answer)
    pause = threading.Event()
    for position in range(len(answer.body)):
        exchange.handler.wfile.write(answer.body[position : position + 1])
        exchange.handler.wfile.flush()
        pause.wait(0.5)


class Hold:
    """A fault: the request stands still, then reaches SPAR late, when nobody waits any more."""

    def __init__(self):
        self.caught, self._released, self.landed = (threading.Event() for _ in range(3))

    def __call__(self, exchange: Exchange) -> None:
        self.caught.set()
        if self._released.wait(_LONGEST_HOLD):
            exchange.forward()
            self.landed.set()
        exchange.cut()

    def release(self) -> None:
        """Let it go; returns once SPAR has answered it."""
        self._released.set()
        if not self.landed.wait(_LONGEST_HOLD):
            raise TimeoutError("SPAR did not answer the request that was held")


def delay(seconds: float) -> Fault:
    """The request reaches SPAR so much later; its answer is passed on."""

    def late(exchange: Exchange) -> None:
        threading.Event().wait(seconds)
        passes(exchange)

    return late
