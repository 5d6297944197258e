"""What a comparison with SPAR's answer is called."""

from datetime import datetime

import pytest

from spar import Confirmed, Kept, Known, NotLinked, Unreadable, drift

AT = datetime(2026, 11, 1)
OURS = Kept(
    confirmed=Confirmed(identity="now", at=AT),
    done=frozenset({"before", "now"}),
    handed_in=frozenset({"before", "now", "cancelled"}),
)
REMOVED = Kept(confirmed=Confirmed(identity=None, at=AT), done=frozenset({"before"}))
NEVER = Kept(confirmed=None, handed_in=frozenset({"cancelled"}))


def known(identity):
    return Known(identity=identity, fa="written in any form")


@pytest.mark.parametrize(
    ("answer", "kept", "kind"),
    [
        (known("now"), OURS, None),
        (NotLinked(), OURS, "missing"),
        (known("before"), OURS, "older"),
        (known("cancelled"), OURS, "differs"),
        (known("stranger"), OURS, "elsewhere"),
        (Unreadable(fa_identity="x"), OURS, "unreadable"),
        (NotLinked(), REMOVED, None),
        (known("before"), REMOVED, "older"),
        (known("stranger"), REMOVED, "elsewhere"),
        (NotLinked(), NEVER, None),
        (known("stranger"), NEVER, "unknown"),
        (known("cancelled"), NEVER, "unknown"),
        (Unreadable(fa_identity="x"), NEVER, "unreadable"),
    ],
)
def test_drift(answer, kept, kind):
    assert drift(answer, kept) == kind
