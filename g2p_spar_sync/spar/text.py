"""Text as people, keyboards and spreadsheets write it, made plain or refused."""

import re
import unicodedata

from .errors import AddressError

#: longest account number, code, name, email (RFC 5321) and SPAR id, in characters
ACCOUNT_CAP, CODE_CAP, NAME_CAP, EMAIL_CAP, ID_CAP = 64, 64, 128, 254, 128

# SPAR's strings know no escaping: such a part would move the borders of the others.
INJECTION = re.compile(r"\.[a-z_]+:")

# Invisible although Unicode does not call them format characters (Default_Ignorable).
_IGNORABLE = frozenset(
    map(chr, [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0])
) | frozenset(map(chr, [*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))

# A spreadsheet's float (1.2E+10), or an integer that was stored as one (12345.0).
_SPREADSHEET = re.compile(r"[+-]?(\d([.,]\d+)?E[+-]\d+|\d[.,]\d+E\d+|\d+[.,]0+)", re.IGNORECASE)


def clean(value: str | None, field: str, cap: int) -> str:
    """Plain text: NFKC, ASCII digits, no invisible marks, single kind of space, stripped.

    Raises AddressError nul_character, unsafe_text or too_long for ``field``.
    """
    text = value or ""
    if "\0" in text:
        raise AddressError("nul_character", field)
    if len(text) > 8 * cap:
        raise AddressError("too_long", field, limit=cap)
    if not (text.isascii() and text.isprintable()):  # else it is plain already, as nearly all is
        # Twice: taking a mark out can bring two characters together that compose.
        text = unicodedata.normalize("NFKC", text)
        text = unicodedata.normalize("NFKC", "".join(map(_plain, text)))
    text = text.strip()
    if INJECTION.search(text) or not is_printable(text):
        raise AddressError("unsafe_text", field)
    if len(text) > cap:
        raise AddressError("too_long", field, limit=cap)
    return text


def is_printable(text: str) -> bool:
    """No control, line separator, surrogate, private or unassigned character."""
    if text.isprintable():  # which takes less, and is quick
        return True
    return not any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") for c in text)


def is_invisible(char: str) -> bool:
    """Zero-width, bidi, joiner, filler, byte order mark, variation selector."""
    return unicodedata.category(char) == "Cf" or char in _IGNORABLE


def is_spreadsheet_number(text: str) -> bool:
    return bool(_SPREADSHEET.fullmatch(text))


def without_separators(text: str) -> str:
    return re.sub(r"[\s.\-‐‑‒–—―−]", "", text)


def fold_number(text: str) -> str:
    """The form in which numbers are compared: no separators, upper case."""
    return without_separators(text).upper()


def _plain(char: str) -> str:
    if is_invisible(char):
        return ""
    if unicodedata.category(char) == "Zs":
        return " "
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)
