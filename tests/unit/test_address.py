"""What people hand in, and what becomes of it: tables."""

import pytest

from spar.address import (
    BankAccount,
    EmailWallet,
    MobileWallet,
    NumberForm,
    Provider,
    address_from_dict,
    check_spar_id,
    normalise,
)
from spar.errors import AddressError, ConfigurationUnusable

BANK = Provider(code="EXBK", name="Example Bank", method="bank_account")
MPESA = Provider(code="MPESA", name="M-PESA", method="mobile_wallet")
PAYPAL = Provider(code="PAYPAL", name="PayPal", method="email_wallet")
NUL, LRM, ZWSP, BOM, NBSP, RLE, SHY = map(chr, (0, 0x200E, 0x200B, 0xFEFF, 0xA0, 0x202B, 0xAD))


def bank(account, form=None, **kw):
    provider = Provider(code="EXBK", name="Example Bank", method="bank_account", number_form=form)
    return normalise(method="bank_account", provider=provider, account=account, **kw)


def mobile(account, region="KE", provider=MPESA, **kw):
    return normalise(
        method="mobile_wallet", provider=provider, account=account, region=region, **kw
    )


def email(account):
    return normalise(method="email_wallet", provider=PAYPAL, account=account)


def refusal(call, *args, **kwargs) -> AddressError:
    with pytest.raises(AddressError) as caught:
        call(*args, **kwargs)
    return caught.value


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0012345678", "0012345678"),
        (" 0012 3456-78 ", "0012345678"),
        ("0012.3456.78\n", "0012345678"),
        ("0012–3456—78", "0012345678"),
        ("ab-12/34", "AB12/34"),
        ("'0012345678", "0012345678"),
        ("١٢٣٤٥٦٧٨٩٠", "1234567890"),
        ("۱۲۳۴۵۶۷۸۹۰", "1234567890"),
        ("१२३४५६७८९०", "1234567890"),
        ("১২৩৪৫৬৭৮৯০", "1234567890"),
        ("១២៣៤៥៦៧៨៩០", "1234567890"),
        ("၁၂၃၄၅၆၇၈၉၀", "1234567890"),
        ("１２３４５６７８９０ＡＢ", "1234567890AB"),
        ("𝟏𝟐𝟑𝟒𝟓𝟔", "123456"),
        (f"{BOM}12{ZWSP}34{LRM}56{RLE}78{SHY}", "12345678"),
        (f"12{NBSP}34{chr(0x202F)}56{chr(0x3000)}78{chr(0x1680)}9", "123456789"),
        (f"12{chr(0xFE0F)}34{chr(0x3164)}56{chr(0x034F)}7", "1234567"),
        ("12E45", "12E45"),
        ("GB1234", "GB1234"),
        ("gb82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("KE12345678901234", "KE12345678901234"),
    ],
)
def test_accounts_are_made_plain(written, number):
    assert bank(written).account_number == number


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "account_missing"),
        ("  ", "account_missing"),
        (ZWSP, "account_missing"),
        ("'", "account_missing"),
        (None, "account_missing"),
        ("N/A", "account_malformed"),
        ("none", "account_malformed"),
        ("0000000000", "account_malformed"),
        ("12345678, 87654321", "account_malformed"),
        ("12345;678", "account_malformed"),
        ("12#45", "account_malformed"),
        ("123ß", "account_malformed"),
        ("#######", "account_malformed"),
        ("=123456", "account_malformed"),
        ("१२३ क", "account_malformed"),
        ("፩፪፫፬", "account_malformed"),
        ("12\t34", "unsafe_text"),
        ("1234\n5678", "unsafe_text"),
        ("12" + chr(0x2028) + "34", "unsafe_text"),
        ("12" + chr(0xD800) + "34", "unsafe_text"),
        ("12" + chr(0xE000) + "34", "unsafe_text"),
        ("123.branch_name:Other", "unsafe_text"),
        (f"123.branch{ZWSP}_name:Other", "unsafe_text"),
        ("123．branch_name：Other", "unsafe_text"),
        (f"123{NUL}", "nul_character"),
        ("1" * 65, "too_long"),
        ("1" * 100_000, "too_long"),
        ("1.2E+10", "spreadsheet_number"),
        ("1,2e+10", "spreadsheet_number"),
        ("1E+15", "spreadsheet_number"),
        ("1.2E10", "spreadsheet_number"),
        ("12345678901.0", "spreadsheet_number"),
        ("12345678901,00", "spreadsheet_number"),
        ("١.٢E+١٠", "spreadsheet_number"),
        ("GB82 WEST 1234 5698 7654 33", "account_check_digits"),
        ("GB82 WEST 1234 5698 7654 3", "account_check_digits"),
        ("DE89 3704 0044 0532 0130 01", "account_check_digits"),
    ],
)
def test_accounts_that_are_none(written, code):
    error = refusal(bank, written)
    assert (error.code, error.field) == (code, "payment_account")


IBAN = NumberForm(kind="iban")
TEN = NumberForm(kind="digits", lengths=(10,))


