"""The transcripts, as the tests use them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from spar.answers import Item
from spar.signing import load_private_key

HERE = Path(__file__).parent / "transcripts"
#: when every recorded request says it was written
NOW = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)
VERSIONS = ("1.0.0", "1.1.0")
WIRE = {"1.0.0": "g2p-connect-1.0", "1.1.0": "g2p-connect"}


@dataclass(frozen=True)
class Case:
    version: str
    name: str
    data: dict

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
    def rows(self) -> list[dict]:
        body = self.request.get("body") or {}
        return next((v for v in (body.get("message") or {}).values() if isinstance(v, list)), [])

    @property
    def items(self) -> list[Item]:
        return [_item(row) for row in self.rows]

    @property
    def asked(self) -> list[Item]:
        """What a client had asked that got this answer: the items, or one where there were none."""
        listed = f"{self.op}_request" in ((self.request.get("body") or {}).get("message") or {})
        return self.items if listed else [Item(reference_id="ref-1", spar_id="SYN-000001", fa="x")]

    @property
    def answer(self) -> bytes:
        """The answer's bytes as they were received."""
        body = self.data["response"].get("body")
        if body is None:
            return b""
        return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def cases() -> Iterator[Case]:
    for version in VERSIONS:
        data = json.loads((HERE / f"spar-{version}.json").read_text())
        for case in data["cases"]:
            yield Case(version, case["case"], case)


def label(case: Case) -> str:
    return f"{case.version}-{case.name}"


def key_pem() -> bytes:
    return (HERE / "test-partner.key.pem").read_bytes()


def certificate_pem() -> bytes:
    return (HERE / "test-partner.cert.pem").read_bytes()


def private_key():
    return load_private_key(key_pem())


def _item(row: dict) -> Item:
    info = row.get("additional_info") or [{}]
    return Item(
        reference_id=row["reference_id"],
        spar_id=row["id"] if isinstance(row.get("id"), str) else "",
        fa=row.get("fa"),
        strategy_id=info[0].get("strategy_id"),
        name=row.get("name", ""),
        phone=row.get("phone_number", ""),
    )
