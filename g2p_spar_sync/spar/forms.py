"""What a bank or a wallet provider demands of its numbers."""

import re
from dataclasses import dataclass

from stdnum import iban, numdb
from stdnum.exceptions import InvalidChecksum, ValidationError

from .errors import AddressError, ConfigurationUnusable

_IBAN_LIKE = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


@dataclass(frozen=True, kw_only=True)
class NumberForm:
    """The form of a provider's numbers. A wallet's phone numbers are judged in E.164."""

    #: any | iban | digits | pattern
    kind: str = "any"
    #: allowed lengths, of any kind; empty: every length
    lengths: tuple[int, ...] = ()
    #: regular expression of the whole number, for kind pattern
    pattern: str = ""

    def __post_init__(self):
        if self.kind not in ("any", "iban", "digits", "pattern"):
            raise ConfigurationUnusable("No such form of numbers.", code="form_unknown")
        try:
            re.compile(self.pattern)
        except re.error:
            raise ConfigurationUnusable(
                "The pattern is no regular expression.", code="pattern_malformed"
            ) from None

    def check(self, number: str, field: str = "payment_account") -> None:
        """Raise AddressError account_form, account_check_digits or spreadsheet_zeros."""
        if self.kind == "iban" or (self.kind == "any" and looks_like_iban(number)):
            check_iban(number, field)
        if self._lost_zeros(number):
            raise AddressError("spreadsheet_zeros", field, form=self.describe())
        digits = number.removeprefix("+")
        if (
            (self.lengths and len(digits) not in self.lengths)
            or (self.kind == "digits" and not digits.isdecimal())
            or (self.kind == "pattern" and not re.fullmatch(self.pattern, number))
        ):
            raise AddressError("account_form", field, form=self.describe())

    def describe(self) -> str:
        """The form in a few words, for people."""
        kind = self.pattern if self.kind == "pattern" else self.kind
        lengths = " or ".join(map(str, self.lengths))
        return f"{kind}, length {lengths}" if lengths else kind

    def _lost_zeros(self, number: str) -> bool:
        return (
            len(self.lengths) == 1
            and number.isdecimal()
            and 1 <= self.lengths[0] - len(number) <= 4
        )


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A bank or wallet provider as the registry knows it."""

    #: the code SPAR and the payment rail know it by (for a bank, by default its BIC)
    code: str
    name: str = ""
    #: bank_account | mobile_wallet | email_wallet
    method: str
    number_form: NumberForm | None = None
    #: the form of its branch codes; an empty branch is never judged
    branch_form: NumberForm | None = None


def looks_like_iban(number: str) -> bool:
    """Two letters of a country that has IBANs, two digits, and an IBAN's possible length."""
    return bool(_IBAN_LIKE.fullmatch(number) and numdb.get("iban").info(number)[0][1])


def check_iban(number: str, field: str = "payment_account") -> None:
    """Raise AddressError account_check_digits or account_form (ISO 13616, by python-stdnum)."""
    if not re.match(r"[A-Z]{2}\d{2}", number):
        raise AddressError("account_form", field, form="iban")
    try:
        iban.validate(number, check_country=False)
    except InvalidChecksum:
        raise AddressError("account_check_digits", field) from None
    except ValidationError:
        raise AddressError("account_form", field, form="iban") from None