@pytest.mark.parametrize(
    ("form", "written", "code"),
    [
        (IBAN, "GB82WEST12345698765432", None),
        (IBAN, "gb82west12345698765432", None),
        (IBAN, "GB83WEST12345698765432", "account_check_digits"),
        (IBAN, "12345678", "account_form"),
        # Valid by its check digits, but no country's.
        (IBAN, "XX57WEST12345698765432", "account_form"),
        (TEN, "0123456789", None),
        (TEN, "12345", "account_form"),
        (TEN, "123456789", "spreadsheet_zeros"),
        (TEN, "123456", "spreadsheet_zeros"),
        (TEN, "12345678901", "account_form"),
        (NumberForm(lengths=(10,)), "A23456789", "account_form"),
        (TEN, "A123456789", "account_form"),
        (NumberForm(kind="digits", lengths=(10, 12)), "123456789", "account_form"),
        (NumberForm(kind="digits", lengths=(10, 12)), "123456789012", None),
        (NumberForm(kind="digits"), "1234", None),
        (NumberForm(kind="any", lengths=(4,)), "A123", None),
        (NumberForm(kind="any", lengths=(4,)), "123", "spreadsheet_zeros"),
        (NumberForm(kind="pattern", pattern=r"[A-Z]{2}\d{4}"), "ab-1234", None),
        (NumberForm(kind="pattern", pattern=r"[A-Z]{2}\d{4}"), "AB12345", "account_form"),
        # The pattern of the provider decides, though it looks like an IBAN.
        (NumberForm(kind="pattern", pattern=r"GB\d\dW.*"), "GB00WEST12345698765432", None),
    ],
)
def test_forms_of_numbers(form, written, code):
    if code is None:
        assert bank(written, form).account_number
    else:
        error = refusal(bank, written, form)
        assert (error.code, error.field) == (code, "payment_account")
        assert written not in str(error.params)


def test_a_form_says_itself_in_words():
    assert refusal(bank, "123456789012", TEN).params == {"form": "digits, length 10"}
    assert NumberForm(kind="pattern", pattern="x+").describe() == "x+"
    assert NumberForm(lengths=(8, 9)).describe() == "any, length 8 or 9"


@pytest.mark.parametrize(
    ("kwargs", "code"),
    [
        ({"kind": "roman"}, "form_unknown"),
        ({"kind": "pattern", "pattern": "("}, "pattern_malformed"),
    ],
)
def test_forms_that_cannot_work(kwargs, code):
    with pytest.raises(ConfigurationUnusable) as caught:
        NumberForm(**kwargs)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("0712345678", "KE", "+254712345678"),
        ("0712 345-678", "ke", "+254712345678"),
        ("(0712) 345 678", "KE", "+254712345678"),
        ("712345678", "KE", "+254712345678"),
        ("254712345678", "KE", "+254712345678"),
        ("+254 712 345 678", None, "+254712345678"),
        ("+254 712 345 678", "ET", "+254712345678"),
        ("00254712345678", None, "+254712345678"),
        ("00254712345678", "KE", "+254712345678"),
        ("٠٧١٢٣٤٥٦٧٨", "KE", "+254712345678"),
        (f"{LRM}＋２５４７１２３４５６７８", None, "+254712345678"),
        ("+855 12 345 678", None, "+85512345678"),
    ],
)
def test_phones_become_e164(written, region, number):
    assert mobile(written, region).mobile_number == number


@pytest.mark.parametrize(
    ("written", "region", "code"),
    [
        ("0712345678", None, "phone_country"),
        ("0712345678", "", "phone_country"),
        ("0712345678", "XX", "phone_country"),
        ("+999 0000 0001", "KE", "phone_country"),
        ("07123", "KE", "phone_malformed"),
        ("+2547123456789012345", None, "phone_malformed"),
        ("+254 999 999 999", None, "phone_malformed"),
        ("0712345678 ext 5", "KE", "phone_malformed"),
        ("0712-FLOWER", "KE", "phone_malformed"),
        ("0712345678, 0722345678", "KE", "phone_malformed"),
        ("0712345678/0722345678", "KE", "phone_malformed"),
        ("+", "KE", "phone_malformed"),
        ("...", "KE", "phone_malformed"),
        ("person@example.org", "KE", "phone_malformed"),
        ("2.54712E+11", "KE", "spreadsheet_number"),
        ("254712345678.0", "KE", "spreadsheet_number"),
        ("", "KE", "account_missing"),
        (NUL, "KE", "nul_character"),
    ],
)
def test_phones_that_are_none(written, region, code):
    error = refusal(mobile, written, region)
    assert (error.code, error.field) == (code, "payment_account")


def test_unassigned_phones_only_when_asked_for():
    assert mobile("+999 0000 0001", allow_unassigned=True).mobile_number == "+99900000001"
    assert refusal(mobile, "+99", allow_unassigned=True).code in (
        "phone_country",
        "phone_malformed",
    )


