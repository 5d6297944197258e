"""What read() must make of every recorded answer: one line of outcomes, or a typed error.

An outcome is ``ok``, a code of refusal, NOT_LINKED, or Linked(...) for a resolve that found.
"""

from spar.answers import Linked, NotLinked
from spar.errors import (
    AnswerIncomplete,
    RequestRejected,
    ServerFailed,
    SignatureRefused,
    WrongWireFormat,
)

NOT_LINKED = NotLinked()
DUPLICATE = "rjct.reference_id.duplicate"
NO_ID = "rjct.id.invalid"
NO_FA = "rjct.fa.invalid"
NO_REFERENCE = "rjct.reference_id.invalid"


def bank(number: int) -> str:
    return (
        f"account_number:{number:012d}.branch_name:Main Branch.branch_code:EX0001"
        ".bank_name:Example Bank.bank_code:EXBK.fa_type:BANK_ACCOUNT"
    )


def mobile(number: int) -> str:
    return (
        f"mobile_number:+999{number:08d}.wallet_provider_name:Example Wallet"
        ".wallet_provider_code:EXWL.fa_type:MOBILE_WALLET"
    )


BANK_1 = Linked(fa=bank(1), strategy_id=2)
# A resolve that did not ask for details: linked, but to what is not said.
UNSAID = Linked(fa="", strategy_id=None)

# Errors: (class, code, outcome_unknown)
FAILED = (ServerFailed, "G2P-REQ-100", True)
FAILED_READ = (ServerFailed, "G2P-REQ-100", False)
INVALID = (RequestRejected, "G2P-REQ-102", False)
UNSIGNED = (SignatureRefused, "rjct.jwt.invalid", False)
OTHER_SERVER = (WrongWireFormat, "wrong_wire_format", False)

