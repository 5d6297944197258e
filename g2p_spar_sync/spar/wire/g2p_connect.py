"""SPAR 1.0 and 1.1: ``POST /sync/{operation}``, envelope of header and message.

Measured on openg2p-spar-mapper-api 1.0.0 and 1.1.0; see tests/unit/transcripts.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from ..answers import Item, ItemOutcome, Linked, NotLinked, Operation
from ..errors import AnswerIncomplete, RequestRejected, SignatureRefused, WrongWireFormat
from ..signing import CanonicalForm
from .http import judge_status, parse_json

NOT_LINKED = "succ.fa.not_linked_to_id"
_SIGNATURE = "rjct.jwt.invalid"
_CODE = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_ABSENT = object()


@dataclass(frozen=True, kw_only=True)
class G2PConnect:
    name: str
    signed: bool
    canonical: CanonicalForm = "as_sent"

    def build(
        self,
        op: Operation,
        items: Sequence[Item],
        *,
        sender_id: str,
        receiver_id: str,
        message_id: str,
        transaction_id: str,
        now: datetime,
    ) -> tuple[str, dict]:
        """(path, body). ``now`` is aware, or naive UTC.

        Raises ValueError for a batch that SPAR could answer only ambiguously, or would refuse
        whole: no items, a reference twice, a link or update without an address. Without its
        strategy SPAR would keep the one of the address before, so that is demanded too.
        """
        if not items or len({item.reference_id for item in items}) < len(items):
            raise ValueError("a batch needs items, each with a reference_id of its own")
        whole = all(item.fa and item.strategy_id is not None for item in items)
        if op in ("link", "update") and not whole:
            raise ValueError(f"{op} needs an address and its strategy for every item")
        stamp = _timestamp(now)
        header = {
            "version": "1.0.0",
            "message_id": message_id,
            "message_ts": stamp,
            "action": op,
            "sender_id": sender_id,
            "sender_uri": "",
            "receiver_id": receiver_id,
            "total_count": len(items),
            "is_msg_encrypted": False,
        }
        message = {
            "transaction_id": transaction_id,
            f"{op}_request": [_item(op, item, stamp) for item in items],
        }
        return f"/sync/{op}", {"header": header, "message": message}

    def read(
        self, op: Operation, http_status: int, body: bytes, items: Sequence[Item]
    ) -> list[ItemOutcome]:
        """One outcome per item, in the order of ``items``; else a RequestError."""
        judge_status(op, http_status, body)
        answer = parse_json(op, http_status, body)
        writes = op != "resolve"
        header = answer.get("header") if isinstance(answer, dict) else None
        message = answer.get("message") if isinstance(answer, dict) else None
        if not isinstance(header, dict) or not isinstance(message, dict):
            raise WrongWireFormat(http_status=http_status, outcome_unknown=writes)
        rows = message.get(f"{op}_response", _ABSENT)
        if header.get("status") == "rjct":
            raise _rejected(header, http_status, outcome_unknown=writes and rows is not _ABSENT)
        if header.get("status") != "succ" or not isinstance(rows, list):
            raise WrongWireFormat(http_status=http_status, outcome_unknown=writes)
        outcomes = _matched(op, rows, items)
        if outcomes is None:
            raise AnswerIncomplete(http_status=http_status, outcome_unknown=writes)
        return outcomes


def _timestamp(now: datetime) -> str:
    utc = now.astimezone(timezone.utc) if now.tzinfo else now
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def _item(op: Operation, item: Item, stamp: str) -> dict:
    row: dict = {"reference_id": item.reference_id, "timestamp": stamp, "id": item.spar_id}
    if op == "resolve":
        # The default, yes_no, does not return the address.
        return row | {"scope": "details"}
    if item.fa:
        row["fa"] = item.fa
    if op == "unlink":
        return row
    if item.name:
        row["name"] = _printable(item.name)
    if item.phone:
        row["phone_number"] = _printable(item.phone)
    return row | {"additional_info": [{"strategy_id": item.strategy_id}]}


def _printable(text: str) -> str:
    """A control character or half a surrogate pair in a name fails the whole batch at SPAR."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs"))


def _rejected(header: dict, http_status: int, *, outcome_unknown: bool):
    code = _known_code(header)
    if code == _SIGNATURE:
        return SignatureRefused(http_status=http_status)
    return RequestRejected(code=code, http_status=http_status, outcome_unknown=outcome_unknown)


def _known_code(said: dict) -> str | None:
    """SPAR's code; a text that has not a code's shape may hold anything and is dropped."""
    code = said.get("status_reason_code")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def _matched(op: Operation, rows: list, items: Sequence[Item]) -> list[ItemOutcome] | None:
    """In the order of the items; None unless each has exactly one clear row, about its own id."""
    asked = {item.reference_id: item.spar_id for item in items}
    found: dict[str, ItemOutcome] = {}
    for row in rows:
        outcome = _outcome(op, row)
        if outcome is None or outcome.reference_id in found:
            return None
        # Most answers of link, unlink and refusals name no id.
        if row.get("id") and row["id"] != asked.get(outcome.reference_id):
            return None
        found[outcome.reference_id] = outcome
    whole = found.keys() == asked.keys() and len(found) == len(items)
    return [found[reference] for reference in asked] if whole else None


def _outcome(op: Operation, row: object) -> ItemOutcome | None:
    """None: the row does not say clearly what became of its item."""
    if not isinstance(row, dict):
        return None
    reference_id, status = row.get("reference_id"), row.get("status")
    code, message = _known_code(row), row.get("status_reason_message")
    clear = (
        isinstance(reference_id, str)
        and status in ("succ", "rjct")
        and isinstance(message, str | None)
        and not (code or "").startswith("rjct" if status == "succ" else "succ")
    )
    if not clear:
        return None
    ok = status == "succ"
    answer = _answer(row, code) if ok and op == "resolve" else None
    return ItemOutcome(reference_id=reference_id, ok=ok, code=code, message=message, answer=answer)


def _answer(row: dict, code: str | None) -> NotLinked | Linked:
    if code == NOT_LINKED:
        return NotLinked()
    fa = row.get("fa")
    return Linked(fa=fa if isinstance(fa, str) else "", strategy_id=_strategy_id(row))


def _strategy_id(row: dict) -> int | None:
    info = row.get("additional_info")
    first = info[0] if isinstance(info, list) and info else None
    strategy_id = first.get("strategy_id") if isinstance(first, dict) else None
    return strategy_id if type(strategy_id) is int else None
