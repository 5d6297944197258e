"""Phones and emails, and what becomes of them: tables."""

import pytest

from spar.address import NumberForm, Provider

from .handed_in import LRM, NUL, ZWSP, email, mobile, refusal


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
