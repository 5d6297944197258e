"""HTTP connections that keep to a deadline.

The timeouts of requests bound each wait, not the whole call: a slow name server, a slow handshake
or a server that drips bytes can stretch it without end. A Guard bounds the whole. It is asked once
more when the connection stands and nothing was sent, and it cuts the socket when time is over.
"""

import socket
import threading
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .errors import DeadlinePassed

_guard: ContextVar["Guard | None"] = ContextVar("spar_guard", default=None)


class Guard:
    """Watches one call, from ``with`` to its end. Times in seconds of ``monotonic``."""

    def __init__(self, deadline: float, monotonic: Callable[[], float]):
        self._deadline = deadline
        self._monotonic = monotonic
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(self.remaining(), self._cut)
        self._timer.daemon = True
        #: a byte of the request may have left
        self.sent = False
        #: time was over and the socket was cut
        self.expired = False

    def remaining(self) -> float:
        return max(0.0, self._deadline - self._monotonic())

    def before_bytes(self, sock: socket.socket) -> None:
        """Called with a connected socket. Raises DeadlinePassed."""
        if not self.sent and not self.remaining():
            raise DeadlinePassed()
        self.sent = True
        self._socket = sock
        if self.expired:
            self._cut()

    def __enter__(self) -> "Guard":
        self._token = _guard.set(self)
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        _guard.reset(self._token)

    def _cut(self) -> None:
        self.expired = True
        if self._socket is None:
            return
        try:
            # The base class's: that of an SSLSocket would let the reader go on without TLS.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        except OSError:
            # Closed by the other side or by the reader in this very moment, which is as good.
            return


class _Guarded:
    def send(self, data) -> None:
        if self.sock is None:
            self.connect()
        guard = _guard.get()
        if guard is not None:
            guard.before_bytes(self.sock)
        super().send(data)


class _GuardedHTTP(_Guarded, HTTPConnection):
    pass


class _GuardedHTTPS(_Guarded, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPS


class GuardedAdapter(HTTPAdapter):
    """A requests adapter without retries, whose connections ask the current Guard."""

    def init_poolmanager(self, *args, **kwargs) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
