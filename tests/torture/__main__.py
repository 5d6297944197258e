# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``make torture``: prints its seed; see docs/torture.md."""

import argparse
import secrets
import sys

from .breaker import KINDS
from .plan import draw
from .run import Report, run
from .story import tell


def main() -> int:
    """Exit 0: nothing was violated."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.torture", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--submissions", type=int, default=5_000)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--registrants", type=int, default=0, help="0: one for 200 submissions")
    words = "hand in nothing more after so long, and judge what there is; 0: no limit"
    parser.add_argument("--minutes", type=float, default=0, help=words)
    words = "where the glue of the registry is installed: some share their head's id"
    parser.add_argument("--households", action="store_true", help=words)
    words = "at the end SPAR is restored from a backup, and officers send again what differs"
    parser.add_argument("--drill", action="store_true", help=words)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    plan = draw(
        options.seed,
        options.submissions,
        options.faults,
        KINDS,
        options.registrants,
        options.households,
    )
    report = run(plan, lambda text: print(text, flush=True), options.minutes, options.drill)
    show(report)
    return 1 if report.violations else 0


def show(report: Report) -> None:
    """What came of it, and the stories of the first registrants about whom something is wrong."""
    for name, value in report.numbers.items():
        print(f"{name:44} {value}")
    print(f"{len(report.violations)} violations, {report.seconds:.0f} s", flush=True)
    for violation in report.violations[:50]:
        print(f"VIOLATED {violation.kind}: {violation.text}")
    concerned = dict.fromkeys(v.registrant for v in report.violations if v.registrant is not None)
    for registrant in list(concerned)[:3]:
        print("\n".join(tell(report.cast, registrant)))


if __name__ == "__main__":
    sys.exit(main())
