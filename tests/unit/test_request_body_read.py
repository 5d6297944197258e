"""Every recorded answer of SPAR 2.1.0 and develop, and answers that no SPAR should give."""

import json

import pytest

from spar.answers import Item, Linked, NotLinked
from spar.errors import (
    AnswerIncomplete,
    RequestError,
    RequestRejected,
    ServerFailed,
    SignatureRefused,
    UnreadableAddress,
    WrongWireFormat,
)
from spar.strategies import DEFAULT_STRATEGIES, Strategy, StrategySet, decode
from spar.wire import WIRE_FORMATS

from . import golden
from .expected_request_body import EXPECTED, ONLY_2_1_0, bank
from .test_wire_read import seen

CASES = list(golden.cases(golden.BODY_VERSIONS))
WIRE = WIRE_FORMATS["request-body"]
ITEMS = [Item(reference_id=f"ref-{n}", spar_id=f"SYN-00000{n}", fa=bank(n)) for n in (1, 2)]
ROW = {"reference_id": "ref-1", "status": "succ"}
OTHER = ROW | {"reference_id": "ref-2"}
OBJECT = {
    "account_number": "000000000001",
    "branch_name": "Main Branch",
    "branch_code": "EX0001",
    "bank_name": "Example Bank",
    "bank_code": "EXBK",
    "fa_type": "BANK",
    "strategy_id": 2,
}


def answer(op="link", *, rows=None, status="SUCCESS", code=None, message=None) -> bytes:
    header = {
        "response_status": status,
        "response_error_code": code,
        "response_error_message": message,
    }
    rows = [ROW, OTHER] if rows is None else rows
    payload = {"transaction_id": "t", f"{op}_response": rows}
    body = {"response_header": header, "response_body": {"response_payload": payload}}
    return json.dumps(body).encode()


def refused(body: bytes, op="link") -> RequestError:
    with pytest.raises(RequestError) as caught:
        WIRE.read(op, 200, body, ITEMS)
    return caught.value


def resolved(row: dict, wire=WIRE):
    """What a resolve says whose first row is ``row``."""
    return wire.read("resolve", 200, answer("resolve", rows=[ROW | row, OTHER]), ITEMS)[0].answer


def test_every_case_has_an_expectation_and_every_expectation_a_case():
    for version, missing in (("2.1.0", set()), ("develop", ONLY_2_1_0)):
        recorded = [case.name for case in CASES if case.version == version]
        assert sorted(recorded) == sorted(EXPECTED.keys() - missing)
    assert len(CASES) == 247


@pytest.mark.parametrize("case", CASES, ids=golden.label)
def test_recorded_answer(case):
    expected = EXPECTED[case.name]
    if isinstance(expected, list):
        outcomes = WIRE.read(case.op, case.status, case.answer, case.asked)
        assert [seen(outcome) for outcome in outcomes] == expected
        assert [o.reference_id for o in outcomes] == [item.reference_id for item in case.asked]
        return
    with pytest.raises(RequestError) as caught:
        WIRE.read(case.op, case.status, case.answer, case.asked)
    error = caught.value
    assert (type(error), error.code, error.outcome_unknown) == expected
    assert (error.http_status, error.may_land_late) == (case.status, False)


# What SPAR holds and nobody can be paid to: linked, but nothing that reads as an address.
UNREADABLE = {
    "resolve_yes_no_found",
    "resolve_no_scope",
    "resolve_fa_echo",
    "resolve_additional_info_echo",
    "resolve_no_additional_info",
    "resolve_strategy_missing",
    "resolve_strategy_not_matching",
    "resolve_additional_info_without_strategy",
    "resolve_dots_in_value",
    "resolve_dots_in_value_wrong",
    "resolve_fa_empty_fields",
}


