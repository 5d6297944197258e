# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The proxy of a run: remembers what was sent in which order, and delivers late what it is told."""

import http.client
import json
import socket
import threading
import time
from dataclasses import dataclass

from tests.helpers.faults import Answer, Exchange, Fault
from tests.helpers.proxy import Proxy

_WRITES = ("link", "update", "unlink")


@dataclass(frozen=True)
class Sent:
    """One item of a request, in the order in which requests reached the proxy."""

    operation: str
    spar_id: str
    fa: str


class Wire(Proxy):
    """Between the addon and SPAR.

    :ivar sent: every item of every write that the addon sent
    :ivar overdue: items of requests that reached SPAR later than ``in_flight`` seconds, by the
        database's clock, after the addon saw them fail: later than it was told to expect
    """

    def __init__(self, target: str, in_flight: float):
        super().__init__(target)
        self.sent: list[Sent] = []
        self.overdue: set[Sent] = set()
        self.in_flight = in_flight
        self._travelling: list[Sent] = []

    def serve(self, exchange: Exchange) -> None:
        items = _items(exchange)
        with self._lock:
            self.sent += items
        try:
            super().serve(exchange)
        except (ConnectionRefusedError, http.client.HTTPException):
            # SPAR is down: what stands before it says so.
            exchange.answer(Answer(502, "text/plain", b"Bad Gateway"))

    def late(self, seconds: float) -> Fault:
        """The connection is cut at once, and the request reaches SPAR so much later."""

        def lands_late(exchange: Exchange) -> None:
            # The handler's own files keep a closed socket open.
            exchange.handler.connection.shutdown(socket.SHUT_RDWR)
            cut_at = time.monotonic()
            items = _items(exchange)
            with self._lock:
                self._travelling += items
            threading.Event().wait(seconds)
            try:
                exchange.forward()
            finally:
                with self._lock:
                    for item in items:
                        self._travelling.remove(item)
                if time.monotonic() - cut_at > self.in_flight:
                    self.overdue.update(items)

        return lands_late

    def clock_jumped(self) -> None:
        """What travels now is later than promised, by a clock that went ahead meanwhile."""
        with self._lock:
            self.overdue.update(self._travelling)


def _items(exchange: Exchange) -> list[Sent]:
    operation = exchange.operation
    if operation not in _WRITES:
        return []
    request = json.loads(exchange.body)["message"][f"{operation}_request"]
    return [Sent(operation, item["id"], item["fa"]) for item in request]
