"""What every kind of address has: a provider, a mask, an identity, and no secret told."""

import pytest

from spar.address import (
    BankAccount,
    EmailWallet,
    MobileWallet,
    Provider,
    address_from_dict,
    normalise,
)

from .handed_in import BANK, MPESA, PAYPAL, bank, email, mobile, refusal


@pytest.mark.parametrize(
    ("method", "provider", "code", "field"),
    [
        ("cash", BANK, "method_unknown", "payment_method"),
        ("", BANK, "method_unknown", "payment_method"),
        ("bank_account", None, "provider_missing", "payment_provider"),
        ("bank_account", MPESA, "provider_unknown", "payment_provider"),
        ("mobile_wallet", PAYPAL, "provider_unknown", "payment_provider"),
        (
            "bank_account",
            Provider(code=" ", method="bank_account"),
            "bank_code_missing",
            "payment_provider",
        ),
        (
            "email_wallet",
            Provider(code="", method="email_wallet"),
            "provider_unknown",
            "payment_provider",
        ),
        (
            "bank_account",
            Provider(code="A.branch_name:B", method="bank_account"),
            "unsafe_text",
            "payment_provider",
        ),
        (
            "bank_account",
            Provider(code="A", name="St. B.fa_type:X", method="bank_account"),
            "unsafe_text",
            "payment_provider",
        ),
        (
            "bank_account",
            Provider(code="A", name="B" * 129, method="bank_account"),
            "too_long",
            "payment_provider",
        ),
    ],
)
def test_providers(method, provider, code, field):
    error = refusal(normalise, method=method, provider=provider, account="123")
    assert (error.code, error.field) == (code, field)


def test_names_are_kept_readable():
    provider = Provider(code="EXBK", name="  Bank  of\u00a0St.  Example ", method="bank_account")
    address = normalise(
        method="bank_account", provider=provider, account="123", branch_name=" Rue  Émile "
    )
    assert (address.bank_name, address.branch_name) == ("Bank of St. Example", "Rue Émile")


@pytest.mark.parametrize(
    ("address", "mask", "last_four"),
    [
        (BankAccount(account_number="001234567890", bank_code="B"), "•••• 7890", "7890"),
        (BankAccount(account_number="1234567", bank_code="B"), "•••• 67", "67"),
        (BankAccount(account_number="12", bank_code="B"), "••••", ""),
        (BankAccount(account_number="", bank_code="B"), "••••", ""),
        (MobileWallet(mobile_number="+254712345678", provider_code="M"), "+254 •••• 678", "678"),
        (MobileWallet(mobile_number="+99900000001", provider_code="M"), "•••• 001", "001"),
        (MobileWallet(mobile_number="garbage", provider_code="M"), "••••", ""),
        (EmailWallet(email_address="amina@example.org", provider_code="P"), "a•••@e•••.org", ""),
        (EmailWallet(email_address="ab@ex.org", provider_code="P"), "•••@•••.org", ""),
        (EmailWallet(email_address="no address", provider_code="P"), "•••@•••.", ""),
        (EmailWallet(email_address="jane@1.07123456", provider_code="P"), "j•••@•••.", ""),
        (EmailWallet(email_address="jane@secret", provider_code="P"), "j•••@•••.", ""),
        (EmailWallet(email_address="ann@ex1.org", provider_code="P"), "a•••@e•••.org", ""),
        (EmailWallet(email_address="0712345678@a.b", provider_code="P"), "•••@•••.b", ""),
    ],
)
def test_masks(address, mask, last_four):
    assert (address.mask(), address.last_four) == (mask, last_four)


def test_identity_is_what_every_strategy_carries():
    address = bank("12-34", branch="x1", branch_name="Main")
    assert address.identity() == ("bank_account", "EXBK", "X1", "1234")
    assert mobile("0712345678").identity() == ("mobile_wallet", "MPESA", "+254712345678")
    assert email("Jane@example.org").identity() == ("email_wallet", "PAYPAL", "jane@example.org")


def test_identity_of_what_others_wrote_into_spar_is_that_of_ours():
    theirs = BankAccount(account_number="ab 12-34", bank_code="EXBK", bank_name="other name")
    assert theirs.identity() == bank("AB1234").identity()
    theirs = MobileWallet(mobile_number="+254 712-345678", provider_code="MPESA")
    assert theirs.identity() == mobile("0712345678").identity()


@pytest.mark.parametrize(
    "address",
    [
        bank("1234", branch="b", branch_name="n"),
        mobile("0712345678"),
        email("jane@example.org"),
    ],
)
def test_dict_round_trip_and_quiet_repr(address):
    assert address_from_dict(address.as_dict()) == address
    assert address.account not in repr(address)
    assert address.as_dict()["method"] == address.method


@pytest.mark.parametrize("data", [{}, {"method": "cash"}, {"method": "bank_account", "x": "y"}])
def test_what_never_was_an_address(data):
    with pytest.raises((KeyError, TypeError)):
        address_from_dict(data)


def test_no_refusal_tells_what_was_given():
    secrets = ["12345#678901", "0712345678, ext", "jané.doe@example.org", "1.23456789E+12"]
    for secret in secrets:
        for call in (bank, mobile, email):
            error = refusal(call, secret)
            assert secret not in f"{error} {error!r} {error.args} {error.params}"
