"""Test connection: walk to SPAR step by step, and say where it ends. Changes nothing at SPAR."""

import socket
import ssl
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Literal, get_args
from urllib.parse import urlsplit

from .client import Reply, SparClient
from .errors import (
    ConnectionCut,
    ConnectionRefused,
    ConnectTimeout,
    KeymanagerUnusable,
    NameNotResolved,
    NotAllowed,
    Overloaded,
    RequestError,
    ServerFailed,
    SignatureRefused,
    SigningKeyUnusable,
    TlsRefused,
)
from .failures import translate
from .route import ProxyRefused, ProxyUnreachable, Route
from .settings import LOOPBACK, origin
from .wire import WireFormat
from .wire.recognise import is_behind_signature, recognise, speaks

Step = Literal[
    "name",
    "tcp",
    "proxy",
    "tls",
    "gateway",
    "path",
    "wire_format",
    "signature",
    "answer",
    "latency",
    "clock",
]
STEPS: tuple[Step, ...] = get_args(Step)

#: seconds, for all of it; each call is bounded by the client's own timeouts besides
LONGEST = 45.0
PROBES = 5
#: seconds
SLOW, SKEWED = 2.0, 60.0
#: how long a server may take to refuse our certificate after the handshake
_QUIET = 1.5


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What came of one step."""

    step: Step
    state: Literal["ok", "warning", "failed", "not_reached"]
    #: what is wrong; None where nothing is
    code: str | None = None
    #: of a step that failed by a request
    error: RequestError | None = None
    params: dict = field(default_factory=dict)


class _Ended(Exception):
    """The walk goes no further; ``finding`` says why."""

    def __init__(self, step: Step, code: str, error: RequestError | None = None, **params):
        self.finding = Finding(step=step, state="failed", code=code, error=error, params=params)
        super().__init__(code)


class Diagnosis:
    """One walk.

    :param own: the connection's client, or the error for which there is none
    :param stranger: (wire format) -> a client that signs by a key which SPAR cannot know
    :param formats: all that there are
    :param connect: seconds
    """

    def __init__(
        self,
        *,
        base_url: str,
        route: Route,
        wire: WireFormat,
        own: SparClient | RequestError,
        stranger: Callable[[WireFormat], SparClient],
        formats: Iterable[WireFormat],
        connect: float = 5.0,
        clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self._base_url, self._route, self._wire = base_url, route, wire
        self._own, self._stranger, self._formats = own, stranger, list(formats)
        self._connect, self._clock, self._monotonic = connect, clock, monotonic
        self._until = monotonic() + LONGEST
        self._findings: dict[Step, Finding] = {}

    def run(self) -> list[Finding]:
        """One finding for each step there is, in their order."""
        steps = [step for step in STEPS if step not in self._left_out()]
        try:
            self._walk()
        except _Ended as ended:
            self._findings[ended.finding.step] = ended.finding
            reached = steps[: steps.index(ended.finding.step)]
        else:
            reached = steps
        return [
            self._findings.get(step)
            or Finding(step=step, state="ok" if step in reached else "not_reached")
            for step in steps
        ]

    def _left_out(self) -> list[Step]:
        # Whoever asks a proxy leaves name and port to it.
        left_out: list[Step] = ["name", "tcp"] if self._route.proxy else ["proxy"]
        if not self._wire.signed:
            left_out.append("signature")
        if self._base_url.startswith("http:") and urlsplit(self._base_url).hostname in LOOPBACK:
            left_out.append("tls")
        return left_out

    def _walk(self) -> None:
        if not self._route.proxy:
            self._reach()
        if self._base_url.startswith("http:"):
            self._warn("tls", "plain_http")
        reply = self._probe()
        [outcome] = reply.outcomes
        if not outcome.ok:
            raise _Ended("answer", "item_refused", spar_code=outcome.code or "")
        if self._wire.signed and self._ask_as_stranger(self._wire) is None:
            self._warn("signature", "signature_unchecked")
        self._time(reply)

    def _reach(self) -> None:
        parts = urlsplit(self._base_url)
        host, port = parts.hostname, int(origin(self._base_url).rpartition(":")[2])
        try:
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise _Ended("name", "name_not_resolved", NameNotResolved()) from None
        try:
            # Tries every address of the host, as a request does.
            socket.create_connection((host, port), timeout=self._connect).close()
        except TimeoutError:
            raise _Ended("tcp", "connect_timeout", ConnectTimeout()) from None
        except OSError:
            raise _Ended("tcp", "connection_refused", ConnectionRefused()) from None

    def _probe(self) -> Reply:
        """The answer; _Ended at the step that an error belongs to."""
        if isinstance(self._own, RequestError):
            error = self._ask_as_stranger(self._wire)
            if error is None or speaks(error):
                step: Step = "signature" if self._wire.signed else "answer"
                raise _Ended(step, self._own.code, self._own)
            raise self._end(error)
        try:
            return self._own.probe(deadline=self._until)
        except RequestError as error:
            raise self._end(error) from error

    def _end(self, error: RequestError) -> _Ended:
        if isinstance(error, ConnectionCut) and not self._route.proxy:
            error = self._refused_after_handshake() or error
        step = self._step_before_spar(error)
        if step:
            return _Ended(step, error.code, error)
        if isinstance(error, SignatureRefused) and self._wire.signed:
            return self._signature(error)
        if isinstance(error, ServerFailed) and speaks(error) and self._wire.signed:
            return self._failed_inside(error)
        return self._not_this_format(error)

    def _step_before_spar(self, error: RequestError) -> Step | None:
        if isinstance(error, ProxyUnreachable | ProxyRefused):
            return "proxy"
        if isinstance(error, TlsRefused):
            return "tls"
        if isinstance(error, ConnectTimeout):
            return "proxy" if self._route.proxy else "tls"
        if isinstance(error, NameNotResolved):
            return "name"
        if isinstance(error, ConnectionRefused):
            return "tcp"
        redirected = error.http_status is not None and 300 <= error.http_status < 400
        if redirected or isinstance(error, NotAllowed | Overloaded):
            return "gateway"
        if isinstance(error, KeymanagerUnusable | SigningKeyUnusable):
            return "signature"
        return None if error.http_status else "path"

    def _signature(self, error: SignatureRefused) -> _Ended:
        # Where a sender that SPAR does not know is an error of its own, this one is known.
        code = "signature_key" if self._wire.unknown_sender_fails else "signature_refused"
        return _Ended("signature", code, error)

    def _failed_inside(self, error: ServerFailed) -> _Ended:
        """SPAR failed: over our signature, or behind it?"""
        if not is_behind_signature(error):
            strange = self._ask_as_stranger(self._wire)
            if isinstance(strange, ServerFailed):
                known = self._wire.unknown_sender_fails
                code = "signature_sender" if known else "signature_unjudged"
                return _Ended("signature", code, error)
        return _Ended("answer", error.code, error)

    def _not_this_format(self, error: RequestError) -> _Ended:
        found = recognise(self._formats, self._ask_as_stranger)
        if found is None:
            return _Ended("path", error.code, error)
        if found.name == self._wire.name or (speaks(error) and self._wire.signed):
            return _Ended("answer", error.code, error)
        if speaks(error) and isinstance(self._ask_as_stranger(found), ServerFailed):
            # Signed or not, it fails.
            return _Ended("answer", error.code, error)
        return _Ended("wire_format", "other_wire_format", error, speaks=found.name)

    def _ask_as_stranger(self, wire: WireFormat) -> RequestError | None:
        client = self._stranger(wire)
        try:
            client.probe(deadline=self._until)
        except RequestError as error:
            return error
        finally:
            client.close()
        return None

    def _refused_after_handshake(self) -> RequestError | None:
        """TLS 1.3 tells of a client's certificate only later: wait for it, and send nothing."""
        parts = urlsplit(self._base_url)
        if parts.scheme != "https":
            return None
        address = (parts.hostname, int(origin(self._base_url).rpartition(":")[2]))
        try:
            with (
                socket.create_connection(address, timeout=self._connect) as line,
                self._route.ssl_context().wrap_socket(line, server_hostname=address[0]) as tls,
            ):
                tls.settimeout(_QUIET)
                tls.recv(1)
        except TimeoutError:
            return None
        except ssl.SSLError as error:
            return translate(error, sent=False, answering=False)
        except OSError:
            return None
        return None

    def _time(self, reply: Reply) -> None:
        seconds = []
        for _number in range(PROBES):
            try:
                seconds.append(self._own.probe(deadline=self._until).seconds)
            except RequestError as error:
                raise _Ended("latency", error.code, error) from error
        median = statistics.median(seconds)
        self._findings["latency"] = Finding(
            step="latency",
            state="warning" if median > SLOW else "ok",
            code="slow" if median > SLOW else None,
            params={"ms": max(1, round(median * 1000))},
        )
        if reply.server_time is None:
            self._warn("clock", "clock_unsaid")
            return
        ahead = (reply.server_time - self._clock()).total_seconds()
        if abs(ahead) > SKEWED:
            self._warn("clock", "clock_skewed", seconds=round(ahead))

    def _warn(self, step: Step, code: str, **params) -> None:
        self._findings[step] = Finding(step=step, state="warning", code=code, params=params)