def test_a_wallets_form_judges_e164():
    form = NumberForm(kind="pattern", pattern=r"\+2547\d{8}")
    safaricom = Provider(code="MPESA", method="mobile_wallet", number_form=form)
    assert mobile("0712345678", provider=safaricom).mobile_number == "+254712345678"
    assert refusal(mobile, "0202012345", provider=safaricom).code == "account_form"
    twelve = Provider(
        code="MPESA", method="mobile_wallet", number_form=NumberForm(kind="digits", lengths=(12,))
    )
    assert mobile("0712345678", provider=twelve).mobile_number == "+254712345678"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Jane.Doe+x@Example.ORG", "Jane.Doe+x@example.org"),
        (f" jane@example.org{ZWSP}", "jane@example.org"),
        ("jane１@example.org", "jane1@example.org"),
        ("jane@bücher.example", "jane@xn--bcher-kva.example"),
        ("jane@BÜCHER.example", "jane@xn--bcher-kva.example"),
        ("jane@xn--bcher-kva.example", "jane@xn--bcher-kva.example"),
        ("o'brien@a.b-c.example", "o'brien@a.b-c.example"),
        ("jane@उदाहरण.example", "jane@xn--p1b6ci4b4b3a.example"),
    ],
)
def test_emails_are_made_plain(written, address):
    assert email(written).email_address == address


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "account_missing"),
        ("jane", "email_malformed"),
        ("@example.org", "email_malformed"),
        ("jane@", "email_malformed"),
        ("jane@example", "email_malformed"),
        ("jane@example.", "email_malformed"),
        ("jane@.org", "email_malformed"),
        ("jane@-a.org", "email_malformed"),
        ("jane@a_b.org", "email_malformed"),
        ("jane@1.2.3.4", "email_malformed"),
        ("a b@example.org", "email_malformed"),
        ("a..b@example.org", "email_malformed"),
        (".a@example.org", "email_malformed"),
        ("a@b@example.org", "email_malformed"),
        ("a@example.org, b@example.org", "email_malformed"),
        ("Jane <a@example.org>", "email_malformed"),
        ("mailto:a@example.org", "email_malformed"),
        ("jané@example.org", "email_malformed"),
        ("a@straße.de", "email_malformed"),
        ("a@" + "b" * 64 + ".org", "email_malformed"),
        ("a" * 65 + "@example.org", "email_malformed"),
        ("a@example.org\nbcc", "unsafe_text"),
        ("a.branch_name:b@example.org", "unsafe_text"),
        (f"a{NUL}@example.org", "nul_character"),
        ("a@" + "b." * 130 + "org", "too_long"),
    ],
)
def test_emails_that_are_none(written, code):
    error = refusal(email, written)
    assert (error.code, error.field) == (code, "payment_account")


@pytest.mark.parametrize(
    ("written", "code"),
    [(" ex 0001 ", "EX0001"), ("", ""), ("००१", "001"), ("a-1/b.2_3", "A-1/B.2_3")],
)
def test_branches_are_made_plain(written, code):
    assert bank("123", branch=written).branch_code == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Straße", "branch_malformed"),
        ("a:b", "branch_malformed"),
        ("12.0", "spreadsheet_number"),
        ("x.bank_code:OTHER", "unsafe_text"),
        (NUL, "nul_character"),
        ("1" * 65, "too_long"),
    ],
)
def test_branches_that_are_none(written, code):
    error = refusal(bank, "123", branch=written)
    assert (error.code, error.field) == (code, "payment_branch")


def test_a_banks_form_of_branch_codes():
    form = NumberForm(kind="digits", lengths=(3,))
    provider = Provider(code="EXBK", method="bank_account", branch_form=form)

    def branch(written):
        return normalise(method="bank_account", provider=provider, branch=written, account="123")

    assert branch("007").branch_code == "007"
    assert branch("").branch_code == ""
    error = refusal(branch, "ABC")
    assert (error.code, error.field) == ("branch_malformed", "payment_branch")
    assert error.params == {"form": "digits, length 3"}


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


@pytest.mark.parametrize("value", ["SYN-000001", "A.b:c@d/e+f_g", "#1*", "نص١٢", "例え", "x" * 128])
def test_ids_that_pass_unchanged(value):
    assert check_spar_id(value) == value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "empty"),
        (None, "empty"),
        ("x" * 129, "too_long"),
        ("a b", "whitespace"),
        ("a\n", "whitespace"),
        (f"a{NBSP}b", "whitespace"),
        (f"a{ZWSP}", "invisible"),
        (f"{BOM}a", "invisible"),
        (f"a{NUL}", "characters"),
        ("a\x7f", "characters"),
        ("a" + chr(0xD800), "characters"),
        ("a€", "characters"),
        ("😀", "characters"),
        ("e" + chr(0x301), "characters"),
    ],
)
def test_ids_that_spar_would_take_blindly(value, reason):
    error = refusal(check_spar_id, value)
    assert (error.code, error.params) == ("id_malformed", {"reason": reason})


def test_no_refusal_tells_what_was_given():
    secrets = ["12345#678901", "0712345678, ext", "jané.doe@example.org", "1.23456789E+12"]
    for secret in secrets:
        for call in (bank, mobile, email):
            error = refusal(call, secret)
            assert secret not in f"{error} {error!r} {error.args} {error.params}"
