"""Our requests against the recorded ones of SPAR 2.x, byte for byte, and their signatures."""

import pytest

from spar.answers import Item
from spar.signing import RsaSigner, canonical_bytes
from spar.strategies import DEFAULT_STRATEGIES, StrategySet, encode
from spar.wire import WIRE_FORMATS

from . import golden
from .examples import BANK, EMAIL, WALLET
from .test_wire_build import ENVELOPE

CASES = list(golden.cases(golden.BODY_VERSIONS))
WIRE = WIRE_FORMATS["request-body"].using(StrategySet())
SIGNER = RsaSigner(golden.private_key(), canonical=WIRE.canonical)

# Requests this client never makes, and why.
NOT_OURS = {
    "one reference for two items": ["link_duplicate_reference_id"],
    "no address, or one that no strategy of ours makes": [
        "link_empty_fa",
        "link_missing_fa",
        "link_batch_one_item_invalid",
        "update_empty_fa",
        "update_missing_fa",
        "link_fa_string",
        "link_bad_fa_type",
        "link_fa_type_not_matching_fields",
        "link_dots_in_value",
        "link_strategy_1",
        "link_unknown_strategy",
        "link_batch_one_unknown_strategy",
        "link_mobile_fa_bank_strategy",
        "update_batch_one_unknown_strategy",
    ],
    "names that the string of strategy 5 does not carry": ["link_ok_bank_strategy_5"],
    "the object in unlink": ["unlink_fa_object"],
    "additional_info, which would beat the address's own strategy": [
        "link_own_additional_info_strategy",
        "link_additional_info_first_without_strategy",
    ],
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
        "link_item_timestamp_invalid",
        "link_request_timestamp_invalid",
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
OURS = [case for case in CASES if case.name not in NEVER]


def built(case):
    """(path, body); the URL of the sender, which we leave empty, is the recorded one."""
    header = case.request["body"]["request_header"]
    path, body = WIRE.build(
        case.op,
        case.items,
        sender_id=header["sender_app_mnemonic"],
        receiver_id="spar",
        message_id=header["request_id"],
        transaction_id=case.message["transaction_id"],
        now=golden.NOW,
    )
    assert body["request_header"]["sender_app_url"] == ""
    body["request_header"]["sender_app_url"] = header["sender_app_url"]
    return path, body


def test_the_table_names_only_recorded_cases():
    assert NEVER <= {case.name for case in CASES}
    assert len(OURS) == 151


@pytest.mark.parametrize("case", OURS, ids=golden.label)
def test_our_request_is_the_recorded_one(case):
    path, body = built(case)
    assert path == case.request["path"]
    ours = canonical_bytes(body, WIRE.canonical)
    assert ours == canonical_bytes(case.request["body"], "sorted")
    recorded = case.request["headers"].get("Signature", "")
    if case.data["signature_state"] == "valid" and case.name != "attached_jwt":
        assert SIGNER.sign(ours) == recorded
    else:
        assert SIGNER.sign(ours) != recorded


@pytest.mark.parametrize("case", [c for c in CASES if c.name in NEVER], ids=golden.label)
def test_the_others_are_really_not_ours(case):
    try:
        path, body = built(case)
    except (ValueError, KeyError, TypeError):
        return
    assert (path, body) != (case.request["path"], case.request["body"])


@pytest.mark.parametrize(
    ("address", "strategy_id", "fa_type"),
    [
        (BANK, 2, "BANK"),
        (BANK, 5, "BANK"),
        (EMAIL, 3, "EMAIL_WALLET"),
        (WALLET, 4, "MOBILE_WALLET"),
    ],
)
def test_the_object_holds_what_spar_demands_and_its_string_is_ours(address, strategy_id, fa_type):
    strategy = WIRE.strategies.by_id(strategy_id)
    fa = encode(address, strategy)
    item = Item(reference_id="r", spar_id="i", fa=fa, strategy_id=strategy_id)
    for op in ("link", "update"):
        sent = WIRE.build(op, [item], **ENVELOPE)[1]["request_body"]["request_payload"]
        row = sent[f"{op}_request"][0]
        assert (row["fa"]["fa_type"], row["fa"]["strategy_id"]) == (fa_type, strategy_id)
        # As SPAR does it: its own template, filled with the parts.
        template = next(golden.cases(("develop",))).templates[strategy_id]
        assert template.format(**row["fa"]) == fa
        assert "additional_info" not in row
        demanded = {"bank_account": 5, "email_wallet": 3, "mobile_wallet": 3}[address.method]
        assert len(row["fa"]) == demanded + 2


def test_fa_types_are_spars_words_except_a_constant_of_the_template():
    words = {s.strategy_id: s.fa_type for s in WIRE.strategies}
    assert words == {2: "BANK", 3: "EMAIL_WALLET", 4: "MOBILE_WALLET", 5: "BANK_ACCOUNT"}
    assert WIRE_FORMATS["g2p-connect"].using(StrategySet()).strategies.by_id(2).fa_type != "BANK"


def test_unlink_names_the_string_and_resolve_only_the_id():
    item = Item(reference_id="r", spar_id="i", fa="f", strategy_id=2, name="n", phone="p")
    unlink = WIRE.build("unlink", [item], **ENVELOPE)[1]["request_body"]["request_payload"]
    assert unlink["unlink_request"][0].keys() == {"reference_id", "timestamp", "id", "fa"}
    resolve = WIRE.build("resolve", [item], **ENVELOPE)[1]["request_body"]["request_payload"]
    assert resolve["resolve_request"][0].keys() == {"reference_id", "timestamp", "id", "scope"}


LINK = Item(reference_id="r", spar_id="i", fa=encode(BANK, DEFAULT_STRATEGIES[0]), strategy_id=2)


@pytest.mark.parametrize(
    ("op", "items"),
    [
        ("link", []),
        ("resolve", []),
        ("link", [LINK, LINK]),
        ("link", [Item(reference_id="r", spar_id="i", strategy_id=2)]),
        ("update", [Item(reference_id="r", spar_id="i", fa=LINK.fa)]),
        ("update", [Item(reference_id="r", spar_id="i", fa=LINK.fa, strategy_id=99)]),
        ("link", [Item(reference_id="r", spar_id="i", fa=LINK.fa, strategy_id=4)]),
    ],
)
def test_batches_that_cannot_be_sent(op, items):
    with pytest.raises(ValueError) as caught:
        WIRE.build(op, items, **ENVELOPE)
    assert "account_number" not in str(caught.value)
