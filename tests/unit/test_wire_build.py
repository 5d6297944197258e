"""Our requests against the recorded ones, byte for byte."""

from datetime import datetime, timedelta, timezone

import pytest

from spar.answers import Item
from spar.signing import canonical_bytes
from spar.wire import WIRE_FORMATS

from . import golden

CASES = list(golden.cases())
WIRE = WIRE_FORMATS["g2p-connect"]
LINK = Item(reference_id="r", spar_id="i", fa="f", strategy_id=2)
ENVELOPE = dict(
    sender_id="s", receiver_id="spar", message_id="m", transaction_id="t", now=golden.NOW
)

# Requests this client never makes, and why.
NOT_OURS = {
    "one reference for two items": ["link_duplicate_reference_id"],
    "no address": [
        "link_empty_fa",
        "link_missing_fa",
        "link_batch_one_item_invalid",
        "update_empty_fa",
        "update_missing_fa",
    ],
    "no strategy": ["update_without_additional_info"],
    "no items": ["link_empty_list", "resolve_empty_list"],
    "no id, or one that is no string": [
        "link_missing_id",
        "link_id_number",
        "resolve_missing_id",
        "resolve_batch_mixed",
        "resolve_by_fa_only",
        "unlink_missing_id",
    ],
    "another scope than details": [
        "resolve_yes_no_found",
        "resolve_yes_no_unknown",
        "resolve_no_scope",
        "resolve_same_id_twice",
        "resolve_fa_echo",
        "resolve_additional_info_echo",
        "resolve_unknown_scope",
    ],
    "an envelope that lacks fields, has others, or lies": [
        "link_missing_transaction_id",
        "link_missing_header_field",
        "bad_signature_and_missing_field",
        "link_unknown_fields",
        "link_total_count_wrong",
        "link_item_timestamp_invalid",
        "link_minimal_header",
        "wrong_action",
        "wrong_action_payload",
    ],
    "another path, method or body": [
        "wrong_path",
        "trailing_slash",
        "wrong_method",
        "invalid_json",
        "json_list",
        "empty_body",
        "other_wire_format",
    ],
}
NEVER = {name for names in NOT_OURS.values() for name in names}


def built(case):
    header = case.request["body"]["header"]
    return WIRE.build(
        case.op,
        case.items,
        sender_id=header["sender_id"],
        receiver_id=header["receiver_id"],
        message_id=header["message_id"],
        transaction_id=case.request["body"]["message"]["transaction_id"],
        now=golden.NOW,
    )


def test_the_table_names_only_recorded_cases():
    assert NEVER <= {case.name for case in CASES}
    assert len([case for case in CASES if case.name not in NEVER]) == 115


@pytest.mark.parametrize("case", [c for c in CASES if c.name not in NEVER], ids=golden.label)
def test_our_request_is_the_recorded_one(case):
    path, body = built(case)
    assert path == case.request["path"]
    # Bytes, since the order of keys is signed.
    assert canonical_bytes(body, "as_sent") == canonical_bytes(case.request["body"], "as_sent")


@pytest.mark.parametrize("case", [c for c in CASES if c.name in NEVER], ids=golden.label)
def test_the_others_are_really_not_ours(case):
    try:
        path, body = built(case)
    except (ValueError, KeyError, TypeError):
        return
    assert (path, body) != (case.request["path"], case.request["body"])


@pytest.mark.parametrize(
    ("op", "items"),
    [
        ("link", []),
        ("link", [LINK, LINK]),
        ("link", [Item(reference_id="r", spar_id="i", strategy_id=2)]),
        ("update", [Item(reference_id="r", spar_id="i", fa="", strategy_id=2)]),
        ("update", [Item(reference_id="r", spar_id="i", fa="f")]),
        ("resolve", []),
    ],
)
def test_batches_that_spar_would_refuse_or_answer_in_two_ways(op, items):
    with pytest.raises(ValueError):
        WIRE.build(op, items, **ENVELOPE)


def test_a_strategy_id_of_zero_is_a_strategy():
    item = Item(reference_id="r", spar_id="i", fa="f", strategy_id=0)
    row = WIRE.build("link", [item], **ENVELOPE)[1]["message"]["link_request"][0]
    assert row["additional_info"] == [{"strategy_id": 0}]


@pytest.mark.parametrize("bad", ["\0", "\n", "\ud800", "\x7f"])
def test_a_name_cannot_break_the_batch(bad):
    item = Item(
        reference_id="r", spar_id="i", fa="f", strategy_id=2, name=f"A{bad}b", phone=f"+1{bad}2"
    )
    row = WIRE.build("link", [item], **ENVELOPE)[1]["message"]["link_request"][0]
    assert (row["name"], row["phone_number"]) == ("Ab", "+12")


@pytest.mark.parametrize(
    "now",
    [
        golden.NOW,
        golden.NOW.replace(tzinfo=None),
        golden.NOW.astimezone(timezone(timedelta(hours=5, minutes=30))),
    ],
)
def test_times_are_utc_with_milliseconds(now: datetime):
    body = WIRE.build("link", [LINK], **ENVELOPE | {"now": now + timedelta(microseconds=7999)})[1]
    assert body["header"]["message_ts"] == "2026-11-22T09:00:00.007Z"


def test_nothing_in_a_body_is_a_float():
    def walk(value):
        assert not isinstance(value, float)
        for part in value.values() if isinstance(value, dict) else value:
            if isinstance(part, dict | list):
                walk(part)

    walk(WIRE.build("link", [LINK], **ENVELOPE)[1])
