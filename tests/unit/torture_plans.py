# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A plan to shorten, and who in it depends on whom."""

from tests.torture.plan import draw

KINDS = {"late": 2, "spar": 1, "cut_after": 1}
DRAWN = {"seed": 7, "submissions": 600, "faults": 16, "registrants": 30, "households": True}
WHOLE = draw(kinds=KINDS, **DRAWN)


def ties():
    """(who uses an id, whose it is)"""
    found = [(one.number, one.head) for one in WHOLE.registrants if one.head is not None]
    found += [
        (one.number, int(ref[1:]))
        for one in WHOLE.registrants
        for ref in one.refs
        if (ref or "").startswith("@")
    ]
    assert found
    return found


def alone():
    """A registrant who shares an id with nobody, and whose id is there from the start."""
    tied = {number for pair in ties() for number in pair}
    return next(
        one.number
        for one in WHOLE.registrants
        if one.number > 0 and one.refs == ("a",) and one.number not in tied
    )
