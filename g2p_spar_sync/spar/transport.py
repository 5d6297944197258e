"""HTTP connections that keep to a deadline.

The timeouts of requests bound each wait, not the whole call: a slow name server, a slow handshake
or a server that drips bytes can stretch it without end. A Guard bounds the whole. It is asked once
more when the connection stands and nothing was sent, and it cuts the socket when time is over,
also one on which a proxy or a handshake keeps us waiting.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
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
        self._line: socket.socket | None = None
        self._timer = threading.Timer(self.remaining(), self._cut)
        self._timer.daemon = True
        #: a byte of the request may have left
        self.sent = False
        #: time was over and the socket was cut
        self.expired = False

    def remaining(self) -> float:
        return max(0.0, self._deadline - self._monotonic())

    def connecting(self, sock: socket.socket) -> None:
        """Called with a socket that has just reached the host, or the proxy."""
        self._drop_line()
        # TLS takes the socket over, and lets nobody have it before the handshake is done.
        self._line = sock.dup()
        if self.expired:
            self._cut()

    def before_bytes(self, sock: socket.socket) -> None:
        """Called with a connected socket. Raises DeadlinePassed."""
        if not self.sent and not self.remaining():
            raise DeadlinePassed()
        self.sent = True
        self._socket = sock
        self._drop_line()
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
        self._drop_line()
        _guard.reset(self._token)

    def _drop_line(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _cut(self) -> None:
        self.expired = True
        sock = self._socket or self._line
        if sock is None:
            return
        try:
            # The base class's: that of an SSLSocket would let the reader go on without TLS.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            # Closed by the other side or by the reader in this very moment, which is as good.
            return


class _Guarded:
    _tunnelling = False

    def _new_conn(self):
        sock = super()._new_conn()
        guard = _guard.get()
        if guard is not None:
            guard.connecting(sock)
        return sock

    def _tunnel(self) -> None:
        self._tunnelling = True
        try:
            super()._tunnel()
        finally:
            self._tunnelling = False

    def send(self, data) -> None:
        if self.sock is None:
            self.connect()
        guard = _guard.get()
        # What is said to a proxy to get through is no byte of the request.
        if guard is not None and not self._tunnelling:
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


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class GuardedAdapter(HTTPAdapter):
    """A requests adapter without retries, whose connections ask the current Guard.

    :param context: judges the certificates of https, alone
    :param proxy_headers: what a proxy is shown
    """

    def __init__(
        self, context: ssl.SSLContext | None = None, proxy_headers: Mapping[str, str] | None = None
    ):
        self._context = context
        self._proxy_headers = dict(proxy_headers or {})
        super().__init__()

    def init_poolmanager(self, *args, **kwargs) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs):
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        return self._proxy_headers

    def cert_verify(self, conn, url, verify, cert) -> None:
        """Not as in requests, which would trust its own bundle besides."""
        conn.cert_reqs = "CERT_REQUIRED"
