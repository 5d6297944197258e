"""What read() must make of every recorded answer of 2.1.0 and develop; see expected.py."""

from spar.answers import Linked
from spar.errors import (
    AnswerIncomplete,
    RequestRejected,
    ServerFailed,
    SignatureRefused,
)

from .expected import (
    DUPLICATE,
    FAILED,
    INVALID,
    NO_ID,
    NO_REFERENCE,
    NOT_LINKED,
    OTHER_SERVER,
    mobile,
)


def bank(number: int, *, branch: str = "Main Branch", name: str = "Example Bank") -> str:
    return (
        f"account_number:{number:012d}.branch_name:{branch}.branch_code:EX0001"
        f".bank_name:{name}.bank_code:EXBK.fa_type:BANK"
    )


def found(fa: str, strategy_id: int | None = 2) -> list[Linked]:
    return [Linked(fa=fa, strategy_id=strategy_id)]


BANK_1 = found(bank(1))
# Linked, but to what is not said: no details asked, or SPAR's own strategy does not fit the row.
UNSAID = found("", None)

# Errors: (class, code, outcome_unknown)
# Said alike by a dead database, an id twice, an unknown strategy, and parts that do not fit it.
INTERNAL = (ServerFailed, "rjct.internal.error", True)
INTERNAL_READ = (ServerFailed, "rjct.internal.error", False)
UNSIGNED = (SignatureRefused, "rjct.jwt.invalid", False)
EMPTY = (RequestRejected, "rjct.request.validation", False)

