"""Every recorded answer of SPAR 1.0.0 and 1.1.0, and answers that no SPAR should give."""

import json

import pytest

from spar.answers import Item, Linked, NotLinked
from spar.errors import (
    AnswerIncomplete,
    AnswerTruncated,
    NotAllowed,
    NotJson,
    Overloaded,
    RequestError,
    RequestRejected,
    ServerFailed,
    WrongWireFormat,
)
from spar.wire import WIRE_FORMATS, is_already_linked, is_not_linked, must_resolve

from . import golden
from .expected import DUPLICATE, EXPECTED, NO_ID

CASES = list(golden.cases())
WIRE = WIRE_FORMATS["g2p-connect"]
ITEMS = [Item(reference_id=f"ref-{n}", spar_id=f"SYN-00000{n}", fa="x") for n in (1, 2)]


def seen(outcome):
    if outcome.answer is not None:
        return outcome.answer
    return "ok" if outcome.ok else outcome.code


def answer(op="link", *, rows=None, status="succ", code=None, **message) -> bytes:
    rows = (
        [{"reference_id": f"ref-{n}", "status": "succ"} for n in (1, 2)] if rows is None else rows
    )
    header = {"status": status, "status_reason_code": code}
    return json.dumps({"header": header, "message": {f"{op}_response": rows} | message}).encode()


def refused(body: bytes, *, op="link", status=200) -> RequestError:
    with pytest.raises(RequestError) as caught:
        WIRE.read(op, status, body, ITEMS)
    return caught.value


def test_every_case_has_an_expectation_and_every_expectation_a_case():
    for version in golden.VERSIONS:
        recorded = [case.name for case in CASES if case.version == version]
        assert sorted(recorded) == sorted(EXPECTED[version])
    assert len(CASES) == 190


@pytest.mark.parametrize("case", CASES, ids=golden.label)
def test_recorded_answer(case):
    wire = WIRE_FORMATS[golden.WIRE[case.version]]
    expected = EXPECTED[case.version][case.name]
    if isinstance(expected, list):
        outcomes = wire.read(case.op, case.status, case.answer, case.asked)
        assert [seen(outcome) for outcome in outcomes] == expected
        assert [o.reference_id for o in outcomes] == [item.reference_id for item in case.asked]
        return
    kind, code, outcome_unknown = expected
    with pytest.raises(RequestError) as caught:
        wire.read(case.op, case.status, case.answer, case.asked)
    error = caught.value
    assert (type(error), error.code, error.outcome_unknown) == expected
    assert (error.http_status, error.may_land_late) == (case.status, False)


@pytest.mark.parametrize(
    ("status", "body", "kind", "outcome_unknown", "may_land_late"),
    [
        (200, b"<html>login</html>", NotJson, True, False),
        (200, b"", AnswerTruncated, True, False),
        (200, b'"a string"', WrongWireFormat, True, False),
        (200, b"[]", WrongWireFormat, True, False),
        (200, b"[" * 100_000, AnswerTruncated, True, False),
        (200, answer()[:-5], AnswerTruncated, True, False),
        (
            200,
            b'{"response_status": "SUCCESS", "response_payload": []}',
            WrongWireFormat,
            True,
            False,
        ),
        (200, answer(status="pdng"), WrongWireFormat, True, False),
        (200, b'{"header": [], "message": {}}', WrongWireFormat, True, False),
        (200, b'{"header": {"status": "succ"}, "message": []}', WrongWireFormat, True, False),
        (200, answer("update"), WrongWireFormat, True, False),
        (204, b"", AnswerTruncated, True, False),
        (301, b"", WrongWireFormat, False, False),
        (307, b"", WrongWireFormat, False, False),
        (400, b'{"errors": [{"code": "G2P-REQ-102"}]}', RequestRejected, False, False),
        (400, b"<html>", NotJson, False, False),
        (400, b'{"errors": []}', NotJson, False, False),
        (401, b"<html>", NotAllowed, False, False),
        (403, b"{}", NotAllowed, False, False),
        (404, b"<html>", WrongWireFormat, False, False),
        (405, b"", WrongWireFormat, False, False),
        (408, b"", Overloaded, True, True),
        (413, b"<html>", RequestRejected, False, False),
        (429, b"", Overloaded, False, False),
        (500, b'{"errors": [{"code": "G2P-REQ-100"}]}', ServerFailed, True, False),
        (500, b"Internal Server Error", ServerFailed, True, True),
        (502, b"<html>", Overloaded, True, True),
        (503, b"", Overloaded, True, True),
        (504, b"", Overloaded, True, True),
        (520, b"", Overloaded, True, True),
    ],
)
def test_what_stands_between(status, body, kind, outcome_unknown, may_land_late):
    error = refused(body, status=status)
    assert type(error) is kind
    assert (error.outcome_unknown, error.may_land_late) == (outcome_unknown, may_land_late)
    assert error.http_status == status
    read = refused(body, status=status, op="resolve")
    assert type(read) is kind
    assert (read.outcome_unknown, read.may_land_late) == (False, False)


