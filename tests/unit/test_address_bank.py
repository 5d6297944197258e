"""Accounts and branches of banks, and the forms of their numbers: tables."""

import pytest

from spar.address import NumberForm, Provider, normalise
from spar.errors import ConfigurationUnusable

from .handed_in import BOM, LRM, NBSP, NUL, RLE, SHY, ZWSP, bank, refusal


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