EXPECTED = {
    "link_ok_bank": ["ok"],
    "link_ok_mobile": ["ok"],
    "link_ok_email": ["ok"],
    "link_ok_bank_strategy_5": ["ok"],
    "link_strategy_1": INTERNAL,
    "link_unknown_strategy": INTERNAL,
    "link_batch_one_unknown_strategy": INTERNAL,
    "link_mobile_fa_bank_strategy": INTERNAL,
    "link_fa_type_not_matching_fields": ["ok"],
    "link_dots_in_value": ["ok"],
    "link_own_additional_info_strategy": ["ok"],
    "link_additional_info_first_without_strategy": ["ok"],
    "link_fa_string": INVALID,
    "link_bad_fa_type": INVALID,
    "link_already_same_fa": [DUPLICATE],
    "link_already_other_fa": [DUPLICATE],
    "link_fa_used_by_other_id": ["ok"],
    "link_batch_one_already": [DUPLICATE, "ok"],
    "link_batch_same_id_twice": INTERNAL,
    "link_batch_other_plus_same_id_twice": INTERNAL,
    "link_duplicate_reference_id": (AnswerIncomplete, "answer_incomplete", True),
    "link_batch_25": ["ok"] * 25,
    "link_non_ascii_name": ["ok"],
    "link_non_ascii_name_escaped_body": ["ok"],
    "link_non_ascii_signed_escaped": UNSIGNED,
    "link_empty_id": [NO_ID],
    "link_empty_fa": INVALID,
    "link_fa_empty_fields": ["ok"],
    "link_missing_id": [NO_ID],
    "link_id_number": INVALID,
    "link_missing_fa": INVALID,
    "link_batch_one_item_invalid": INVALID,
    "link_missing_transaction_id": INVALID,
    "link_missing_header_field": INVALID,
    "link_empty_list": EMPTY,
    "link_unknown_fields": ["ok"],
    "link_item_timestamp_invalid": ["ok"],
    "link_request_timestamp_invalid": INVALID,
    "link_nul_in_batch": INTERNAL,
    "update_ok": ["ok"],
    "update_ok_other_fa_type": ["ok"],
    "update_unknown_id": [DUPLICATE],
    "update_batch_partial": ["ok", DUPLICATE, "ok"],
    "update_batch_same_id_twice": ["ok", "ok"],
    "update_nul_in_batch": INTERNAL,
    "update_empty_id": [NO_ID],
    "update_empty_fa": INVALID,
    "update_missing_fa": INVALID,
    "update_batch_one_unknown_strategy": INTERNAL,
    "update_drops_other_additional_info": ["ok"],
    "resolve_details_found": BANK_1,
    "resolve_details_unknown": [NOT_LINKED],
    "resolve_yes_no_found": UNSAID,
    "resolve_yes_no_unknown": [NOT_LINKED],
    "resolve_no_scope": UNSAID,
    "resolve_batch_mixed": [*BANK_1, NOT_LINKED, NO_REFERENCE, *found(mobile(3), 4)],
    "resolve_batch_25": [Linked(fa=bank(n), strategy_id=2) for n in range(1, 26)],
    "resolve_same_id_twice": [*BANK_1, *UNSAID],
    "resolve_empty_id": [NO_REFERENCE],
    "resolve_missing_id": [NO_REFERENCE],
    "resolve_by_fa_only": [NOT_LINKED],
    "resolve_fa_echo": UNSAID,
    "resolve_additional_info_echo": UNSAID,
    "resolve_unknown_scope": INVALID,
    "resolve_empty_list": EMPTY,
    "resolve_non_ascii": BANK_1,
    "resolve_no_additional_info": UNSAID,
    "resolve_mobile_strategy_4": found(mobile(2), 4),
    "resolve_email_strategy_3": found(
        "email_address:syn-000003@example.org.wallet_provider_name:Example Mail Wallet"
        ".wallet_provider_code:EXMW.fa_type:EMAIL_WALLET",
        3,
    ),
    "resolve_bank_strategy_5": found(
        "account_number:000000000004.branch_code:EX0001.bank_code:EXBK"
        ".mobile_number:.email_address:.fa_type:BANK_ACCOUNT",
        5,
    ),
    "resolve_strategy_missing": found("", 99),
    "resolve_strategy_not_matching": found("", 4),
    "resolve_additional_info_without_strategy": UNSAID,
    "resolve_row_of_1x": found(bank(1) + "_ACCOUNT"),
    "resolve_dots_in_value": found(bank(1, name="St. Example.branch_code:INJECTED")),
    "resolve_dots_in_value_wrong": found(bank(1, branch="North.branch_name:NB.branch_code:ZZ")),
    "resolve_fa_empty_fields": found(
        "account_number:.branch_name:.branch_code:.bank_name:.bank_code:.fa_type:BANK"
    ),
    "resolve_batch_strategy_missing": [
        *BANK_1,
        Linked(fa="", strategy_id=99),
        *found(bank(3)),
    ],
    "unlink_ok": ["ok"],
    "unlink_ok_with_fa": ["ok"],
    "unlink_unknown": [NO_ID],
    "unlink_wrong_fa": [NO_ID],
    "unlink_fa_object": INVALID,
    "unlink_empty_id": [NO_ID],
    "unlink_missing_id": [NO_ID],
    "unlink_batch_partial": ["ok", NO_ID, NO_ID],
    "link_after_unlink": ["ok"],
    "invalid_json": INVALID,
    "json_list": FAILED,
    "empty_body": FAILED,
    "wrong_action_payload": INVALID,
    "other_wire_format": INVALID,
    "content_type_text": INVALID,
    "wrong_path": OTHER_SERVER,
    "trailing_slash": OTHER_SERVER,
    "wrong_method": OTHER_SERVER,
    "no_signature": UNSIGNED,
    "empty_signature": UNSIGNED,
    # A signature that is none, and a partner that is none, look like a server that fails.
    "garbage_signature": FAILED,
    "garbage_signature_3_parts": FAILED,
    "wrong_key": UNSIGNED,
    "tampered_body": UNSIGNED,
    "unknown_partner": FAILED,
    "attached_jwt": ["ok"],
    "pretty_printed_body": ["ok"],
    "unsorted_body": ["ok"],
    "signed_as_sent_unsorted": UNSIGNED,
    "no_signature_resolve": UNSIGNED,
    "wrong_key_resolve": UNSIGNED,
    "bad_signature_and_missing_field": INVALID,
    "keymanager_http_500": FAILED,
    "keymanager_hangs": FAILED,
    "keymanager_unreachable": FAILED,
    "keymanager_unreachable_no_token": FAILED,
    "keymanager_back": ["ok"],
    "strategy_table_empty": INTERNAL,
    "strategy_table_missing": INTERNAL,
    "db_down_link": INTERNAL,
    "db_down_update": INTERNAL,
    "db_down_resolve": INTERNAL_READ,
    "db_down_unlink": INTERNAL,
    "db_back_link": ["ok"],
    "db_restarted_resolve": INTERNAL_READ,
    "db_restarted_resolve_again": BANK_1,
}

# Of its own: a table that 2.1.0's migration does not make and develop's does.
ONLY_2_1_0 = {"strategy_table_missing"}
