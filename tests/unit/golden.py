"""The transcripts, as the tests use them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from spar.answers import Item
from spar.keys import load_private_key
from spar.wire import WIRE_FORMATS, WireFormat

HERE = Path(__file__).parent / "transcripts"
#: when every recorded request says it was written
NOW = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)
VERSIONS = ("1.0.0", "1.1.0")
BODY_VERSIONS = ("2.1.0", "develop")
WIRE = {"1.0.0": "g2p-connect-1.0", "1.1.0": "g2p-connect"} | dict.fromkeys(
    BODY_VERSIONS, "request-body"
)


@dataclass(frozen=True)
class Case:
    version: str
    name: str
    data: dict
    #: strategy id -> template of the server, where it has them
    templates: dict[int, str] = field(default_factory=dict)

    @property
    def wire(self) -> WireFormat:
        return WIRE_FORMATS[WIRE[self.version]]

    @property
    def request(self) -> dict:
        return self.data["request"]

    @property
    def status(self) -> int:
        return self.data["response"]["status"]

    @property
    def op(self) -> str:
        """The operation of the path it was posted to."""
        return self.request["path"].strip("/").rsplit("/", 1)[-1]

    @property
    def message(self) -> dict:
        """The part of the request's body that holds the items."""
        body = self.request.get("body") or {}
        return body.get("message") or body.get("request_body", {}).get("request_payload") or {}

    @property
    def rows(self) -> list[dict]:
        return next((v for v in self.message.values() if isinstance(v, list)), [])

    @property
    def items(self) -> list[Item]:
        return [_item(row, self.templates) for row in self.rows]

    @property
    def asked(self) -> list[Item]:
        """What a client had asked that got this answer: the items, or one where there were none."""
        listed = f"{self.op}_request" in self.message
        return self.items if listed else [Item(reference_id="ref-1", spar_id="SYN-000001", fa="x")]

    @property
    def answer(self) -> bytes:
        """The answer's bytes as they were received."""
        body = self.data["response"].get("body")
        if body is None:
            return b""
        return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def cases(versions: tuple[str, ...] = VERSIONS) -> Iterator[Case]:
    for version in versions:
        data = json.loads((HERE / f"spar-{version}.json").read_text())
        templates = {row["id"]: row["construct_strategy"] for row in data.get("strategies", ())}
        for case in data["cases"]:
            yield Case(version, case["case"], case, templates)


def label(case: Case) -> str:
    return f"{case.version}-{case.name}"


def key_pem() -> bytes:
    return (HERE / "test-partner.key.pem").read_bytes()


def certificate_pem() -> bytes:
    return (HERE / "test-partner.cert.pem").read_bytes()


def private_key():
    return load_private_key(key_pem())


def _item(row: dict, templates: dict[int, str]) -> Item:
    fa, info = row.get("fa"), row.get("additional_info") or [{}]
    strategy_id = info[0].get("strategy_id")
    if isinstance(fa, dict):
        strategy_id = fa.get("strategy_id")
        fa = _string(fa, templates.get(strategy_id, ""))
    return Item(
        reference_id=row["reference_id"],
        spar_id=row["id"] if isinstance(row.get("id"), str) else "",
        fa=fa,
        strategy_id=strategy_id,
        name=row.get("name", ""),
        phone=row.get("phone_number", ""),
    )


def _string(fa: dict, template: str) -> str:
    """What SPAR makes of an address object, as its sources say: ``template.format(**fa)``."""
    try:
        return template.format(**fa)
    except KeyError:
        return ""
