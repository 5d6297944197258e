"""The three kinds of payment address, as values.

Their repr shows codes only. ``mask()`` is for people who may not see the number: of the digits (a
phone's calling code apart, which is public) at most a third remain. Bullets have no direction of
their own, so show a mask in an element with ``dir="ltr"``.
"""

from dataclasses import asdict, dataclass, field
from typing import ClassVar

import phonenumbers

from .text import fold_number

_DOTS = "••••"


def _tail(number: str) -> str:
    """The last four characters, fewer of a short number: never more than a third of its digits."""
    shown = min(4, sum(char.isdecimal() for char in number) // 3)
    return number[-shown:] if shown else ""


def _initial(word: str) -> str:
    return word[0] if len(word) >= 3 and word[0].isalpha() else ""


class _Kind:
    method: ClassVar[str]
    account: str

    @property
    def last_four(self) -> str:
        return _tail(fold_number(self.account))

    def mask(self) -> str:
        return f"{_DOTS} {self.last_four}".strip()

    def as_dict(self) -> dict[str, str]:
        """JSON-able, for encryption at rest; ``address_from_dict`` reads it back."""
        return {"method": self.method, **asdict(self)}


@dataclass(frozen=True, kw_only=True)
class BankAccount(_Kind):
    method: ClassVar[str] = "bank_account"

    account_number: str = field(repr=False)
    bank_code: str
    branch_code: str = ""
    bank_name: str = field(default="", repr=False)
    branch_name: str = field(default="", repr=False)

    @property
    def account(self) -> str:
        return self.account_number

    def identity(self) -> tuple[str, ...]:
        return (self.method, self.bank_code, self.branch_code, fold_number(self.account_number))


@dataclass(frozen=True, kw_only=True)
class MobileWallet(_Kind):
    method: ClassVar[str] = "mobile_wallet"

    #: E.164, as normalise makes it
    mobile_number: str = field(repr=False)
    provider_code: str
    provider_name: str = field(default="", repr=False)

    @property
    def account(self) -> str:
        return self.mobile_number

    @property
    def last_four(self) -> str:
        return _tail(self._split()[1])

    def mask(self) -> str:
        return f"{self._split()[0]} {super().mask()}".strip()

    def identity(self) -> tuple[str, ...]:
        return (self.method, self.provider_code, fold_number(self.mobile_number))

    def _split(self) -> tuple[str, str]:
        """("+254", "712345678"); no calling code when the number is of no known country."""
        try:
            number = phonenumbers.parse(self.mobile_number, None)
        except phonenumbers.NumberParseException:
            return "", fold_number(self.mobile_number).removeprefix("+")
        return f"+{number.country_code}", phonenumbers.national_significant_number(number)


@dataclass(frozen=True, kw_only=True)
class EmailWallet(_Kind):
    method: ClassVar[str] = "email_wallet"

    #: domain in lower case and ASCII, as normalise makes it
    email_address: str = field(repr=False)
    provider_code: str
    provider_name: str = field(default="", repr=False)

    @property
    def account(self) -> str:
        return self.email_address

    @property
    def last_four(self) -> str:
        """Empty: an email has no last four that say something and hide something."""
        return ""

    def mask(self) -> str:
        local, _, domain = self.email_address.rpartition("@")
        host, _, top = domain.rpartition(".")
        return f"{_initial(local)}•••@{_initial(host)}•••.{top if top.isalpha() and host else ''}"

    def identity(self) -> tuple[str, ...]:
        return (self.method, self.provider_code, self.email_address.lower())


Address = BankAccount | MobileWallet | EmailWallet

KINDS: dict[str, type] = {kind.method: kind for kind in (BankAccount, MobileWallet, EmailWallet)}


def address_from_dict(data: dict[str, str]) -> Address:
    """The inverse of ``as_dict``. Raises KeyError or TypeError for what never was one."""
    parts = dict(data)
    return KINDS[parts.pop("method")](**parts)
