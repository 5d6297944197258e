"""Access tokens by OIDC's client credentials, kept until they are nearly over."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from .errors import (
    AnswerTimeout,
    ConnectTimeout,
    DeadlinePassed,
    KeymanagerUnusable,
    RequestError,
)
from .exchange import Exchange, RawAnswer

#: Time was over; whose, the caller knows.
LATE = (DeadlinePassed, AnswerTimeout, ConnectTimeout)
#: Of its life, after which a token is fetched anew; so it never ends on its way.
_SHARE = 0.8
#: Seconds, where the server does not say how long its token lives.
_UNSAID = 60.0
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")


@dataclass
class KeptToken:
    """Where a token lies between two calls; clients of one process may share it."""

    token: str = field(default="", repr=False)
    #: seconds of ``time.monotonic``
    renew_at: float = 0.0


class AccessTokens:
    """Raises KeymanagerUnusable (keymanager_token_refused, keymanager_token_failed), or LATE.

    :param exchange: its base URL is the whole URL of the token endpoint
    """

    def __init__(
        self,
        exchange: Exchange,
        client_id: str,
        client_secret: str,
        kept: KeptToken | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self._exchange = exchange
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        self._kept = kept or KeptToken()
        self._monotonic = monotonic

    def __repr__(self) -> str:
        return f"<AccessTokens {self._exchange.host}>"

    def get(self, deadline: float) -> tuple[str, bool]:
        """(token, whether it was fetched just now). ``deadline`` in seconds of ``monotonic``."""
        if self._kept.token and self._monotonic() < self._kept.renew_at:
            return self._kept.token, False
        asked = self._monotonic()
        try:
            answer = self._exchange.post(
                "",
                urlencode(self._form).encode(),
                {"Content-Type": "application/x-www-form-urlencoded"},
                connect=max(deadline - asked, 0.0),
                read=max(deadline - asked, 0.0),
                deadline=deadline,
            )
        except LATE:
            raise
        except RequestError:
            self._exchange.drop_connections()
            raise KeymanagerUnusable(code="keymanager_token_failed") from None
        self._kept.token, seconds = _read(answer)
        self._kept.renew_at = asked + seconds * _SHARE
        return self._kept.token, True

    def forget(self) -> None:
        """The next call fetches a new one."""
        self._kept.token = ""

    def close(self) -> None:
        self._exchange.close()


def _read(answer: RawAnswer) -> tuple[str, float]:
    """(token, seconds it lives)"""
    how = {"http_status": answer.status, "retry_after": answer.retry_after}
    # RFC 6749: 400 or 401 for a client, a secret or a grant that is not right.
    if answer.status in (400, 401, 403):
        raise KeymanagerUnusable(code="keymanager_token_refused", **how)
    try:
        body = json.loads(answer.body)
    except ValueError:
        raise KeymanagerUnusable(code="keymanager_token_failed", **how) from None
    token = body.get("access_token") if isinstance(body, dict) else None
    if answer.status != 200 or not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise KeymanagerUnusable(code="keymanager_token_failed", **how)
    seconds = body.get("expires_in")
    return token, seconds if type(seconds) in (int, float) and seconds > 0 else _UNSAID
