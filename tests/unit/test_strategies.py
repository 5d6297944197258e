"""Address <-> SPAR's string: lossless, or refused."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spar.address import BankAccount, EmailWallet, MobileWallet
from spar.errors import AddressError, ConfigurationUnusable, UnreadableAddress
from spar.strategies import DEFAULT_STRATEGIES, Strategy, StrategySet, decode, encode

from . import gen, golden

ALL = StrategySet()
BANK = BankAccount(
    account_number="000000000001",
    bank_code="EXBK",
    branch_code="EX0001",
    bank_name="Example Bank",
    branch_name="Main Branch",
)
BANK_FA = (
    "account_number:000000000001.branch_name:Main Branch.branch_code:EX0001"
    ".bank_name:Example Bank.bank_code:EXBK.fa_type:"
)
WALLET = MobileWallet(
    mobile_number="+99900000002", provider_code="EXWL", provider_name="Example Wallet"
)
WALLET_FA = (
    "mobile_number:+99900000002.wallet_provider_name:Example Wallet"
    ".wallet_provider_code:EXWL.fa_type:"
)
EMAIL = EmailWallet(
    email_address="syn-000003@example.org",
    provider_code="EXMW",
    provider_name="Example Mail Wallet",
)
EMAIL_FA = (
    "email_address:syn-000003@example.org.wallet_provider_name:Example Mail Wallet"
    ".wallet_provider_code:EXMW.fa_type:"
)
BRIDGE_FA = (
    "account_number:000000000001.branch_code:EX0001.bank_code:EXBK"
    ".mobile_number:.email_address:.fa_type:BANK_ACCOUNT"
)


def unreadable(fa, strategy_id=None, strategies=DEFAULT_STRATEGIES):
    with pytest.raises(UnreadableAddress) as caught:
        decode(fa, strategies, strategy_id)
    assert fa[:20] not in str(caught.value) or not fa
    return True


@pytest.mark.parametrize(
    ("strategy_id", "address", "fa"),
    [
        (2, BANK, BANK_FA + "BANK_ACCOUNT"),
        (3, EMAIL, EMAIL_FA + "EMAIL_WALLET"),
        (4, WALLET, WALLET_FA + "MOBILE_WALLET"),
        (5, BANK, BRIDGE_FA),
    ],
)
def test_the_default_strategies(strategy_id, address, fa):
    assert encode(address, ALL.by_id(strategy_id)) == fa
    for named in (strategy_id, None, 1, 99):
        assert decode(fa, ALL, named).identity() == address.identity()
    without_names = BANK if strategy_id != 5 else replace(BANK, bank_name="", branch_name="")
    assert decode(fa, ALL) == (without_names if address is BANK else address)


@settings(max_examples=250, deadline=None)
@given(gen.addresses())
def test_every_address_comes_back_the_same(address):
    for strategy in DEFAULT_STRATEGIES:
        if strategy.method != address.method:
            continue
        fa = encode(address, strategy)
        # The id may be unknown or stale: the string alone must do.
        for strategies in (DEFAULT_STRATEGIES, ALL, [strategy]):
            for named in (strategy.strategy_id, None, 99):
                back = decode(fa, strategies, named)
                assert back.identity() == address.identity()
                assert strategy.strategy_id == 5 or back == address
        assert encode(decode(fa, ALL), strategy) == fa


_parts = st.text("ab.:_ {}1\0\n", max_size=8) | gen.nasty


@settings(max_examples=250, deadline=None)
@given(
    st.builds(
        BankAccount,
        account_number=_parts,
        bank_code=_parts,
        branch_code=_parts,
        bank_name=_parts,
        branch_name=_parts,
    )
    | st.builds(MobileWallet, mobile_number=_parts, provider_code=_parts, provider_name=_parts)
    | st.builds(EmailWallet, email_address=_parts, provider_code=_parts, provider_name=_parts)
)
def test_what_did_not_come_from_normalise_is_lossless_or_refused(address):
    for strategy in DEFAULT_STRATEGIES:
        if strategy.method != address.method:
            continue
        try:
            fa = encode(address, strategy)
        except AddressError as error:
            assert error.code == "unsafe_text"
        else:
            assert decode(fa, ALL, strategy.strategy_id).identity() == address.identity()


@pytest.mark.parametrize(
    "part",
    ["x.branch_name:y", "x.branch_code:y", "x.fa_type:y", ".a:", "1\n2", "1\0", "\ud800", ""],
)
def test_parts_that_would_move_the_borders(part):
    with pytest.raises(AddressError) as caught:
        encode(BankAccount(account_number=part, bank_code="B"), ALL.by_id(2))
    assert caught.value.code == "unsafe_text"
    assert not part or part not in str(caught.value)


def test_a_strategy_is_for_one_kind():
    with pytest.raises(ConfigurationUnusable):
        encode(BANK, ALL.by_id(4))


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


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": "cash"}, "template_method"),
        ({"template": "account_number:{}.bank_code:{}"}, "template_lossy"),
        ({"template": ""}, "template_lossy"),
        (
            {"template": "account_number:{}.branch_code:{}.bank_code:{}.bank_code:{}"},
            "template_lossy",
        ),
        (
            {"template": "account_number:{}.branch_code:{}.bank_code:{}.iban:{}"},
            "template_placeholder",
        ),
        ({"template": "account_number:{}{}.branch_code:{}.bank_code:{}"}, "template_placeholder"),
        ({"template": "{}.account_number:{}.branch_code:{}.bank_code:{}"}, "template_placeholder"),
        ({"template": "account_number:{}.branch_code:{}.bank_code:{}}"}, "template_placeholder"),
        (
            {"template": "account_number:{}.branch_code:{}.bank_code:{}.fa_type:BANK"},
            "template_type",
        ),
    ],
)
def test_templates_that_cannot_work(change, code):
    good = {
        "strategy_id": 7,
        "method": "bank_account",
        "template": "account_number:{}.branch_code:{}.bank_code:{}.fa_type:{}",
        "fa_type": "BANK_ACCOUNT",
    }
    Strategy(**good)
    with pytest.raises(ConfigurationUnusable) as caught:
        Strategy(**good | change)
    assert caught.value.code == code


def test_named_placeholders_are_spars_own_alternative():
    named = Strategy(
        strategy_id=2,
        method="bank_account",
        template="account_number:{account_number}.branch_name:{branch_name}"
        ".branch_code:{branch_code}.bank_name:{bank_name}.bank_code:{bank_code}.fa_type:{fa_type}",
        fa_type="BANK",
    )
    assert encode(BANK, named) == BANK_FA + "BANK"


def test_a_configured_template_does_not_hide_the_seeded_one():
    own = replace(DEFAULT_STRATEGIES[3], strategy_id=2)
    for fa in (BANK_FA + "BANK", BRIDGE_FA):
        assert decode(fa, [own], 2).identity() == BANK.identity()


def test_the_set_chooses_per_method():
    chosen = [
        ALL.for_method(m).strategy_id for m in ("bank_account", "mobile_wallet", "email_wallet")
    ]
    assert chosen == [2, 4, 3]
    bridge_first = StrategySet([DEFAULT_STRATEGIES[3], DEFAULT_STRATEGIES[0]])
    assert bridge_first.for_method("bank_account").strategy_id == 5
    assert bridge_first.by_id(99) is None
    with pytest.raises(ConfigurationUnusable):
        bridge_first.for_method("email_wallet")


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
