"""What holds for every address, whatever was handed in."""

import string

import phonenumbers
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from spar.address import BankAccount, EmailWallet, MobileWallet, check_spar_id, normalise
from spar.errors import AddressError
from spar.text import INJECTION, is_invisible, is_printable

from . import gen

MANY = settings(max_examples=200, deadline=None)


@MANY
@given(gen.submissions())
def test_only_address_errors_come_out(kwargs):
    try:
        normalise(**kwargs)
    except AddressError as error:
        assert error.field.startswith("payment_")
        assert set(error.params) <= {"form", "limit", "reason"}


@MANY
@given(gen.addresses())
def test_normalise_is_idempotent(address):
    again = normalise(**_handed_in_again(address))
    assert again == address
    assert again.identity() == address.identity()


@MANY
@given(gen.addresses())
def test_results_are_plain(address):
    for part in address.as_dict().values():
        assert is_printable(part) and not INJECTION.search(part)
        assert not any(map(is_invisible, part))
    assert address.account.isascii()


@MANY
@given(gen.written(st.from_regex(r"[1-9][0-9]{5,15}", fullmatch=True)), st.data())
def test_identity_does_not_depend_on_how_it_was_written(text, data):
    plain = "".join(str(int(c)) for c in text if c.isdecimal())
    spaced = "".join(c + data.draw(st.sampled_from(["", " ", "-"])) for c in plain)
    provider = gen.Provider(code="B", method="bank_account")
    one, two = (
        normalise(method="bank_account", provider=provider, account=account).identity()
        for account in (text, spaced)
    )
    assert one == two == ("bank_account", "B", "", plain)


@MANY
@given(
    st.builds(BankAccount, account_number=st.text("0123456789 -AB"), bank_code=st.just("B"))
    | st.builds(
        MobileWallet,
        mobile_number=st.from_regex(r"\+?[0-9]{1,15}", fullmatch=True),
        provider_code=st.just("M"),
    )
    | st.builds(EmailWallet, email_address=st.text("0123456789ab.@"), provider_code=st.just("E"))
)
def test_a_mask_shows_at_most_a_third_of_the_digits(address):
    digits, shown = _digits(address.account), _digits(address.mask())
    code = _calling_code(address)
    assert shown.startswith(code)
    assert 3 * (len(shown) - len(code)) <= len(digits) - len(code)
    assert 3 * len(_digits(address.last_four)) <= len(digits)


@MANY
@given(gen.addresses())
def test_no_repr_shows_the_account(address):
    assume(len(address.account) > 4)
    assume(not any(address.account in part for part in _codes(address)))
    assert address.account not in repr(address)


@MANY
@given(gen.nasty)
def test_an_id_passes_unchanged_or_not_at_all(value):
    try:
        assert check_spar_id(value) == value
    except AddressError as error:
        assert error.code == "id_malformed"
    else:
        assert 0 < len(value) <= 128
        assert not any(c.isspace() or is_invisible(c) for c in value)
        value.encode()


def _handed_in_again(address):
    bank = isinstance(address, BankAccount)
    provider = gen.Provider(
        code=address.bank_code if bank else address.provider_code,
        name=address.bank_name if bank else address.provider_name,
        method=address.method,
    )
    branch = {"branch": address.branch_code, "branch_name": address.branch_name} if bank else {}
    return {"method": address.method, "provider": provider, "account": address.account, **branch}


def _codes(address):
    return [v for k, v in address.as_dict().items() if k.endswith("_code")]


def _digits(text):
    return "".join(c for c in text if c in string.digits)


def _calling_code(address):
    try:
        assert address.method == "mobile_wallet"
        return str(phonenumbers.parse(address.account).country_code)
    except (AssertionError, phonenumbers.NumberParseException):
        return ""
