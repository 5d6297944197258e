"""Payment addresses: from what people hand in to values that may be sent to SPAR.

``normalise`` is idempotent: its result, handed in again, comes out the same. Its rules carry a
version, since stored hashes are made from its results.
"""

import re
import unicodedata

import phonenumbers

from .errors import AddressError
from .forms import NumberForm, Provider
from .kinds import KINDS, Address, BankAccount, EmailWallet, MobileWallet, address_from_dict
from .text import (
    ACCOUNT_CAP,
    CODE_CAP,
    EMAIL_CAP,
    ID_CAP,
    NAME_CAP,
    clean,
    is_invisible,
    is_spreadsheet_number,
    without_separators,
)

__all__ = [
    "NORMALISER_VERSION",
    "Address",
    "BankAccount",
    "EmailWallet",
    "MobileWallet",
    "NumberForm",
    "Provider",
    "address_from_dict",
    "check_spar_id",
    "is_spar_id",
    "normalise",
]

NORMALISER_VERSION = 1

_METHOD, _PROVIDER, _BRANCH, _ACCOUNT = (
    f"payment_{part}" for part in ("method", "provider", "branch", "account")
)
_ANY = NumberForm()
# What nearly every id is; others are looked at character by character.
_PLAIN_ID = re.compile(r"[!-~]+")
_PHONE = re.compile(r"\+?[\d ()./-]+")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def normalise(
    *,
    method: str,
    provider: Provider | None,
    branch: str = "",
    branch_name: str = "",
    account: str,
    region: str | None = None,
    allow_unassigned: bool = False,
) -> Address:
    """Make a payment address of what was handed in, or raise AddressError.

    ``region`` (ISO 3166 alpha-2) reads phone numbers without a country code.
    ``allow_unassigned`` accepts well-formed phone numbers of no assigned range (+999 in tests).
    """
    if method not in KINDS:
        raise AddressError("method_unknown", _METHOD)
    if provider is None:
        raise AddressError("provider_missing", _PROVIDER)
    if provider.method != method:
        raise AddressError("provider_unknown", _PROVIDER)
    code = clean(provider.code, _PROVIDER, CODE_CAP)
    name = _name(provider.name, _PROVIDER)
    if not code:
        missing = "bank_code_missing" if method == BankAccount.method else "provider_unknown"
        raise AddressError(missing, _PROVIDER)
    form = provider.number_form or _ANY
    if method == EmailWallet.method:
        return EmailWallet(email_address=_email(account), provider_code=code, provider_name=name)
    number = _number(account)
    if method == MobileWallet.method:
        number = _phone(number, region, allow_unassigned)
        form.check(number, _ACCOUNT)
        return MobileWallet(mobile_number=number, provider_code=code, provider_name=name)
    return BankAccount(
        account_number=_account(number, form),
        bank_code=code,
        branch_code=_branch(branch, provider.branch_form or _ANY),
        bank_name=name,
        branch_name=_name(branch_name, _BRANCH),
    )


def check_spar_id(value: str) -> str:
    """Return an id that may be sent as it is; SPAR itself would store anything, blindly.

    Raises AddressError id_malformed (params: reason = empty, too_long, whitespace, invisible,
    characters). Letters and digits of any script pass, beside printable ASCII.
    """
    text = value or ""
    if len(text) <= ID_CAP and _PLAIN_ID.fullmatch(text):
        return text
    reason = None
    if not text:
        reason = "empty"
    elif len(text) > ID_CAP:
        reason = "too_long"
    elif any(char.isspace() for char in text):
        reason = "whitespace"
    elif any(is_invisible(char) for char in text):
        reason = "invisible"
    elif not all(_is_id_character(char) for char in text):
        reason = "characters"
    if reason:
        raise AddressError("id_malformed", "spar_id", reason=reason)
    return text


def is_spar_id(value: str) -> bool:
    """May ``value`` be sent as an id? ``check_spar_id`` says why not."""
    try:
        check_spar_id(value)
    except AddressError:
        return False
    return True


def _is_id_character(char: str) -> bool:
    return "!" <= char <= "~" or unicodedata.category(char) in ("Lu", "Ll", "Lt", "Lo", "Lm", "Nd")


def _name(value: str, field: str) -> str:
    return " ".join(clean(value, field, NAME_CAP).split())


def _number(value: str) -> str:
    # Spreadsheets mark a number that is text with a leading apostrophe.
    text = clean(value, _ACCOUNT, ACCOUNT_CAP).removeprefix("'").strip()
    if not text:
        raise AddressError("account_missing", _ACCOUNT)
    if is_spreadsheet_number(text):
        raise AddressError("spreadsheet_number", _ACCOUNT)
    return text


def _account(text: str, form: NumberForm) -> str:
    number = without_separators(text)
    # Without a digit other than 0 it is a word for "none", such as N/A or 0000.
    if not re.fullmatch(r"[0-9A-Za-z/]+", number) or not re.search(r"[1-9]", number):
        raise AddressError("account_malformed", _ACCOUNT)
    number = number.upper()
    form.check(number, _ACCOUNT)
    return number


def _branch(value: str, form: NumberForm) -> str:
    text = clean(value, _BRANCH, CODE_CAP)
    if is_spreadsheet_number(text):
        raise AddressError("spreadsheet_number", _BRANCH)
    code = text.replace(" ", "")
    if not re.fullmatch(r"[0-9A-Za-z._/-]*", code):
        raise AddressError("branch_malformed", _BRANCH)
    code = code.upper()
    if code and form is not _ANY:
        try:
            form.check(code, _BRANCH)
        except AddressError as error:
            raise AddressError("branch_malformed", _BRANCH, form=form.describe()) from error
    return code


def _phone(text: str, region: str | None, allow_unassigned: bool) -> str:
    """E.164, by phonenumbers."""
    if not _PHONE.fullmatch(text):
        raise AddressError("phone_malformed", _ACCOUNT)
    plain = re.sub(r"[^+\d]", "", text)
    if allow_unassigned and re.fullmatch(r"\+\d{7,15}", plain):
        return plain
    if plain.startswith("00"):
        plain = "+" + plain.removeprefix("00")
    if not (region or plain.startswith("+")):
        raise AddressError("phone_country", _ACCOUNT)
    try:
        number = phonenumbers.parse(plain, region and region.upper())
    except phonenumbers.NumberParseException as error:
        no_country = error.error_type == error.INVALID_COUNTRY_CODE
        raise AddressError("phone_country" if no_country else "phone_malformed", _ACCOUNT) from None
    if not phonenumbers.is_valid_number(number):
        raise AddressError("phone_malformed", _ACCOUNT)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(value: str) -> str:
    text = clean(value, _ACCOUNT, EMAIL_CAP)
    if not text:
        raise AddressError("account_missing", _ACCOUNT)
    local, _, domain = text.rpartition("@")
    labels = [_label(label) for label in domain.split(".")]
    if (
        len(local) > 64
        or not _LOCAL.fullmatch(local)
        or len(labels) < 2
        or not all(map(_LABEL.fullmatch, labels))
        or labels[-1].isdecimal()
    ):
        raise AddressError("email_malformed", _ACCOUNT)
    return f"{local}@{'.'.join(labels)}"


def _label(label: str) -> str:
    """A domain's label in lower-case ASCII (IDNA), or "" when it cannot be one."""
    lower = label.lower()
    if lower.isascii():
        return lower
    try:
        encoded = lower.encode("idna")
        # IDNA 2003 turns ß into ss, which today is somebody else's domain.
        return encoded.decode() if encoded.decode("idna") == lower else ""
    except UnicodeError:
        return ""