OF_1_1_0 = {
    "link_ok_bank": ["ok"],
    "link_ok_mobile": ["ok"],
    "link_ok_email": ["ok"],
    "link_already_same_fa": [DUPLICATE],
    "link_already_other_fa": [DUPLICATE],
    "link_fa_used_by_other_id": ["ok"],
    "link_batch_one_already": [DUPLICATE, "ok"],
    "link_batch_same_id_twice": FAILED,
    "link_batch_other_plus_same_id_twice": FAILED,
    "link_duplicate_reference_id": (AnswerIncomplete, "answer_incomplete", True),
    "link_batch_25": ["ok"] * 25,
    "link_non_ascii_name": ["ok"],
    "link_non_ascii_name_utf8_body": ["ok"],
    "link_non_ascii_signed_utf8": UNSIGNED,
    "link_empty_id": [NO_ID],
    "link_empty_fa": [NO_FA],
    "link_missing_id": INVALID,
    "link_id_number": INVALID,
    "link_missing_fa": INVALID,
    "link_batch_one_item_invalid": INVALID,
    "link_missing_transaction_id": INVALID,
    "link_missing_header_field": INVALID,
    "link_empty_list": [],
    "link_unknown_fields": ["ok"],
    "link_malformed_fa": ["ok"],
    "link_total_count_wrong": ["ok"],
    "link_item_timestamp_invalid": ["ok"],
    "link_minimal_header": ["ok"],
    "link_nul_in_batch": FAILED,
    "update_ok": ["ok"],
    "update_ok_other_fa_type": ["ok"],
    "update_without_additional_info": ["ok"],
    "update_unknown_id": [DUPLICATE],
    "update_batch_partial": ["ok", DUPLICATE, "ok"],
    "update_batch_same_id_twice": ["ok", "ok"],
    "update_nul_in_batch": FAILED,
    "update_empty_id": [NO_ID],
    "update_empty_fa": [NO_FA],
    "update_missing_fa": INVALID,
    "resolve_details_found": [BANK_1],
    "resolve_details_unknown": [NOT_LINKED],
    "resolve_yes_no_found": [UNSAID],
    "resolve_yes_no_unknown": [NOT_LINKED],
    "resolve_no_scope": [UNSAID],
    "resolve_batch_mixed": [
        BANK_1,
        NOT_LINKED,
        NO_REFERENCE,
        Linked(fa=mobile(3), strategy_id=4),
    ],
    "resolve_batch_25": [Linked(fa=bank(n), strategy_id=2) for n in range(1, 26)],
    "resolve_same_id_twice": [BANK_1, UNSAID],
    "resolve_empty_id": [NO_REFERENCE],
    "resolve_missing_id": [NO_REFERENCE],
    "resolve_by_fa_only": [NOT_LINKED],
    "resolve_fa_echo": [Linked(fa="not the stored fa", strategy_id=None)],
    "resolve_additional_info_echo": [UNSAID],
    "resolve_unknown_scope": INVALID,
    "resolve_empty_list": [],
    "resolve_non_ascii": [BANK_1],
    "resolve_no_additional_info": [Linked(fa=bank(1), strategy_id=None)],
    "unlink_ok": ["ok"],
    "unlink_ok_with_fa": ["ok"],
    "unlink_unknown": [NO_ID],
    "unlink_wrong_fa": [NO_ID],
    "unlink_empty_id": [NO_ID],
    "unlink_missing_id": INVALID,
    "unlink_batch_partial": ["ok", NO_ID, NO_ID],
    "link_after_unlink": ["ok"],
    "invalid_json": INVALID,
    "json_list": FAILED,
    "empty_body": FAILED,
    "wrong_action": (RequestRejected, "rjct.action.not_supported", False),
    "wrong_action_payload": INVALID,
    "other_wire_format": FAILED,
    "content_type_text": INVALID,
    "wrong_path": OTHER_SERVER,
    "trailing_slash": OTHER_SERVER,
    "wrong_method": OTHER_SERVER,
    "no_signature": FAILED,
    "empty_signature": UNSIGNED,
    "garbage_signature": UNSIGNED,
    "garbage_signature_3_parts": UNSIGNED,
    "wrong_key": UNSIGNED,
    "tampered_body": UNSIGNED,
    "unknown_partner": UNSIGNED,
    "attached_jwt": ["ok"],
    "pretty_printed_body": ["ok"],
    "signed_sorted_keys": UNSIGNED,
    "no_signature_resolve": FAILED_READ,
    "wrong_key_resolve": UNSIGNED,
    "bad_signature_and_missing_field": INVALID,
    "keymanager_http_500": UNSIGNED,
    "keymanager_hangs": FAILED,
    "keymanager_unreachable": FAILED,
    "keymanager_unreachable_no_token": FAILED,
    "keymanager_back": ["ok"],
    "db_down_link": FAILED,
    "db_down_update": FAILED,
    "db_down_resolve": FAILED_READ,
    "db_down_unlink": FAILED,
    "db_back_link": ["ok"],
    "db_restarted_resolve": FAILED_READ,
    "db_restarted_resolve_again": [BANK_1],
}

# 1.0.0 has no Keymanager, looks at no signature, and refuses odd bodies as invalid input.
_ONLY_1_1_0 = {
    "no_signature_resolve",
    "wrong_key_resolve",
    "bad_signature_and_missing_field",
    "keymanager_http_500",
    "keymanager_hangs",
    "keymanager_unreachable",
    "keymanager_unreachable_no_token",
    "keymanager_back",
}
_UNSIGNED_ACCEPTED = {
    name: ["ok"]
    for name, expected in OF_1_1_0.items()
    if expected is UNSIGNED and name not in _ONLY_1_1_0
}
OF_1_0_0 = {
    **{name: expected for name, expected in OF_1_1_0.items() if name not in _ONLY_1_1_0},
    **_UNSIGNED_ACCEPTED,
    "no_signature": ["ok"],
    "json_list": INVALID,
    "empty_body": INVALID,
    "other_wire_format": INVALID,
}

EXPECTED = {"1.0.0": OF_1_0_0, "1.1.0": OF_1_1_0}
