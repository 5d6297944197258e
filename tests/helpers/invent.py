# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Invented registrants and payment addresses: well formed, and nobody's.

Every number that is handed out is remembered, so that a test can look for it where it must not be.
"""

import itertools
import secrets
import string
from dataclasses import dataclass

_NAMES = (
    "Achieng Adhiambo Akinyi Atieno Barasa Chebet Cherono Jelagat Kamau Kipchoge Kiprono Maina "
    "Makena Mumbi Muthoni Mwende Naliaka Nekesa Njeri Nyambura Odhiambo Okoth Otieno Wambui "
    "Wanjiku Wanyama Wekesa Zawadi"
).split()
#: Every account number, phone and email that this process has handed out.
USED: set[str] = set()
#: Likewise every surname; no other text holds one of them.
NAMES: set[str] = set()
BANK_CODE = "DEMOKENA"


@dataclass(frozen=True)
class Address:
    """A payment address as it is handed in.

    :ivar kept: the number as the addon keeps it (phones as E.164)
    """

    method: str
    provider: str
    account: str
    kept: str
    branch: str = ""

    @property
    def parts(self) -> dict[str, str]:
        """The virtual payment fields, and likewise the ledger's input columns."""
        parts = {
            "payment_method": self.method,
            "payment_provider": self.provider,
            "payment_branch": self.branch,
            "payment_account": self.account,
        }
        return {key: value for key, value in parts.items() if value}

    def fa(self, names: dict[str, str]) -> str:
        """The string SPAR stores for it, by the default strategies.

        :param names: {code: name} of banks and wallet providers
        """
        name, code = names[self.provider], self.provider
        if self.method == "bank_account":
            return (
                f"account_number:{self.kept}.branch_name:.branch_code:{self.branch}"
                f".bank_name:{name}.bank_code:{code}.fa_type:BANK_ACCOUNT"
            )
        wallet = f"wallet_provider_name:{name}.wallet_provider_code:{code}"
        if self.method == "mobile_wallet":
            return f"mobile_number:{self.kept}.{wallet}.fa_type:MOBILE_WALLET"
        return f"email_address:{self.kept}.{wallet}.fa_type:EMAIL_WALLET"


class Inventor:
    """Names, ids and addresses of one run; refs never meet those of another run.

    :param word: what the refs begin with
    """

    def __init__(self, word: str):
        run = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(6))
        self.prefix = f"{word}-{run}"
        self._count = itertools.count(1)
        self._names = itertools.cycle(secrets.SystemRandom().sample(_NAMES, len(_NAMES)))

    def ref(self) -> str:
        """An id that no other registrant carries."""
        return f"{self.prefix}-{next(self._count):05d}"

    def registrant(self, **more) -> dict:
        """Values of a new contact; the phone is for calling, nothing is paid to it."""
        surname = f"{next(self._names)}{next(self._names).lower()}"
        NAMES.add(surname)
        name = f"Demo {next(self._names)} {surname}"
        return {"name": name, "phone": mpesa().kept, "ref": self.ref(), **more}


def bank(branch: str = "001") -> Address:
    """A bank account at the demo bank; rows of ``res.partner.bank`` have no branch."""
    number = _fresh(lambda: "99" + _digits(11))
    return Address("bank_account", BANK_CODE, number, number, branch=branch)


def mpesa() -> Address:
    """A mobile wallet, handed in as it is spoken in Kenya: 07..."""
    local = _fresh(lambda: "07" + secrets.choice("0129") + _digits(7))
    kept = "+254" + local[1:]
    USED.update({kept, kept[1:]})
    return Address("mobile_wallet", "MPESA", local, kept)


def paypal() -> Address:
    """An email wallet in a domain that exists for examples only."""
    email = _fresh(lambda: f"demo.{_digits(10)}@example.org")
    return Address("email_wallet", "PAYPAL", email, email)


ANY = (bank, mpesa, paypal)


def _digits(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))


def _fresh(draw) -> str:
    while (value := draw()) in USED:
        continue
    USED.add(value)
    return value
