# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The table of the stand-in for SPAR 2.x, and what it makes of a request. Knows no HTTP."""

import re
import threading
from dataclasses import dataclass, field
from datetime import datetime, timezone

_REJECTED = "rjct.reference_id.duplicate"
_NOT_LINKED = "ID doesnt exist please link first"
_WALLET = {"wallet_provider_name", "wallet_provider_code"}
_KINDS = (
    {"bank_name", "bank_code", "branch_name", "branch_code", "account_number"},
    {"mobile_number"} | _WALLET,
    {"email_address"} | _WALLET,
)
_FA_TYPES = ("BANK", "EMAIL_WALLET", "MOBILE_WALLET")


class Internal(Exception):
    """What SPAR's sources end in ``except Exception``: 200, ERROR, no rows."""


class Failing(Exception):
    """An error outside of them: 500."""


class Invalid(Exception):
    """What its schema refuses: 400."""


@dataclass
class Row:
    """One row of SPAR's table."""

    fa: str
    name: str | None = None
    phone: str | None = None
    additional_info: list | None = None


@dataclass
class Table:
    """What SPAR keeps; a test may change it while the server runs."""

    #: id -> (template, pattern)
    strategies: dict[int, tuple[str, str]]
    rows: dict[str, Row] = field(default_factory=dict)
    up: bool = True
    #: (operation, number of items) of each request that was let in
    seen: list[tuple[str, int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, op: str, items: list[dict]) -> list[dict]:
        """The rows of the answer. Raises Internal."""
        with self.lock:
            self.seen.append((op, len(items)))
            strings = [self._string(item) for item in items] if op in ("link", "update") else []
            if not self.up:
                raise Internal()
            return getattr(self, f"_{op}")(items, strings)

    def _string(self, item: dict) -> str:
        fa = item["fa"]
        try:
            template = self.strategies[fa["strategy_id"]][0]
            string = template.format(**fa)
        except KeyError:
            raise Internal() from None
        info = item.get("additional_info") or [{}]
        item["additional_info"] = [{"strategy_id": fa["strategy_id"]} | info[0], *info[1:]]
        return string

    def _link(self, items: list[dict], strings: list[str]) -> list[dict]:
        rows, added = [], {}
        for item, fa in zip(items, strings, strict=True):
            refused = None
            if not item.get("id"):
                refused = ("rjct.id.invalid", "ID is null")
            elif item["id"] in self.rows:
                refused = (_REJECTED, "ID and FA are already mapped")
            elif item["id"] in added or "\0" in fa:
                raise Internal()
            else:
                added[item["id"]] = Row(
                    fa, item.get("name"), item.get("phone_number"), item["additional_info"]
                )
            rows.append(_row(item, {"fa": fa}, refused))
        # One transaction: all of them or none.
        self.rows.update(added)
        return rows

    def _update(self, items: list[dict], strings: list[str]) -> list[dict]:
        rows = []
        for item, fa in zip(items, strings, strict=True):
            held, refused = self.rows.get(item.get("id")), None
            if not item.get("id"):
                refused = ("rjct.id.invalid", "ID is null")
            elif held is None:
                refused = (_REJECTED, _NOT_LINKED)
            elif "\0" in fa:
                # What came before it is committed already.
                raise Internal()
            else:
                held.fa, held.additional_info = fa, item["additional_info"]
                held.name = item.get("name") or held.name
                held.phone = item.get("phone_number") or held.phone
            rows.append(_row(item, {"id": item.get("id")}, refused))
        return rows

    def _unlink(self, items: list[dict], strings: list[str]) -> list[dict]:
        rows = []
        for item in items:
            held, refused = self.rows.get(item.get("id")), None
            if not item.get("id"):
                refused = ("rjct.id.invalid", "ID is null")
            elif held is None or item.get("fa") not in (None, "", held.fa):
                refused = ("rjct.id.invalid", _NOT_LINKED)
            else:
                del self.rows[item["id"]]
            rows.append(_row(item, {"id": ""}, refused))
        return rows

    def _resolve(self, items: list[dict], strings: list[str]) -> list[dict]:
        first, rest = [], []
        for item in items:
            held, about = self.rows.get(item.get("id")), {"fa": None, "id": None}
            about["account_provider_info"] = None
            if not item.get("id") and not item.get("fa"):
                first.append(_row(item, about, ("rjct.reference_id.invalid", "ID is required")))
                continue
            row = _row(item, about, None)
            if held is None:
                row["status_reason_code"] = "succ.fa.not_linked_to_id"
                row["status_reason_message"] = "ID doesn't exist, please link first"
            else:
                row |= {"id": item["id"], "status_reason_code": "succ.id.active"}
                row["additional_info"] = item.get("additional_info")
                if item.get("scope") == "details":
                    row["fa"], row["additional_info"] = self._object(held), held.additional_info
            rest.append(row)
        # Refused ones come first, whatever the order of the request.
        return first + rest

    def _object(self, held: Row) -> dict | None:
        if not held.additional_info:
            return None
        named = held.additional_info[0].get("strategy_id")
        if named not in self.strategies:
            return {}
        match = re.match(self.strategies[named][1], held.fa)
        return (match.groupdict() if match else {}) | {"strategy_id": named}


def check(op: str, body: dict) -> list[dict]:
    """The items of a request. Raises Invalid."""
    try:
        header, payload = body["request_header"], body["request_body"]["request_payload"]
        items = payload[f"{op}_request"]
        named = ("sender_app_mnemonic", "sender_app_url", "request_id")
        _demand(*(header[name] for name in named), payload["transaction_id"])
        datetime.fromisoformat(header["request_timestamp"].replace("Z", "+00:00"))
        for item in items:
            _demand(item["reference_id"], item["timestamp"])
            _demand(*(item.get(key) or "" for key in ("id", "name", "phone_number")))
            if op in ("link", "update"):
                _check_object(item["fa"])
            else:
                _demand(item.get("fa") or "")
            if item.get("scope", "yes_no") not in ("yes_no", "details"):
                raise Invalid()
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Invalid() from None
    return items


def _check_object(fa: dict) -> None:
    texts = {key: value for key, value in fa.items() if isinstance(value, str)}
    fits = any(kind <= texts.keys() for kind in _KINDS)
    if not fits or fa["fa_type"] not in _FA_TYPES or type(fa["strategy_id"]) is not int:
        raise Invalid()


def _demand(*texts: object) -> None:
    if not all(isinstance(text, str) for text in texts):
        raise Invalid()


def _row(item: dict, about: dict, refused: tuple[str, str] | None) -> dict:
    code, message = refused or (None, None)
    return {
        "reference_id": item["reference_id"],
        "timestamp": _now(),
        **about,
        "status": "rjct" if refused else "succ",
        "status_reason_code": code,
        "status_reason_message": message,
        "additional_info": None,
        "locale": item.get("locale", "en"),
    }


def _now() -> str:
    return datetime.now(timezone.utc).replace(tzinfo=None).isoformat()
