"""SPAR's string -> address: every way that others write it, or refused."""

import json
from dataclasses import replace

import pytest

from spar.address import MobileWallet
from spar.errors import UnreadableAddress
from spar.strategies import DEFAULT_STRATEGIES, Strategy, decode, encode

from . import golden
from .examples import ALL, BANK, BANK_FA, BRIDGE_FA, EMAIL, EMAIL_FA, WALLET, WALLET_FA


def unreadable(fa, strategy_id=None, strategies=DEFAULT_STRATEGIES):
    with pytest.raises(UnreadableAddress) as caught:
        decode(fa, strategies, strategy_id)
    assert fa[:20] not in str(caught.value) or not fa
    return True


@pytest.mark.parametrize(
    ("fa", "address", "words"),
    [
        (BANK_FA, BANK, ["bank", "BANK", "Bank", "BANK_ACCOUNT", "bank_account"]),
        (WALLET_FA, WALLET, ["MOBILE_WALLET", "mobile_wallet", "mobile_wallet_provider"]),
        (EMAIL_FA, EMAIL, ["EMAIL_WALLET", "email_wallet", "email_wallet_provider"]),
    ],
)
def test_other_versions_words_for_the_kind(fa, address, words):
    for word in words:
        assert decode(fa + word, ALL) == address
    for word in ["", "SAVINGS", "PHONE", "BANK ", "EMAIL_WALLET.x"]:
        assert unreadable(fa + word)


def test_a_word_for_another_kind_is_not_believed():
    assert unreadable(BANK_FA + "EMAIL_WALLET", 2)
    assert unreadable(WALLET_FA + "BANK_ACCOUNT", 4)
    assert unreadable(BRIDGE_FA.replace("BANK_ACCOUNT", "MOBILE_WALLET"), 5)


def test_a_word_of_ones_own():
    own = Strategy(
        strategy_id=12,
        method="bank_account",
        template="account_number:{}.branch_code:{}.bank_code:{}.fa_type:{}",
        fa_type="KONTO",
    )
    fa = encode(BANK, own)
    assert fa.endswith(".fa_type:KONTO")
    assert decode(fa, [own], 12).identity() == decode(fa, [own]).identity() == BANK.identity()
    assert unreadable(fa)


def test_values_are_taken_as_they_are():
    fa = "mobile_number:0712 345.wallet_provider_name:.wallet_provider_code:.fa_type:bank"
    assert unreadable(fa)
    fa = fa.replace("fa_type:bank", "fa_type:mobile_wallet")
    assert decode(fa, ALL) == MobileWallet(mobile_number="0712 345", provider_code="")


@pytest.mark.parametrize(
    "fa",
    [
        "",
        "no financial address",
        "account_number:1",
        "account_number:000000000001.fa_type:BANK_ACCOUNT",
        "account_number:.branch_name:.branch_code:.bank_name:.bank_code:.fa_type:BANK",
        BANK_FA.replace("Example Bank", "St. Example.branch_code:INJECTED") + "BANK",
        BANK_FA.replace("Example Bank", "x.branch_name:y") + "BANK",
        BANK_FA.replace("Example Bank", "x.other_key:y") + "BANK",
        BANK_FA.replace("EXBK", "x.fa_type:BANK") + "BANK",
        " " + BANK_FA + "BANK",
        BANK_FA + "BANK\n",
        BANK_FA.replace("branch_name", "BRANCH_NAME") + "BANK",
        BANK_FA.replace(".branch_code:EX0001", "") + "BANK",
        BANK_FA.replace(".branch_code:EX0001", "") + "BANK.branch_code:EX0001",
        BRIDGE_FA.replace("mobile_number:", "mobile_number:+254712345678"),
        "token:123@nationalId",
        "{}",
    ],
)
def test_strings_that_cannot_be_read_or_could_be_in_two_ways(fa):
    for named in (None, 2, 5, 99):
        assert unreadable(fa, named)


def test_two_strategies_that_read_it_differently():
    def mirror(strategy_id, template):
        return Strategy(
            strategy_id=strategy_id,
            method="bank_account",
            template=template,
            fa_type="BANK_ACCOUNT",
        )

    whole = mirror(20, "acc:account_number:{}.bank_code:{}.branch_code:{}")
    inner = mirror(21, "acc:account_number:{}.bank_code:{}.branch_code:{}/x")
    fa = "acc:account_number:1.bank_code:B.branch_code:C/x"
    assert unreadable(fa, None, [whole, inner])
    assert decode(fa, [whole, inner], 20).branch_code == "C/x"
    assert decode(fa, [whole, inner], 21).branch_code == "C"


def test_a_configured_template_does_not_hide_the_seeded_one():
    own = replace(DEFAULT_STRATEGIES[3], strategy_id=2)
    for fa in (BANK_FA + "BANK", BRIDGE_FA):
        assert decode(fa, [own], 2).identity() == BANK.identity()


# Strings in the transcripts that SPAR stored or echoed and nobody can pay to.
NO_ADDRESS = {
    "",
    "no financial address at all",
    "not the stored fa",
    "account_number:000000000077.fa_type:BANK_ACCOUNT",
}


def test_every_address_in_the_transcripts():
    found = set()

    def walk(value):
        if isinstance(value, dict):
            found.update([value["fa"]] if isinstance(value.get("fa"), str) else [])
            value = list(value.values())
        for part in value if isinstance(value, list) else ():
            walk(part)

    for version in golden.VERSIONS:
        walk(json.loads((golden.HERE / f"spar-{version}.json").read_text()))
    readable = {fa for fa in found if fa not in NO_ADDRESS and "\0" not in fa}
    assert len(readable) > 30
    for fa in readable:
        strategy = ALL.for_method(decode(fa, ALL).method)
        assert encode(decode(fa, ALL), strategy) == fa
    for fa in found - readable:
        if "\0" not in fa:
            assert unreadable(fa)
