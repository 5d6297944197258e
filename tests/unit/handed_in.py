"""What people hand in, normalised in one call."""

import pytest

from spar.address import Provider, normalise
from spar.errors import AddressError

BANK = Provider(code="EXBK", name="Example Bank", method="bank_account")
MPESA = Provider(code="MPESA", name="M-PESA", method="mobile_wallet")
PAYPAL = Provider(code="PAYPAL", name="PayPal", method="email_wallet")
NUL, LRM, ZWSP, BOM, NBSP, RLE, SHY = map(chr, (0, 0x200E, 0x200B, 0xFEFF, 0xA0, 0x202B, 0xAD))


def bank(account, form=None, **kw):
    provider = Provider(code="EXBK", name="Example Bank", method="bank_account", number_form=form)
    return normalise(method="bank_account", provider=provider, account=account, **kw)


def mobile(account, region="KE", provider=MPESA, **kw):
    return normalise(
        method="mobile_wallet", provider=provider, account=account, region=region, **kw
    )


def email(account):
    return normalise(method="email_wallet", provider=PAYPAL, account=account)


def refusal(call, *args, **kwargs) -> AddressError:
    with pytest.raises(AddressError) as caught:
        call(*args, **kwargs)
    return caught.value
