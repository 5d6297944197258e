"""SPAR 1.0 and 1.1: ``POST /sync/{operation}``, envelope of header and message.

Measured on openg2p-spar-mapper-api 1.0.0 and 1.1.0; see tests/unit/transcripts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..answers import Answer, Item, ItemOutcome, Linked, NotLinked, Operation
from ..errors import (
    AnswerIncomplete,
    RequestError,
    RequestRejected,
    SignatureRefused,
    WrongWireFormat,
)
from ..signing import CanonicalForm
from .base import WireFormat
from .http import judge_status, parse_json
from .rows import NOT_LINKED, check_batch, known_code, matched, person, strategy_id, timestamp

_SIGNATURE = "rjct.jwt.invalid"
_ABSENT = object()


@dataclass(frozen=True, kw_only=True)
class G2PConnect(WireFormat):
    """Addresses travel as SPAR's strings; their strategy in ``additional_info``."""

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
        check_batch(op, items)
        stamp = timestamp(now)
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
        outcomes = matched(op, rows, items, _answer)
        if outcomes is None:
            raise AnswerIncomplete(http_status=http_status, outcome_unknown=writes)
        return outcomes


def _item(op: Operation, item: Item, stamp: str) -> dict:
    row: dict = {"reference_id": item.reference_id, "timestamp": stamp, "id": item.spar_id}
    if op == "resolve":
        # The default, yes_no, does not return the address.
        return row | {"scope": "details"}
    if item.fa:
        row["fa"] = item.fa
    if op == "unlink":
        return row
    return row | person(item) | {"additional_info": [{"strategy_id": item.strategy_id}]}


def _rejected(header: dict, http_status: int, *, outcome_unknown: bool) -> RequestError:
    code = known_code(header.get("status_reason_code"))
    if code == _SIGNATURE:
        return SignatureRefused(http_status=http_status)
    return RequestRejected(code=code, http_status=http_status, outcome_unknown=outcome_unknown)


def _answer(row: dict, code: str | None) -> Answer:
    if code == NOT_LINKED:
        return NotLinked()
    fa = row.get("fa")
    return Linked(fa=fa if isinstance(fa, str) else "", strategy_id=strategy_id(row))
