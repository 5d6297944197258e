"""Items and rows: what is alike in all wire formats that SPAR has had."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime, timezone

from ..answers import Answer, Item, ItemOutcome, Operation

NOT_LINKED = "succ.fa.not_linked_to_id"
_CODE = re.compile(r"[a-z_]+(\.[a-z_]+)+")

#: (row, SPAR's code) -> what a resolve that is ok found; None: the row does not say it clearly
AnswerOf = Callable[[dict, str | None], Answer | None]


def check_batch(op: Operation, items: Sequence[Item]) -> None:
    """Raise ValueError for a batch that SPAR could answer only ambiguously, or would refuse whole.

    That is: no items, a reference twice, a link or update without an address. Without its
    strategy SPAR would keep the one of the address before, so that is demanded too.
    """
    if not items or len({item.reference_id for item in items}) < len(items):
        raise ValueError("a batch needs items, each with a reference_id of its own")
    whole = all(item.fa and item.strategy_id is not None for item in items)
    if op in ("link", "update") and not whole:
        raise ValueError(f"{op} needs an address and its strategy for every item")


def timestamp(now: datetime) -> str:
    """UTC with milliseconds; ``now`` is aware, or naive UTC."""
    utc = now.astimezone(timezone.utc) if now.tzinfo else now
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def person(item: Item) -> dict[str, str]:
    """Name and phone, as far as they are to be sent."""
    said = {"name": _printable(item.name), "phone_number": _printable(item.phone)}
    return {key: value for key, value in said.items() if value}


def known_code(code: object) -> str | None:
    """SPAR's code; a text that has not a code's shape may hold anything and is dropped."""
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def matched(
    op: Operation, rows: list, items: Sequence[Item], answer_of: AnswerOf
) -> list[ItemOutcome] | None:
    """In the order of the items; None unless each has exactly one clear row, about its own id."""
    asked = {item.reference_id: item.spar_id for item in items}
    found: dict[str, ItemOutcome] = {}
    for row in rows:
        outcome = _outcome(op, row, answer_of)
        if outcome is None or outcome.reference_id in found:
            return None
        # Most answers of link, unlink and refusals name no id.
        if row.get("id") not in (None, "", asked.get(outcome.reference_id)):
            return None
        found[outcome.reference_id] = outcome
    whole = found.keys() == asked.keys() and len(found) == len(items)
    return [found[reference] for reference in asked] if whole else None


def strategy_id(row: dict) -> int | None:
    """The strategy that SPAR keeps beside the address."""
    info = row.get("additional_info")
    first = info[0] if isinstance(info, list) and info else None
    named = first.get("strategy_id") if isinstance(first, dict) else None
    return named if type(named) is int else None


def _printable(text: str) -> str:
    """A control character or half a surrogate pair in a name fails the whole batch at SPAR."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs"))


def _outcome(op: Operation, row: object, answer_of: AnswerOf) -> ItemOutcome | None:
    """None: the row does not say clearly what became of its item."""
    if not isinstance(row, dict):
        return None
    reference_id, status = row.get("reference_id"), row.get("status")
    said, message = row.get("status_reason_code"), row.get("status_reason_message")
    clear = (
        isinstance(reference_id, str)
        and status in ("succ", "rjct")
        and isinstance(message, str | None)
        and isinstance(said, str | None)
        and not (said or "").startswith("rjct" if status == "succ" else "succ")
    )
    if not clear:
        return None
    ok, code = status == "succ", known_code(said)
    found = op == "resolve" and ok
    answer = answer_of(row, code) if found else None
    if found and answer is None:
        return None
    return ItemOutcome(reference_id=reference_id, ok=ok, code=code, message=message, answer=answer)
