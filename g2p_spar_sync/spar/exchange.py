"""One POST and its whole answer, bounded in time and size, over a pooled session of requests."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests

from .errors import (
    AnswerTimeout,
    AnswerTooLarge,
    AnswerTruncated,
    ConfigurationUnusable,
    DeadlinePassed,
)
from .failures import LIBRARY_ERRORS, translate
from .transport import Guard, GuardedAdapter

# SPAR closes a connection that was idle for 5 s, and after every 500, without a word.
IDLE_LIMIT = 4.0
_CHUNK = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class RawAnswer:
    status: int
    body: bytes = field(repr=False)
    #: seconds the server asked us to wait
    retry_after: float | None


class Exchange:
    """Follows no redirect, takes no proxy, netrc or CA from the environment, repeats nothing."""

    def __init__(
        self,
        *,
        base_url: str,
        session: requests.Session | None,
        headers: Mapping[str, str],
        verify: bool | str,
        cert: str | tuple[str, str] | None,
        max_answer_bytes: int,
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self.base_url = base_url.rstrip("/")
        self._headers = dict(headers)
        self._tls = {"verify": verify, "cert": cert}
        self._check_configuration()
        self._max_answer_bytes = max_answer_bytes
        self._monotonic = monotonic
        self._session = session or requests.Session()
        self._session.trust_env = False
        self._session.proxies.clear()
        self._adapter = GuardedAdapter()
        self._session.mount("http://", self._adapter)
        self._session.mount("https://", self._adapter)
        self._last_used = monotonic()

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""

    def post(
        self,
        path: str,
        payload: bytes,
        headers: Mapping[str, str],
        *,
        connect: float,
        read: float,
        deadline: float,
    ) -> RawAnswer:
        """``connect``, ``read``: seconds of silence; ``deadline``: in seconds of ``monotonic``.

        Raises the RequestErrors of ``failures``, DeadlinePassed, AnswerTimeout, AnswerTooLarge.
        """
        if self._monotonic() - self._last_used > IDLE_LIMIT:
            self.drop_connections()
        with Guard(deadline, self._monotonic) as guard:
            left = guard.remaining()
            if not left:
                raise DeadlinePassed()
            response = None
            try:
                response = self._session.post(
                    self.base_url + path,
                    data=payload,
                    headers={**self._headers, **headers},
                    timeout=(min(connect, left), min(read, left)),
                    allow_redirects=False,
                    stream=True,
                    **self._tls,
                )
                with response:
                    body = self._body(response)
            except LIBRARY_ERRORS as error:
                if guard.expired and guard.sent:
                    raise AnswerTimeout() from None
                raise translate(error, sent=guard.sent, answering=response is not None) from None
            if guard.expired:
                raise AnswerTimeout()
        _check_whole(response)
        self._last_used = self._monotonic()
        return RawAnswer(
            status=response.status_code, body=body, retry_after=_retry_after(response.headers)
        )

    def drop_connections(self) -> None:
        """The next call starts on a fresh connection."""
        self._adapter.close()

    def close(self) -> None:
        self._session.close()

    def _body(self, response: requests.Response) -> bytes:
        chunks, size = [], 0
        for chunk in response.iter_content(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > self._max_answer_bytes:
                raise AnswerTooLarge(http_status=response.status_code)
        return b"".join(chunks)

    def _check_configuration(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or parts.query or parts.fragment:
            raise ConfigurationUnusable("The base URL is no http(s) URL.", code="url_malformed")
        try:
            requests.Request("POST", self.base_url, headers=self._headers).prepare()
        except (requests.RequestException, ValueError):
            raise ConfigurationUnusable(
                "The base URL or a header is malformed.", code="url_malformed"
            ) from None
        verify, cert = self._tls["verify"], self._tls["cert"]
        files = [verify] if isinstance(verify, str) else []
        files += [cert] if isinstance(cert, str) else list(cert or ())
        if not all(Path(file).exists() for file in files):
            raise ConfigurationUnusable("A certificate file is missing.", code="tls_file_missing")


def is_url(text: str) -> bool:
    """Whether one can post to it: http or https, a host, a port that can be one, no space."""
    try:
        requests.Request("POST", text).prepare()
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises
    except (requests.RequestException, ValueError):
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text.split() == [text]


def _check_whole(response: requests.Response) -> None:
    """Older urllib3 takes a body that is shorter than declared for a whole one."""
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and response.raw.tell() < int(declared):
        raise AnswerTruncated(http_status=response.status_code)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, of a number or an HTTP date."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    return max(0.0, (when - datetime.now(timezone.utc)).total_seconds())
