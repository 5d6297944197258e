# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a reader may make of an answer: a typed error, or outcomes that the answer really says.

Written from the formats, not from the readers: it looks the rows up by itself.
"""

import json

from spar.answers import Item, ItemOutcome, Linked, NotLinked
from spar.errors import RequestError, UnreadableAddress
from spar.strategies import DEFAULT_STRATEGIES, decode

_ACCOUNTS = ("account_number", "mobile_number", "email_address")
_SAID_NO = {"rjct", "ERROR"}


class Wrong(Exception):
    """A reader's fault."""


def judge(wire, op: str, status: int, data: bytes, asked: list[Item]) -> str:
    """Read and judge; returns in a word what came of it. Raises Wrong."""
    try:
        outcomes = wire.read(op, status, data, asked)
    except RequestError as error:
        _error(error, op, status, data)
        return type(error).__name__
    except Exception as error:
        raise Wrong(f"untyped {type(error).__name__}") from error
    _require(200 <= status < 300, "outcomes of an HTTP error")
    head, rows = _look(data, op)
    _require(head in ("succ", "SUCCESS"), "outcomes although the whole was not a success")
    _require([o.reference_id for o in outcomes] == [i.reference_id for i in asked], "references")
    _require(len(rows) == len(asked), "as many rows as items")
    for item, outcome in zip(asked, outcomes, strict=True):
        _outcome(wire, op, item, outcome, rows)
    return "outcomes"


def _outcome(wire, op: str, item: Item, outcome: ItemOutcome, rows: list) -> None:
    own = [r for r in rows if isinstance(r, dict) and r.get("reference_id") == item.reference_id]
    _require(len(own) == 1, "not exactly one row of the item")
    row = own[0]
    code = row.get("status_reason_code")
    _require(row.get("status") == ("succ" if outcome.ok else "rjct"), "another verdict")
    _require(row.get("id") in (None, "", item.spar_id), "a row of another id")
    if outcome.ok:
        _require(not str(code).startswith("rjct"), "ok with a code that refuses")
    stored = row.get("fa") if op == "link" and wire.name == "request-body" else None
    _require(not outcome.ok or stored in (None, item.fa), "ok although another string is stored")
    if op != "resolve" or not outcome.ok:
        _require(outcome.answer is None, "an answer without a question")
        return
    if isinstance(outcome.answer, NotLinked):
        _require(code == "succ.fa.not_linked_to_id", "not linked, and nobody said so")
        return
    _require(isinstance(outcome.answer, Linked), "a resolve without an answer")
    _require(code != "succ.fa.not_linked_to_id", "linked, although not linked was said")
    _address(outcome.answer, row.get("fa"))


def _address(linked: Linked, fa: object) -> None:
    """What reads as an address is the one that the row names."""
    try:
        address = decode(linked.fa, DEFAULT_STRATEGIES, linked.strategy_id)
    except UnreadableAddress:
        return
    named = [fa.get(key) for key in _ACCOUNTS] if isinstance(fa, dict) else []
    whole = isinstance(fa, str) and linked.fa == fa
    _require(whole or address.account in named, "an address that the row does not name")


def _error(error: RequestError, op: str, status: int, data: bytes) -> None:
    said = f"{error} {error!r} {error.args}"
    _require("SYN-" not in said and "account_number" not in said, "an error that tells")
    if op == "resolve":
        _require(not (error.outcome_unknown or error.may_land_late), "a resolve changes nothing")
    elif 200 <= status < 300 and not error.outcome_unknown:
        head, rows = _look(data, op)
        _require(head in _SAID_NO and not rows, "nothing stored, and nobody said so")


def _look(data: bytes, op: str) -> tuple[object, object]:
    """(the envelope's status, the rows) of either format, wherever they are there."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return None, None
    head = _at(body, "header", "status") or _at(body, "response_header", "response_status")
    path = ("response_body", "response_payload", f"{op}_response")
    rows = _at(body, "message", f"{op}_response") or _at(body, *path) or []
    return (head if isinstance(head, str) else None), rows


def _at(value: object, *path: str) -> object:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise Wrong(what)
