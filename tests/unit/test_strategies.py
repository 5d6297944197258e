"""Address <-> SPAR's string: lossless, or refused."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spar.address import BankAccount, EmailWallet, MobileWallet
from spar.errors import AddressError, ConfigurationUnusable
from spar.strategies import DEFAULT_STRATEGIES, Strategy, StrategySet, decode, encode

from . import gen
from .examples import ALL, BANK, BANK_FA, BRIDGE_FA, EMAIL, EMAIL_FA, WALLET, WALLET_FA


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
