"""The one place that turns errors of requests, urllib3 and the system into ours."""

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

#: everything that a call of requests may raise for reasons of the network or the other side
LIBRARY_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)

# OpenSSL's X509_V_ERR_*, as far as an administrator can do something different about them.
_TLS_CODES = {
    10: "tls_expired",
    18: "tls_untrusted",
    19: "tls_untrusted",
    20: "tls_untrusted",
    21: "tls_untrusted",
    62: "tls_hostname",
    64: "tls_hostname",
}


def translate(error: Exception, *, sent: bool, answering: bool) -> RequestError:
    """``sent``: bytes of the request may have left; ``answering``: the answer's head had come."""
    causes = list(_causes(error))
    ours = _before_sending(causes)
    if ours is not None:
        return ours
    if _any(causes, requests.Timeout, urllib3.exceptions.ReadTimeoutError, TimeoutError):
        ours = AnswerTimeout()
    elif _any(causes, requests.exceptions.ContentDecodingError):
        ours = NotJson(outcome_unknown=True)
    elif answering:
        ours = AnswerTruncated()
    else:
        ours = ConnectionCut()
    return ours if sent else ours.nothing_applied()


def _before_sending(causes: list[BaseException]) -> RequestError | None:
    """Errors of a connection that never stood."""
    malformed = (requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError)
    if _any(causes, socket.gaierror, *malformed):
        return NameNotResolved()
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TlsRefused(code=_TLS_CODES.get(cause.verify_code, "tls_unverified"))
    # Where OpenSSL does not judge the host's name, urllib3 does.
    if _any(causes, CertificateError):
        return TlsRefused(code="tls_hostname")
    if _any(causes, requests.exceptions.SSLError, ssl.SSLError):
        return TlsRefused()
    # Before the timeout, which urllib3 derives it from.
    if _any(causes, urllib3.exceptions.NewConnectionError, ConnectionRefusedError):
        return ConnectionRefused()
    if _any(causes, requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError):
        return ConnectTimeout()
    return None


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