@pytest.mark.parametrize("case", CASES, ids=golden.label)
def test_what_was_found_is_the_stored_string_or_cannot_be_read(case):
    expected = EXPECTED[case.name]
    answers = [a for a in expected if isinstance(a, Linked)] if isinstance(expected, list) else []
    for linked in answers:
        if case.name in UNREADABLE or not linked.fa:
            with pytest.raises(UnreadableAddress):
                decode(linked.fa, WIRE.strategies, linked.strategy_id)
        else:
            assert decode(linked.fa, WIRE.strategies, linked.strategy_id).account
            # Character by character, since unlink compares it so. Of 25 rows one is recorded.
            if linked == answers[0] or case.name != "resolve_batch_25":
                assert f'fa="{linked.fa}"' in case.data["state_before"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"header": {"status": "succ"}, "message": {"link_response": []}}',
        b"[]",
        b'"SUCCESS"',
        b"{}",
        b'{"response_header": {"response_status": "SUCCESS"}}',
        b'{"response_header": {"response_status": "SUCCESS"}, "response_body": null}',
        b'{"response_header": [], "response_body": {"response_payload": {"link_response": []}}}',
        answer(status="PENDING"),
        answer(status=None),
        answer(status=["ERROR"]),
        answer("update"),
        answer(rows={}),
        answer(rows="ref-1"),
    ],
)
def test_what_is_not_this_format(body):
    error = refused(body)
    assert (type(error), error.outcome_unknown) == (WrongWireFormat, True)
    read = refused(body, "resolve")
    assert (type(read), read.outcome_unknown) == (WrongWireFormat, False)


JWT = "StatusReasonCodeEnum.rjct_jwt_invalid"


@pytest.mark.parametrize(
    ("code", "message", "rows", "expected"),
    [
        ("rjct.request.validation", JWT, [], (SignatureRefused, "rjct.jwt.invalid", False)),
        ("rjct.request.validation", JWT, None, (SignatureRefused, "rjct.jwt.invalid", True)),
        ("rjct.request.validation", "x", [], (RequestRejected, "rjct.request.validation", False)),
        ("rjct.request.validation", None, None, (RequestRejected, "rjct.request.validation", True)),
        ("rjct.request.validation", 7, [], (RequestRejected, "rjct.request.validation", False)),
        ("rjct.internal.error", "x", [], (ServerFailed, "rjct.internal.error", True)),
        ("rjct.id.invalid", "x", [], (ServerFailed, "rjct.id.invalid", True)),
        ("Jane Doe 0712", JWT, [], (ServerFailed, "server_failed", True)),
        (None, None, [], (ServerFailed, "server_failed", True)),
        (["rjct.request.validation"], JWT, [], (ServerFailed, "server_failed", True)),
    ],
)
def test_what_an_error_means(code, message, rows, expected):
    body = answer(status="ERROR", code=code, message=message, rows=rows)
    error = refused(body)
    assert (type(error), error.code, error.outcome_unknown) == expected
    read = refused(body.replace(b"link_response", b"resolve_response"), "resolve")
    assert (type(read), read.code, read.outcome_unknown) == (*expected[:2], False)
    assert "Jane" not in str(error)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [ROW],
        [ROW, ROW],
        [ROW, OTHER, OTHER],
        [ROW, OTHER | {"reference_id": "ref-3"}],
        [ROW, OTHER | {"status": "SUCCESS"}],
        [ROW, OTHER | {"status_reason_code": "rjct.id.invalid"}],
        [ROW, OTHER | {"id": "SYN-000001"}],
        [ROW, OTHER | {"id": []}],
        [ROW, OTHER | {"status_reason_code": "rjct"}],
        [ROW, OTHER | {"status_reason_code": ["rjct.id.invalid"]}],
        [ROW, None],
    ],
)
def test_items_that_do_not_fit_are_not_believed(rows):
    assert type(refused(answer(rows=rows))) is AnswerIncomplete
    assert type(refused(answer("resolve", rows=rows), "resolve")) is AnswerIncomplete


@pytest.mark.parametrize("fa", [bank(2), "", bank(1) + "_ACCOUNT", 7, [], {}])
def test_a_link_that_stored_another_string_is_looked_at_again(fa):
    error = refused(answer(rows=[ROW | {"fa": fa}, OTHER]))
    assert (type(error), error.code) == (AnswerIncomplete, "strategy_differs")
    assert error.outcome_unknown and "account" not in str(error)


