"""Name and phone: in the recorded requests' places when given, and not a trace when not."""

from dataclasses import replace

import pytest

from spar.strategies import StrategySet

from . import golden
from .test_wire_build import ENVELOPE

PERSON = {"name", "phone_number"}
CASES = [
    case
    for case in golden.cases((*golden.VERSIONS, *golden.BODY_VERSIONS))
    if case.name in ("link_ok_bank", "update_ok")
]


def rows(case, items):
    _path, body = case.wire.using(StrategySet()).build(case.op, items, **ENVELOPE)
    message = body.get("message") or body["request_body"]["request_payload"]
    return [
        {key: row[key] for key in row.keys() - {"timestamp"}}
        for row in message[f"{case.op}_request"]
    ]


def test_every_server_is_there():
    assert {case.version for case in CASES} == {"1.0.0", "1.1.0", "2.1.0", "develop"}


@pytest.mark.parametrize("case", CASES, ids=golden.label)
def test_given_they_stand_where_the_recorded_request_has_them(case):
    items = [replace(item, name="Some Body", phone="+99900000009") for item in case.items]
    recorded = [
        {key: row[key] for key in row.keys() - {"timestamp"}}
        | {"name": "Some Body", "phone_number": "+99900000009"}
        for row in case.rows
    ]
    assert rows(case, items) == recorded


@pytest.mark.parametrize("case", CASES, ids=golden.label)
def test_not_given_nothing_but_id_and_address_is_there(case):
    items = [replace(item, name="", phone="") for item in case.items]
    bare = [{key: row[key] for key in row.keys() - {"timestamp"} - PERSON} for row in case.rows]
    assert rows(case, items) == bare