ROW = {"reference_id": "ref-1", "status": "succ"}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [ROW],
        [ROW, ROW],
        [ROW, ROW, ROW | {"reference_id": "ref-2"}],
        [ROW, {"reference_id": "ref-2", "status": "rjct", "status_reason_message": ["x"]}],
        [ROW, ROW | {"reference_id": "ref-2"}, ROW | {"reference_id": "ref-3"}],
        [ROW, ROW | {"reference_id": "ref-3"}],
        [ROW, ROW | {"reference_id": None}],
        [ROW, ROW | {"reference_id": 2}],
        [ROW, ROW | {"reference_id": ["ref-2"]}],
        [ROW, None],
        [ROW, "ref-2"],
        [ROW, {"reference_id": "ref-2"}],
        [ROW, {"reference_id": "ref-2", "status": "pdng"}],
        [ROW, {"reference_id": "ref-2", "status": True}],
        [ROW, {"reference_id": "ref-2", "status": ["succ"]}],
        [ROW, {"reference_id": "ref-2", "status": "succ", "status_reason_code": DUPLICATE}],
        [ROW, {"reference_id": "ref-2", "status": "succ", "id": "SYN-000001"}],
        [ROW, {"reference_id": "ref-2", "status": "succ", "id": 2}],
        [ROW, ROW | {"reference_id": "ref-2"} | {"id": []}],
        [ROW, ROW | {"reference_id": "ref-2"} | {"status_reason_code": "rjct"}],
        [ROW, ROW | {"reference_id": "ref-2"} | {"status_reason_code": ["rjct.id.invalid"]}],
    ],
)
def test_items_that_do_not_fit_are_not_believed(rows):
    error = refused(answer(rows=rows))
    assert type(error) is AnswerIncomplete
    assert error.outcome_unknown
    assert not refused(answer("resolve", rows=rows), op="resolve").outcome_unknown


def test_items_are_matched_by_reference_not_by_order():
    rows = [ROW | {"reference_id": "ref-2", "status": "rjct"}, ROW]
    assert [o.ok for o in WIRE.read("link", 200, answer(rows=rows), ITEMS)] == [True, False]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"fa": "f", "additional_info": [{"strategy_id": 5}]}, Linked(fa="f", strategy_id=5)),
        ({"fa": "f", "additional_info": [{"strategy_id": "5"}]}, Linked(fa="f")),
        ({"fa": "f", "additional_info": [{"strategy_id": True}]}, Linked(fa="f")),
        ({"fa": "f", "additional_info": [7]}, Linked(fa="f")),
        ({"fa": "f", "additional_info": []}, Linked(fa="f")),
        ({"fa": "f", "additional_info": 7}, Linked(fa="f")),
        ({"fa": {}, "status_reason_code": "succ.id.active"}, Linked(fa="")),
        ({"fa": None, "additional_info": {}}, Linked(fa="")),
        ({}, Linked(fa="")),
        ({"fa": "echo", "status_reason_code": "succ.fa.not_linked_to_id"}, NotLinked()),
    ],
)
def test_what_a_resolve_says(row, expected):
    rows = [ROW | row, ROW | {"reference_id": "ref-2"}]
    assert WIRE.read("resolve", 200, answer("resolve", rows=rows), ITEMS)[0].answer == expected


def test_a_rejecting_header_beside_items_leaves_the_outcome_open():
    error = refused(answer(status="rjct", code="rjct.other.reason"))
    assert (type(error), error.code) == (RequestRejected, "rjct.other.reason")
    assert error.outcome_unknown
    read = refused(answer("resolve", status="rjct", code="rjct.other.reason"), op="resolve")
    assert not read.outcome_unknown


def test_what_a_proxy_finds_too_large_is_a_batch_to_split():
    assert refused(b"<html>", status=413).code == "http_413"


def test_texts_of_the_server_that_are_no_codes_are_dropped():
    assert refused(answer(status="rjct", code="Account 123456789")).code == "request_rejected"
    assert refused(b'{"errors": [{"code": "123456789"}]}', status=500).code == "server_failed"
    assert refused(b'{"errors": [{"code": 5}]}', status=500).code == "server_failed"
    rows = [ROW | {"status": "rjct", "status_reason_code": "Jane Doe 0712345678"}]
    outcome = WIRE.read("link", 200, answer(rows=rows), ITEMS[:1])[0]
    assert (outcome.ok, outcome.code) == (False, None)


def test_server_words_and_addresses_are_in_no_repr():
    rows = [ROW | {"status": "rjct", "status_reason_message": "secret-words"}]
    outcome = WIRE.read("link", 200, answer(rows=rows), ITEMS[:1])[0]
    assert outcome.message == "secret-words"
    found = Linked(fa="secret-fa", strategy_id=2)
    item = Item(
        reference_id="r", spar_id="secret-id", fa="secret-fa", name="secret", phone="secret"
    )
    assert "secret" not in repr([outcome, found, item])


@pytest.mark.parametrize("op", ["resolve", "link", "update", "unlink"])
@pytest.mark.parametrize("code", [DUPLICATE, NO_ID, "rjct.fa.invalid", None])
def test_codes_are_read_with_the_operation(op, code):
    assert is_already_linked(op, code) == ((op, code) == ("link", DUPLICATE))
    assert is_not_linked(op, code) == ((op, code) == ("update", DUPLICATE))
    surprising = {("link", DUPLICATE), ("update", DUPLICATE), ("unlink", NO_ID)}
    assert must_resolve(op, code) == ((op, code) in surprising)
