# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A short torture with a fixed seed, and both restore drills; ``make torture`` runs long ones."""

from tests.torture.__main__ import show
from tests.torture.breaker import KINDS
from tests.torture.plan import draw
from tests.torture.run import run

SEED, SUBMISSIONS, FAULTS, REGISTRANTS = 11, 500, 20, 50


def test_submissions_while_everything_breaks(world):
    """On a failure: docs/torture.md says how to read what is printed."""
    report = run(draw(SEED, SUBMISSIONS, FAULTS, KINDS, REGISTRANTS), drill=True)
    show(report)
    assert not report.violations
    assert report.numbers["faults"] > FAULTS // 2, "too little broke: it tested nothing"