def test_what_else_a_link_may_say_about_the_string():
    rows = [ROW | {"fa": bank(1)}, OTHER | {"fa": bank(7), "status": "rjct"}]
    assert [o.ok for o in WIRE.read("link", 200, answer(rows=rows), ITEMS)] == [True, False]
    assert WIRE.read("link", 200, answer(rows=[ROW | {"fa": None}, OTHER]), ITEMS)[0].ok


NAMED = {"additional_info": [{"strategy_id": 2}]}
PLAIN = '{"fa_type": "BANK", "iban": "XX"}'


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"fa": OBJECT} | NAMED, Linked(fa=bank(1), strategy_id=2)),
        ({"fa": dict(sorted(OBJECT.items()))} | NAMED, Linked(fa=bank(1), strategy_id=2)),
        ({"fa": OBJECT}, Linked(fa=bank(1))),
        (
            {"fa": OBJECT, "additional_info": [{"strategy_id": 4}]},
            Linked(fa=bank(1), strategy_id=4),
        ),
        ({"fa": OBJECT | {"mobile_number": ""}}, Linked(fa=bank(1))),
        ({"fa": {"iban": "XX", "fa_type": "BANK", "strategy_id": 9}}, Linked(fa=PLAIN)),
        ({"fa": {"fa_type": "BANK", "iban": "XX"}}, Linked(fa=PLAIN)),
        ({"fa": OBJECT | {"bank_code": 7}}, Linked(fa="")),
        ({"fa": OBJECT | {"bank_code": None}}, Linked(fa="")),
        ({"fa": {"strategy_id": 2}}, Linked(fa="")),
        ({"fa": {}}, Linked(fa="")),
        ({"fa": None}, Linked(fa="")),
        ({"fa": bank(1)}, Linked(fa="")),
        ({"status_reason_code": "succ.fa.not_linked_to_id"}, NotLinked()),
    ],
)
def test_what_a_resolve_says(row, expected):
    assert resolved(row) == expected


def test_more_parts_than_a_strategy_has_are_not_cut_to_fit():
    fa = resolved({"fa": OBJECT | {"mobile_number": "+99900000001"}}).fa
    assert fa.startswith("{")
    with pytest.raises(UnreadableAddress):
        decode(fa, DEFAULT_STRATEGIES)


def test_not_linked_beside_an_address_is_a_contradiction():
    rows = [ROW | {"status_reason_code": "succ.fa.not_linked_to_id", "fa": OBJECT}, OTHER]
    assert type(refused(answer("resolve", rows=rows), "resolve")) is AnswerIncomplete


def test_the_connections_own_strategy_comes_first():
    own = Strategy(
        strategy_id=2,
        method="bank_account",
        template="account_number:{}.bank_code:{}.branch_code:{}.bank_name:{}"
        ".branch_name:{}.fa_type:{}",
        fa_type="BANK_ACCOUNT",
    )
    fa = resolved({"fa": OBJECT} | NAMED, WIRE.using(StrategySet([own]))).fa
    assert fa.startswith("account_number:000000000001.bank_code:EXBK.") and fa.endswith(":BANK")


def test_of_two_strategies_with_the_same_parts_the_named_one_is_taken():
    other = Strategy(
        strategy_id=7,
        method="bank_account",
        template="account_number:{}.bank_code:{}.branch_code:{}.bank_name:{}"
        ".branch_name:{}.fa_type:{}",
        fa_type="BANK",
    )
    wire = WIRE.using(StrategySet([*DEFAULT_STRATEGIES, other]))
    row = {"fa": OBJECT, "additional_info": [{"strategy_id": 7}]}
    assert resolved(row, wire).fa.startswith("account_number:000000000001.bank_code:EXBK.")
    assert resolved({"fa": OBJECT} | NAMED, wire).fa == bank(1)


def test_a_constant_of_the_template_may_be_no_part():
    parts = {key: OBJECT[key] for key in ("account_number", "branch_code", "bank_code")}
    row = {"fa": parts | {"strategy_id": 5}, "additional_info": [{"strategy_id": 5}]}
    assert resolved(row).fa == (
        "account_number:000000000001.branch_code:EX0001.bank_code:EXBK"
        ".mobile_number:.email_address:.fa_type:BANK_ACCOUNT"
    )
