"""Hypothesis strategies: what hands may write, and everything normalise can make of it."""

import unicodedata

from hypothesis import strategies as st

from spar.address import NumberForm, Provider, normalise
from spar.errors import AddressError

_ZEROS = [c for c in map(chr, range(0x110000)) if unicodedata.decimal(c, None) == 0]
_MARKS = st.sampled_from(["\u200b", "\u200e", "\u200f", "\ufeff", "\u00ad", "\u2066", "\ufe0f"])

#: text with everything that hurts in it
nasty = st.lists(
    st.one_of(
        st.characters(),
        st.sampled_from("0123456789.:_-+@/ '{}\"\\\0\n"),
        st.sampled_from([".branch_name:", ".fa_type:", ".bank_code:", "fa_type:", "{}"]),
        _MARKS,
    ),
    max_size=20,
).map("".join)
providers = st.builds(
    Provider,
    code=st.text("ABCXYZ019-_. é", min_size=1, max_size=12),
    name=st.one_of(st.just(""), nasty, st.text(max_size=30)),
    method=st.sampled_from(["bank_account", "mobile_wallet", "email_wallet"]),
    number_form=st.sampled_from([None, NumberForm(), NumberForm(kind="digits")]),
)
_phones = st.from_regex(r"07[0-9]{8}", fullmatch=True) | st.from_regex(
    r"\+2547[0-9]{8}", fullmatch=True
)
_emails = st.from_regex(
    r"[A-Za-z0-9.+_-]{1,12}@[A-Za-z0-9éü-]{1,10}\.[A-Za-z]{2,4}", fullmatch=True
)
_accounts = st.text("0123456789AbÇß /", min_size=1, max_size=24)


@st.composite
def written(draw, plain):
    """The same text as another keyboard or spreadsheet would write it."""
    zero = draw(st.sampled_from(_ZEROS))
    out = []
    for char in draw(plain):
        if draw(st.integers(0, 5)) == 0:
            out.append(draw(_MARKS))
        out.append(chr(ord(zero) + int(char)) if char in "0123456789" else char)
    return "".join(out)


@st.composite
def submissions(draw):
    """Keyword arguments for normalise; many of them valid."""
    provider = draw(providers)
    accounts = {"bank_account": _accounts, "mobile_wallet": _phones, "email_wallet": _emails}
    likely = accounts[provider.method]
    return {
        "method": provider.method,
        "provider": provider,
        "branch": draw(st.one_of(st.text("abc019 -._/", max_size=10), nasty)),
        "branch_name": draw(st.one_of(st.text(max_size=20), nasty)),
        "account": draw(st.one_of(likely, written(likely), nasty)),
        "region": "KE",
    }


@st.composite
def addresses(draw):
    """Everything normalise can make."""
    return draw(submissions().map(normalised).filter(lambda address: address is not None))


def normalised(kwargs):
    try:
        return normalise(**kwargs)
    except AddressError:
        return None
