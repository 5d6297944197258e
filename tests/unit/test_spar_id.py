"""Ids as SPAR keeps them: passed unchanged, or refused."""

import pytest

from spar.address import check_spar_id

from .handed_in import BOM, NBSP, NUL, ZWSP, refusal


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
