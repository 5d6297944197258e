"""SPAR 2.0, 2.1, develop and the monorepo: ``POST /mapper/{operation}``, addresses as objects.

Measured on openg2p-spar v2.1.0 and develop; see tests/unit/transcripts. link and update take an
object, of which SPAR makes its string by its own strategy table; resolve takes the string apart
again; link's answer and unlink name the string. Outside this module there is only the string.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..answers import Answer, Item, ItemOutcome, Linked, NotLinked, Operation
from ..errors import (
    AnswerIncomplete,
    RequestError,
    RequestRejected,
    ServerFailed,
    SignatureRefused,
    WrongWireFormat,
)
from ..signing import CanonicalForm
from ..strategies import DEFAULT_STRATEGIES, StrategySet
from .base import WireFormat
from .http import judge_status, parse_json
from .rows import NOT_LINKED, check_batch, known_code, matched, person, strategy_id, timestamp

_VALIDATION = "rjct.request.validation"
#: The only words that SPAR's schema takes, and the parts that it demands, empty or not.
_FA_TYPE = {
    "bank_account": "BANK",
    "mobile_wallet": "MOBILE_WALLET",
    "email_wallet": "EMAIL_WALLET",
}
_WALLET = ("wallet_provider_name", "wallet_provider_code")
_DEMANDED = {
    "bank_account": (
        "account_number",
        "bank_code",
        "bank_name",
        "branch_code",
        "branch_name",
    ),
    "mobile_wallet": ("mobile_number", *_WALLET),
    "email_wallet": ("email_address", *_WALLET),
}


@dataclass(frozen=True, kw_only=True)
class RequestBody(WireFormat):
    """Addresses travel as objects with their strategy's id.

    ``fa_type`` is SPAR's word, whatever the registry's: only a constant in SPAR's own template
    (strategy 5) puts another one into its string.
    """

    signed: bool = True
    canonical: CanonicalForm = "sorted"
    unknown_sender_fails: bool = True

    def using(self, strategies: StrategySet) -> "WireFormat":
        words = (s.with_fa_type(_FA_TYPE[s.method]) for s in strategies)
        return super().using(StrategySet(words))

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
        # This envelope names no receiver.
        check_batch(op, items)
        stamp = timestamp(now)
        header = {
            "request_id": message_id,
            "request_timestamp": stamp,
            "sender_app_mnemonic": sender_id,
            "sender_app_url": "",
        }
        payload = {
            "transaction_id": transaction_id,
            f"{op}_request": [self._item(op, item, stamp) for item in items],
        }
        return f"/mapper/{op}", {
            "request_header": header,
            "request_body": {"request_payload": payload},
        }

    def read(
        self, op: Operation, http_status: int, body: bytes, items: Sequence[Item]
    ) -> list[ItemOutcome]:
        judge_status(op, http_status, body)
        answer = parse_json(op, http_status, body)
        writes = op != "resolve"
        header = _part(answer, "response_header")
        payload = _part(_part(answer, "response_body"), "response_payload")
        rows = payload.get(f"{op}_response")
        if header.get("response_status") == "ERROR":
            raise _error(header, http_status, writes=writes, rows=bool(rows))
        if header.get("response_status") != "SUCCESS" or not isinstance(rows, list):
            raise WrongWireFormat(http_status=http_status, outcome_unknown=writes)
        outcomes = matched(op, rows, items, self._answer)
        if outcomes is None:
            raise AnswerIncomplete(http_status=http_status, outcome_unknown=writes)
        if op == "link" and _stored_otherwise(rows, items):
            raise AnswerIncomplete(
                "SPAR's strategy makes another string of an address than ours.",
                code="strategy_differs",
                http_status=http_status,
            )
        return outcomes

    def _item(self, op: Operation, item: Item, stamp: str) -> dict:
        row: dict = {"reference_id": item.reference_id, "timestamp": stamp, "id": item.spar_id}
        if op == "resolve":
            # The default, yes_no, does not return the address.
            return row | {"scope": "details"}
        if op == "unlink":
            return row | ({"fa": item.fa} if item.fa else {})
        return row | person(item) | {"fa": self._object(item)}

    def _object(self, item: Item) -> dict:
        strategy = self.strategies.by_id(item.strategy_id)
        parts = strategy.to_object(item.fa) if strategy else None
        if parts is None:
            raise ValueError("an address is not of its strategy's shape")
        empty = dict.fromkeys(_DEMANDED[strategy.method], "")
        fixed = {"fa_type": _FA_TYPE[strategy.method], "strategy_id": item.strategy_id}
        return empty | parts | fixed

    def _answer(self, row: dict, code: str | None) -> Answer | None:
        fa = row.get("fa")
        if code == NOT_LINKED:
            # Unlike 1.x it echoes nothing, so an address would contradict the code.
            return NotLinked() if fa is None else None
        named = strategy_id(row)
        if isinstance(fa, dict):
            return Linked(fa=self._string(fa, named), strategy_id=named)
        return Linked(fa="", strategy_id=named)

    def _string(self, fa: dict, named: int | None) -> str:
        """The string that SPAR holds, as far as the object tells.

        One that fits no strategy stays apart from others, as JSON, which no strategy reads. An
        object without parts is what SPAR says of a row that its own strategy does not fit.
        """
        parts = {key: value for key, value in fa.items() if key != "strategy_id"}
        known = [*self.strategies, *DEFAULT_STRATEGIES]
        first = [strategy for strategy in known if strategy.strategy_id == named]
        for strategy in (*first, *known):
            string = strategy.from_object(parts)
            if string is not None:
                return string
        plain = parts and all(isinstance(value, str) for value in parts.values())
        return json.dumps(parts, sort_keys=True) if plain else ""


def _part(holder: object, key: str) -> dict:
    """The object under ``key``, or an empty one."""
    part = holder.get(key) if isinstance(holder, dict) else None
    return part if isinstance(part, dict) else {}


def _error(header: dict, http_status: int, *, writes: bool, rows: bool) -> RequestError:
    """What an ERROR means. SPAR says it before it stores anything, or fails while it does."""
    code, message = (
        known_code(header.get("response_error_code")),
        header.get("response_error_message"),
    )
    if code != _VALIDATION:
        # One code for a dead database and for an item that cannot be stored.
        return ServerFailed(code=code, http_status=http_status, outcome_unknown=writes)
    # Beside rows it contradicts itself.
    unknown = writes and rows
    if isinstance(message, str) and "jwt" in message:
        return SignatureRefused(http_status=http_status, outcome_unknown=unknown)
    return RequestRejected(code=code, http_status=http_status, outcome_unknown=unknown)


def _stored_otherwise(rows: list[dict], items: Sequence[Item]) -> bool:
    """Does link's answer name a string for an item that is not the item's own?"""
    asked = {item.reference_id: item.fa for item in items}
    return any(
        row["status"] == "succ" and row.get("fa") not in (None, asked[row["reference_id"]])
        for row in rows
    )
