"""What an answer's HTTP status and its being JSON say, in every wire format."""

import json
import re

from ..answers import Operation
from ..errors import (
    AnswerTruncated,
    NotAllowed,
    NotJson,
    Overloaded,
    RequestError,
    RequestRejected,
    ServerFailed,
    WrongWireFormat,
)

_SPAR_CODE = re.compile(r"G2P-[A-Z]{3}-\d{3}")


def judge_status(op: Operation, http_status: int, body: bytes) -> None:
    """Raise the RequestError that any status but 2xx means; return on 2xx."""
    if 200 <= http_status < 300:
        return
    error = _error_of(http_status, body)
    raise error.nothing_applied() if op == "resolve" else error


def parse_json(op: Operation, http_status: int, body: bytes) -> object:
    """The parsed body. Raises NotJson, or AnswerTruncated for JSON that broke off or never came."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        kind = AnswerTruncated if body.lstrip()[:1] in (b"", b"{", b"[") else NotJson
        raise kind(http_status=http_status, outcome_unknown=op != "resolve") from None


def _error_of(http_status: int, body: bytes) -> RequestError:
    code = _spar_code(body)
    if http_status in (401, 403):
        return NotAllowed(http_status=http_status)
    if http_status in (404, 405) or http_status < 400:
        return WrongWireFormat(http_status=http_status)
    if http_status == 429:
        return Overloaded(http_status=http_status, outcome_unknown=False, may_land_late=False)
    if http_status == 500:
        # Said by a proxy, it does not tell whether SPAR is done with the request.
        return ServerFailed(code=code, http_status=http_status, may_land_late=code is None)
    if http_status > 500 or http_status == 408:
        return Overloaded(http_status=http_status)
    if code or http_status == 413:
        return RequestRejected(code=code or "http_413", http_status=http_status)
    return NotJson(http_status=http_status)


def _spar_code(body: bytes) -> str | None:
    """SPAR's own code of ``{"errors": [{"code", "message"}, ...]}``; None: not SPAR's words."""
    try:
        errors = json.loads(body)["errors"]
        code = errors[0]["code"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return code if isinstance(code, str) and _SPAR_CODE.fullmatch(code) else None
