"""The end-to-end tests' search for leaks: it finds what is planted, and nothing else."""

import base64
import hashlib
import json
from urllib.parse import quote

import pytest

from tests.helpers.leaks import Leaks

ACCOUNT, PHONE, EMAIL = "9912345678901", "+254712345678", "demo.1234567890@example.org"
NAME, TOKEN = "Wanjikuzq", "mK3rT0ken-with_40.signs/and+more=0123456"
LEAKS = Leaks({ACCOUNT, PHONE, EMAIL}, {NAME}, {TOKEN})


@pytest.mark.parametrize(
    "text",
    [
        ACCOUNT,
        f"({ACCOUNT})",
        "99 1234 5678 901",
        "9912-3456-78901",
        "345678901",
        f"account_number:{ACCOUNT}.branch_name:",
        quote(f'"{ACCOUNT}"'),
        base64.b64encode(ACCOUNT.encode()).decode(),
        base64.urlsafe_b64encode(json.dumps({"a": [ACCOUNT]}).encode()).decode().rstrip("="),
        ACCOUNT.encode().hex(),
        hashlib.sha256(ACCOUNT.encode()).hexdigest(),
        hashlib.md5(ACCOUNT.encode()).hexdigest().upper(),
    ],
)
def test_a_number_is_found_in_every_spelling(text):
    assert LEAKS.find(f"2026-11-23 03:04:05,678 99 INFO said '{text}', id 12") == [ACCOUNT]


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        (PHONE, PHONE),
        ("254712345678", PHONE),
        ("712345678", PHONE),
        ("+254 712 345 678", PHONE),
        (quote(PHONE), PHONE),
        (hashlib.sha1(b"712345678").hexdigest(), PHONE),
        (EMAIL.upper(), EMAIL),
        (quote(EMAIL), EMAIL),
        (base64.b64encode(f"mail {EMAIL}".encode()).decode(), EMAIL),
        (f"{NAME} Demo", NAME),
        (f"name={NAME.lower()}", NAME),
        (base64.b64encode(f"Demo {NAME}".encode()).decode(), NAME),
        (f"Bearer {TOKEN}", "a secret"),
        (quote(TOKEN), "a secret"),
        ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ", "a secret"),
        ("-----BEGIN RSA PRIVATE KEY-----", "a secret"),
        (f"password={TOKEN}&x=1", "a secret"),
        (f"eyJhbGciOiJSUzI1NiJ9..{TOKEN}", "a secret"),
    ],
)
def test_phones_emails_names_and_secrets_are_found(text, needle):
    assert LEAKS.find(f'{{"x": "{text}"}}') == [needle]


@pytest.mark.parametrize(
    "text",
    [
        "+254 •••• 678",
        "•••• 8901",
        "2026-11-23 03:04:05.678901+00 LOG:  checkpoint complete: wrote 12345678901 buffers",
        "SPAR-00000042",
        "e4b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "gAAAAABpIk" + "A" * 100 + "==",
        "d***@example.org",
        "12345678901 9912345678902 912345678901",
    ],
)
def test_masks_times_and_others_numbers_are_no_leak(text):
    assert LEAKS.find(text) == []


def test_a_requests_statements_and_seconds_are_no_phone():
    leaks = Leaks({"+254700030006"})
    line = '"POST /web/dataset/call_kw HTTP/1.1" 200 - 7 0.003 0.006'
    assert leaks.find(line) == []
    assert leaks.find(line.replace("call_kw", "254700030006")) == ["+254700030006"]
    assert leaks.find("7 0.003 0.006") == ["+254700030006"]
