# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A proxy in front of SPAR that can do what networks and gateways do to requests.

A fault is a function of an Exchange, see ``faults``. It is switched on for requests that fit::

    proxy.once(faults.cut_after, operation="update")
    proxy.fault(faults.server_error, times=3, containing="E2E-00001")

Everything else passes through, byte for byte, so that signatures stay good.
"""

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .faults import Exchange, Fault, passes

#: The signature of every request that went through.
SIGNATURES: set[str] = set()


@dataclass
class _Rule:
    fault: Fault
    times: int
    operation: str
    containing: bytes
    without: str


@dataclass
class Proxy:
    """Listens on a free port of 127.0.0.1; ``with`` starts and stops it.

    :ivar seen: (operation, name of the fault) of each request, in order
    """

    target: str
    seen: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self):
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def once(self, fault: Fault, operation: str = "", containing: str = "") -> None:
        """The next request that fits meets the fault."""
        self.fault(fault, 1, operation, containing)

    def fault(
        self,
        fault: Fault,
        times: int = 10**9,
        operation: str = "",
        containing: str = "",
        without: str = "",
    ) -> None:
        """Requests that fit meet the fault.

        :param operation: link, update, unlink or resolve; "" is any
        :param containing: text in the body, such as an id
        :param without: an operation that is left alone
        """
        with self._lock:
            self._rules.append(_Rule(fault, times, operation, containing.encode(), without))

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._rules.clear()

    @property
    def url(self) -> str:
        """What to set as the connection's base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Proxy":
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                SIGNATURES.add(self.headers.get("Signature", ""))
                operation = self.path.rpartition("/")[2]
                exchange = Exchange(self, proxy.target + self.path, operation, body)
                # Whoever waited for the answer may be gone: that is what some faults are about.
                with suppress(BrokenPipeError, ConnectionResetError, ValueError):
                    proxy.serve(exchange)

            def log_message(self, *_args) -> None:
                """Nothing on the terminal."""

            def finish(self) -> None:
                with suppress(BrokenPipeError, ConnectionResetError, ValueError, OSError):
                    super().finish()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, exchange: Exchange) -> None:
        """Let the request through, or do to it what the first rule that fits says."""
        self._choose(exchange)(exchange)

    def _choose(self, exchange: Exchange) -> Fault:
        with self._lock:
            chosen = passes
            for rule in self._rules:
                if rule.times and _fits(rule, exchange):
                    rule.times -= 1
                    chosen = rule.fault
                    break
            self.seen.append((exchange.operation, getattr(chosen, "__name__", "held")))
        return chosen


def _fits(rule: _Rule, exchange: Exchange) -> bool:
    return (
        rule.operation in ("", exchange.operation)
        and rule.without != exchange.operation
        and rule.containing in exchange.body
    )
