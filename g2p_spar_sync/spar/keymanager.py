"""A signer whose private key never leaves MOSIP Keymanager: its ``POST <base URL>/jwtSign``.

Nothing that it answers is taken on trust. Keymanager signs with a key of its own when it knows no
application id, and makes a new key by itself when one has expired; so each signature must fit the
certificate that SPAR's administrator was given.
"""

import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from .errors import (
    AnswerTruncated,
    ConnectionCut,
    ConnectionRefused,
    DeadlinePassed,
    KeymanagerUnusable,
    NameNotResolved,
    RequestError,
    TlsRefused,
)
from .exchange import Exchange, RawAnswer
from .jws import included, split, verify
from .keys import b64u
from .signing import CanonicalForm
from .tokens import LATE, AccessTokens

_PATH = "/jwtSign"
_CODE = re.compile(r"KER-[A-Z]{3}-\d{3}")
#: Keymanager's own codes, as far as an administrator can do something different about them.
_CODES = {
    "KER-ATH-401": "keymanager_not_allowed",
    "KER-ATH-403": "keymanager_not_allowed",
    "KER-JWS-108": "keymanager_application",
    "KER-KMS-002": "keymanager_application",
    "KER-KMS-010": "keymanager_no_key",
    "KER-KMS-011": "keymanager_no_key",
    "KER-KMS-012": "keymanager_no_key",
    "KER-KMS-020": "keymanager_no_key",
    "KER-KMS-001": "keymanager_key_expired",
    "KER-KMA-005": "keymanager_key_expired",
    "KER-KMS-500": "keymanager_failed",
}
_UNREACHABLE = (NameNotResolved, ConnectionRefused)
_BROKEN = (ConnectionCut, AnswerTruncated)


class KeymanagerSigner:
    """Raises KeymanagerUnusable, or DeadlinePassed where the caller's time was over first.

    :param exchange: posts to Keymanager; its base URL ends before /jwtSign
    :param certificate: PEM that every signature must fit; only ``introduce`` works without
    :param tokens: None where Keymanager asks for no token
    :param seconds: longest whole signature, with fetching a token for it
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        application_id: str,
        reference_id: str = "",
        certificate: bytes | None,
        tokens: AccessTokens | None,
        seconds: float,
        canonical: CanonicalForm = "as_sent",
        monotonic: Callable[[], float] = time.monotonic,
    ):
        #: as Keymanager wrote it into the last signature's header
        self.kid: str | None = None
        self.canonical = canonical
        self._exchange = exchange
        self._tokens = tokens
        self._names = {"applicationId": application_id, "referenceId": reference_id}
        self._certificate = certificate and x509.load_pem_x509_certificate(certificate)
        self._seconds = seconds
        self._monotonic = monotonic

    def __repr__(self) -> str:
        return f"<KeymanagerSigner {self._exchange.host} {self._names['applicationId']}>"

    def sign(self, body: bytes, *, deadline: float | None = None) -> str:
        """The value of the Signature header: detached, and proved to cover exactly these bytes."""
        if self._certificate is None:
            raise KeymanagerUnusable(code="keymanager_no_certificate")
        protected, signature, _header = self._signed(body, deadline, self._certificate)
        return f"{protected}..{signature}"

    def introduce(self, *, deadline: float | None = None) -> bytes:
        """The certificate, PEM, of the key that Keymanager signs with for these two names."""
        header = self._signed(b"{}", deadline, None)[2]
        return included(header).public_bytes(serialization.Encoding.PEM)

    def close(self) -> None:
        self._exchange.close()
        if self._tokens:
            self._tokens.close()

    def _signed(
        self, body: bytes, deadline: float | None, certificate: x509.Certificate | None
    ) -> tuple[str, str, dict]:
        """(protected header, signature, the header read) of a JWS that was checked."""
        own = self._monotonic() + self._seconds
        until = own if deadline is None else min(own, deadline)
        try:
            jws = self._ask(body, until, include=certificate is None)
        except LATE:
            if until < own:
                raise DeadlinePassed() from None
            raise KeymanagerUnusable(code="keymanager_silent") from None
        protected, signature, header = split(jws, b64u(body))
        verify(certificate or included(header), f"{protected}.{b64u(body)}", signature)
        kid = header.get("kid")
        self.kid = kid if isinstance(kid, str) else None
        return protected, signature, header

    def _ask(self, body: bytes, until: float, include: bool) -> str:
        """Asked twice at the most: a signature more does no harm."""
        token, fresh = self._tokens.get(until) if self._tokens else (None, True)
        try:
            return _read(self._post(body, token, until, include))
        except KeymanagerUnusable as error:
            # A token may end before its time: the server that gave it was started anew.
            if fresh or not self._tokens or error.code != "keymanager_not_allowed":
                raise
            self._tokens.forget()
            token, _fresh = self._tokens.get(until)
        return _read(self._post(body, token, until, include))

    def _post(self, body: bytes, token: str | None, until: float, include: bool) -> RawAnswer:
        headers = {"Content-Type": "application/json"}
        if token:
            # MOSIP's services look for it in a cookie.
            headers["Cookie"] = f"Authorization={token}"
        payload = json.dumps(self._request(body, include)).encode()
        for last in (False, True):
            try:
                return self._exchange.post(
                    _PATH,
                    payload,
                    headers,
                    connect=max(until - self._monotonic(), 0.0),
                    read=max(until - self._monotonic(), 0.0),
                    deadline=until,
                )
            except LATE:
                raise
            except RequestError as error:
                self._exchange.drop_connections()
                # It may have closed a connection that lay idle.
                if last or not isinstance(error, _BROKEN):
                    raise KeymanagerUnusable(code=_code(error)) from None
        raise AssertionError("unreachable")

    def _request(self, body: bytes, include: bool) -> dict:
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        return {
            "id": "string",
            "version": "string",
            "requesttime": f"{now.isoformat(timespec='milliseconds')}Z",
            "metadata": {},
            "request": {
                "dataToSign": b64u(body),
                **self._names,
                # Asked for, to see that it signed these bytes; SPAR does not get it.
                "includePayload": True,
                # A certificate in the header would be believed by whoever verifies with Keymanager.
                "includeCertificate": include,
                "includeCertHash": False,
            },
        }


def _code(error: RequestError) -> str:
    if isinstance(error, _UNREACHABLE):
        return "keymanager_unreachable"
    return "keymanager_tls" if isinstance(error, TlsRefused) else "keymanager_failed"


def _read(answer: RawAnswer) -> str:
    """The JWS of an answer. Errors come with HTTP 200, too."""
    how = {"http_status": answer.status, "retry_after": answer.retry_after}
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    body = body if isinstance(body, dict) else {}
    code = _error_code(body)
    if answer.status in (401, 403) and code not in _CODES:
        raise KeymanagerUnusable(code="keymanager_not_allowed", **how)
    if code:
        raise KeymanagerUnusable(code=_CODES.get(code, code), **how)
    if answer.status in (301, 302, 303, 307, 308, 404, 405):
        raise KeymanagerUnusable(code="keymanager_path", **how)
    response = body.get("response")
    jws = response.get("jwtSignedData") if isinstance(response, dict) else None
    if answer.status != 200 or not isinstance(jws, str):
        raise KeymanagerUnusable(code="keymanager_failed", **how)
    return jws


def _error_code(body: dict) -> str | None:
    errors = body.get("errors")
    if not errors:
        return None
    first = errors[0] if isinstance(errors, list) else None
    code = first.get("errorCode") if isinstance(first, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else "keymanager_failed"
