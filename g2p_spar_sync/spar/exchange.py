"""One POST and its whole answer, bounded in time and size, over a pooled session of requests."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from .errors import (
    AnswerTimeout,
    AnswerTooLarge,
    AnswerTruncated,
    ConfigurationUnusable,
    ConnectTimeout,
    DeadlinePassed,
)
from .failures import LIBRARY_ERRORS, translate
from .route import ProxyRefused, Route
from .transport import Guard, GuardedAdapter

# SPAR closes a connection that was idle for 5 s, and after every 500, without a word.
IDLE_LIMIT = 4.0
_CHUNK = 16 * 1024
# Nothing to unpack, so nothing that unpacks to more than the cap.
_ACCEPT = {"Accept": "application/json", "Accept-Encoding": "identity"}


@dataclass(frozen=True, kw_only=True)
class RawAnswer:
    status: int
    body: bytes = field(repr=False)
    #: seconds the server asked us to wait
    retry_after: float | None
    #: what time the server says it is, aware, if it says so
    server_time: datetime | None = None


class Exchange:
    """Follows no redirect, takes no proxy, netrc or CA from the environment, repeats nothing."""

    def __init__(
        self,
        *,
        base_url: str,
        session: requests.Session | None,
        route: Route,
        max_answer_bytes: int,
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self.base_url = base_url.rstrip("/")
        self._headers = dict(route.headers)
        self._proxies = dict.fromkeys(("http", "https"), route.proxy) if route.proxy else {}
        self._check_configuration()
        self._max_answer_bytes = max_answer_bytes
        self._monotonic = monotonic
        self._session = session or requests.Session()
        self._session.trust_env = False
        self._session.proxies.clear()
        context = route.ssl_context() if self.base_url.startswith("https:") else None
        self._adapter = GuardedAdapter(context, route.proxy_headers())
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
                    headers={**self._headers, **_ACCEPT, **headers},
                    timeout=(min(connect, left), min(read, left)),
                    allow_redirects=False,
                    stream=True,
                    proxies=self._proxies,
                )
                with response:
                    body = self._body(response)
            except LIBRARY_ERRORS as error:
                if guard.expired:
                    raise (AnswerTimeout() if guard.sent else ConnectTimeout()) from None
                raise translate(error, sent=guard.sent, answering=response is not None) from None
            if guard.expired:
                raise AnswerTimeout()
        _check_whole(response)
        self._last_used = self._monotonic()
        if response.status_code == 407 and self._proxies:
            raise ProxyRefused(code="proxy_password", http_status=407)
        return RawAnswer(
            status=response.status_code,
            body=body,
            retry_after=_retry_after(response.headers),
            server_time=_http_date(response.headers.get("Date", "")),
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


def _check_whole(response: requests.Response) -> None:
    """Older urllib3 takes a body that is shorter than declared for a whole one."""
    declared = response.headers.get("Content-Length", "")
    # As a float: Python makes no int of more than 4300 digits.
    if declared.isdecimal() and response.raw.tell() < float(declared):
        raise AnswerTruncated(http_status=response.status_code)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, of a number or an HTTP date."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    when = _http_date(value)
    return max(0.0, (when - datetime.now(timezone.utc)).total_seconds()) if when else None


def _http_date(value: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=timezone.utc)
