"""The one place that turns errors of requests, urllib3 and the system into ours."""

import re
import socket
import ssl
from collections.abc import Iterator

import requests
import urllib3
from urllib3.connection import CertificateError

from .errors import (
    AnswerTimeout,
    AnswerTruncated,
    ConnectionCut,
    ConnectionRefused,
    ConnectTimeout,
    NameNotResolved,
    NotJson,
    RequestError,
    TlsRefused,
)
from .route import ProxyRefused, ProxyUnreachable

#: everything that a call of requests may raise for reasons of the network or the other side
LIBRARY_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)

# OpenSSL's X509_V_ERR_*, as far as an administrator can do something different about them.
_TLS_CODES = {
    9: "tls_not_yet_valid",
    10: "tls_expired",
    18: "tls_untrusted",
    19: "tls_untrusted",
    20: "tls_untrusted",
    21: "tls_untrusted",
    62: "tls_hostname",
    64: "tls_hostname",
}
# What OpenSSL calls it when the other side says, or speaks, something else.
_TLS_REASONS = (
    (re.compile(r"ALERT_.*CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_ACCESS_DENIED"), "tls_client_refused"),
    (re.compile(r"WRONG_VERSION_NUMBER|HTTP_REQUEST|RECORD_LAYER|PACKET_LENGTH"), "tls_not_spoken"),
    (re.compile(r"UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION"), "tls_version"),
)
# http.client has no other way to say it.
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")


def translate(error: Exception, *, sent: bool, answering: bool) -> RequestError:
    """``sent``: bytes of the request may have left; ``answering``: the answer's head had come."""
    causes = list(_causes(error))
    ours = _of_tls(causes, sent) or _of_the_proxy(causes) or _before_sending(causes)
    if ours is not None:
        return ours
    if _any(causes, requests.Timeout, urllib3.exceptions.ReadTimeoutError, TimeoutError):
        # Not sent yet: it was a handshake, or a proxy, that took so long.
        ours = AnswerTimeout() if sent else ConnectTimeout()
    elif _any(causes, requests.exceptions.ContentDecodingError):
        ours = NotJson(outcome_unknown=True)
    elif answering:
        ours = AnswerTruncated()
    else:
        ours = ConnectionCut()
    return ours if sent else ours.nothing_applied()


def _of_tls(causes: list[BaseException], sent: bool) -> RequestError | None:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TlsRefused(code=_TLS_CODES.get(cause.verify_code, "tls_unverified"))
    # Where OpenSSL does not judge the host's name, urllib3 does.
    if _any(causes, CertificateError):
        return TlsRefused(code="tls_hostname")
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            code = _tls_reason(cause)
            # TLS 1.3 judges our certificate only after the first bytes of the request have left.
            if not sent or code == "tls_client_refused":
                return TlsRefused(code=code)
    return None if sent or not _any(causes, requests.exceptions.SSLError) else TlsRefused()


def _of_the_proxy(causes: list[BaseException]) -> RequestError | None:
    for cause in causes:
        said = _TUNNEL.search(str(cause)) if isinstance(cause, OSError) else None
        if said:
            status = int(said.group(1))
            code = "proxy_password" if status == 407 else None
            return ProxyRefused(code=code, http_status=status)
    if _any(causes, requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        return ProxyUnreachable()
    return None


def _before_sending(causes: list[BaseException]) -> RequestError | None:
    """Errors of a connection that never stood."""
    malformed = (requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError)
    if _any(causes, socket.gaierror, *malformed):
        return NameNotResolved()
    # Before the timeout, which urllib3 derives it from.
    if _any(causes, urllib3.exceptions.NewConnectionError, ConnectionRefusedError):
        return ConnectionRefused()
    if _any(causes, requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError):
        return ConnectTimeout()
    return None


def _tls_reason(error: ssl.SSLError) -> str | None:
    """None: the default."""
    reason = (error.reason or "").replace(" ", "_").upper()
    return next((code for pattern, code in _TLS_REASONS if pattern.search(reason)), None)


def _any(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps: requests and urllib3 put that into args, reason or context."""
    seen: set[int] = set()
    queue = [error]
    while queue:
        current = queue.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        wrapped = [*current.args, getattr(current, "reason", None)]
        queue += [*(e for e in wrapped if isinstance(e, BaseException))]
        queue += [e for e in (current.__cause__, current.__context__) if e is not None]
