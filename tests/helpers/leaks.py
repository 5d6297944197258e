# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Looking for what nobody may find: numbers, names and secrets, in whatever spelling."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

#: A run of digits, and one that somebody has spaced.
_DIGITS = re.compile(r"\d{9,}")
_SPACED = re.compile(r"\d(?:[ .\-/]?\d){8,}")
_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_WORD = re.compile(r"[^\W\d_]{6,}")
_ENCODED = re.compile(r"[A-Za-z0-9+/_\-]{12,}={0,2}")
_HEX = re.compile(r"\b(?:[0-9a-fA-F]{2}){9,}\b")
#: Odoo's count of a request's statements and its seconds: "7 0.003 0.006" is no 700030006.
_COUNTED = re.compile(r'(HTTP/1\.\d" \d{3} -) \d+ \d+\.\d{3} \d+\.\d{3}')
#: Nobody's tokens, signatures and keys have a place in a log.
_SECRET = re.compile(r"\beyJ[\w\-]{8,}\.[\w\-]*\.[\w\-]{20,}|BEGIN [A-Z ]*PRIVATE KEY")
_HASHES = ("md5", "sha1", "sha256", "sha512")


class Leaks:
    """Finds needles in texts.

    :param numbers: account numbers, phones and emails, as they were handed in or kept
    :param names: words of names that stand for nobody else
    :param secrets: tokens, keys and passwords, of 16 signs at least
    """

    def __init__(
        self, numbers: Iterable[str], names: Iterable[str] = (), secrets: Iterable[str] = ()
    ):
        numbers = set(numbers)
        self._digits: dict[str, str] = {}
        self._words: dict[str, str] = {}
        for number in numbers:
            for form in _forms(number):
                (self._digits if form.isdigit() else self._words)[form] = number
            for spelled in {number, *_forms(number)}:
                for name in _HASHES:
                    self._words[hashlib.new(name, spelled.encode()).hexdigest()] = number
        self._words |= {name.lower(): name for name in names}
        self._secrets = [secret for secret in set(secrets) if len(secret) >= 16]

    def find(self, text: str) -> list[str]:
        """The needles that ``text`` gives away, in any of their spellings. Secrets stay unnamed."""
        text = _COUNTED.sub(r"\1", text)
        found = self._plain(text)
        if "%" in text:
            found |= self._plain(unquote_plus(text))
        for token in _ENCODED.findall(text):
            found |= self._plain(_unbase64(token))
        for token in _HEX.findall(text):
            found |= self._plain(bytes.fromhex(token).decode(errors="replace"))
        return sorted(found)

    def _plain(self, text: str) -> set[str]:
        digits = {*_DIGITS.findall(text)}
        digits.update(re.sub(r"\D", "", run) for run in _SPACED.findall(text))
        found = {self._digits[run] for run in digits & self._digits.keys()}
        lower = text.lower()
        words = {
            *_EMAIL.findall(lower),
            *_WORD.findall(lower),
            *re.findall(r"[0-9a-f]{32,}", lower),
        }
        found |= {self._words[word] for word in words & self._words.keys()}
        if _SECRET.search(text) or any(secret in text for secret in self._secrets):
            found.add("a secret")
        return found


def _forms(number: str) -> set[str]:
    """How a number may be written without its spelling; an email has one form."""
    if "@" in number:
        return {number.lower()}
    digits = re.sub(r"\D", "", number)
    return {digits, digits[-9:]}


def _unbase64(token: str) -> str:
    """What is behind base64 of either alphabet; "" where it is none."""
    plain = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode(errors="replace")
    except binascii.Error:
        return ""
