"""The stand-in for SPAR 2.x answers every recorded request as SPAR did."""

import json
import re

import pytest
import requests

from tests.stand_in_spar_2 import Partners, serving
from tests.stand_in_spar_2_table import Row, Table

from . import golden
from .expected_request_body import bank
from .test_signing import PUBLIC_KEY

CASES = list(golden.cases(golden.BODY_VERSIONS))
PARTNERS = {"PARTNER_TEST_PARTNER": [PUBLIC_KEY]}
_ROW = re.compile(
    r'(SYN-\d+) fa="([^"]*)"(?: name="([^"]*)")?(?: phone="([^"]*)")?'
    r"(?: additional_info=(\[.*?\]))?(?=;|$)"
)


def strategies(version: str) -> dict[int, tuple[str, str]]:
    data = json.loads((golden.HERE / f"spar-{version}.json").read_text())
    return {
        row["id"]: (row["construct_strategy"], row["deconstruct_strategy"])
        for row in data["strategies"]
    }


def rows(state: str) -> dict[str, Row]:
    """The table that a recorded state describes."""
    if state.startswith("25 mappings"):
        numbers = range(1, 26)
        return {f"SYN-{n:06d}": Row(bank(n), None, None, [{"strategy_id": 2}]) for n in numbers}
    return {
        spar_id: Row(fa, name or None, phone or None, json.loads(info) if info else None)
        for spar_id, fa, name, phone, info in _ROW.findall(state)
    }


def table_of(case) -> Table:
    before = case.data["state_before"]
    table = Table(strategies=strategies(case.version), rows=rows(before))
    table.up = not before.startswith(("PostgreSQL stopped", "PostgreSQL restarted, SPAR idle"))
    if "strategy table" in before:
        table.strategies = {}
    return table


def partners_of(case) -> Partners:
    broken = ("Keymanager answers", "Keymanager hangs", "Keymanager and")
    return Partners(PARTNERS, up=not case.data["state_before"].startswith(broken))


def sent(case) -> bytes:
    if "body_text" in case.request:
        return case.request["body_text"].encode()
    body = case.request.get("body")
    if body is None:
        return b""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def timeless(value):
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if not k.endswith("timestamp")}
    return [timeless(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", CASES, ids=golden.label)
def test_every_recorded_request(case):
    table = table_of(case)
    request = case.request
    with serving(partners_of(case), table) as url:
        answer = requests.request(
            request["method"],
            url + request["path"],
            data=sent(case),
            headers=request["headers"],
            allow_redirects=False,
            timeout=10,
        )
    assert answer.status_code == case.status
    recorded = case.data["response"].get("body")
    if case.status == 200:
        assert timeless(answer.json()) == timeless(recorded)
        # Keys too come in SPAR's order.
        assert json.dumps(timeless(answer.json())) == json.dumps(timeless(recorded))
    elif recorded:
        assert answer.json()["errors"][0]["code"] == recorded["errors"][0]["code"]
    after = case.data["state_after"]
    if not after.startswith("25 mappings"):
        assert table.rows == rows(after)


def test_the_states_are_really_read():
    assert len({repr(rows(case.data["state_before"])) for case in CASES}) > 10
    assert sum(rows(case.data["state_after"]) != {} for case in CASES) > 100
