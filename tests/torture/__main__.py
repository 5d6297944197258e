# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``make torture``: prints its seed; see docs/torture.md."""

import argparse
import os
import secrets
import sys
from collections import Counter
from pathlib import Path

from tests.stack import paths

from .breaker import KINDS
from .judge import Violation
from .kept import Kept, everything, load, save, shorten
from .plan import Plan, draw
from .run import Report, run
from .shrink import Shrink
from .story import tell

#: Violations of each kind.
_SHOWN = 20


def main() -> int:
    """Exit 0: nothing was violated."""
    parser = _parser()
    options = parser.parse_args()
    if options.replay:
        try:
            drawn, whole, kept = load(options.replay, KINDS)
        except ValueError as error:
            parser.error(str(error))
    else:
        names = ("seed", "submissions", "faults", "registrants", "households")
        drawn = {name: getattr(options, name) for name in names}
        whole = draw(kinds=KINDS, **drawn)
        kept = everything(whole)
    print(f"seed {whole.seed}: {_size(kept)}", flush=True)
    report = _run(shorten(whole, kept), options)
    show(report)
    if report.violations and options.shrink > 0:
        _shrink(drawn, whole, kept, report, options)
    return 1 if report.violations else 0


def show(report: Report) -> None:
    """What came of it, and the stories of the first registrants about whom something is wrong."""
    for name, value in report.numbers.items():
        print(f"{name:44} {value}")
    kinds = dict(Counter(one.kind for one in report.violations))
    print(f"{len(report.violations)} violations {kinds or ''}, {report.seconds:.0f} s", flush=True)
    for kind in kinds:
        alike = [one for one in report.violations if one.kind == kind]
        for violation in alike[:_SHOWN]:
            print(f"VIOLATED {kind}: {violation.text}")
    concerned = dict.fromkeys(v.registrant for v in report.violations if v.registrant is not None)
    for registrant in list(concerned)[:3]:
        print("\n".join(tell(report.cast, registrant)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tests.torture", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--submissions", type=int, default=5_000)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--registrants", type=int, default=0, help="0: one for 200 submissions")
    words = "hand in nothing more after so long, and judge what there is; 0: no limit"
    parser.add_argument("--minutes", type=float, default=0, help=words)
    words = "where the glue of the registry is installed: some share their head's id"
    parser.add_argument("--households", action="store_true", help=words)
    words = "at the end SPAR, then the registry, is restored from a backup; see docs/torture.md"
    parser.add_argument("--drill", action="store_true", help=words)
    words = "after a violation look for a shorter plan that fails, in at most so many further runs"
    parser.add_argument("--shrink", type=int, default=0, metavar="N", help=words)
    words = "run what --shrink kept in this file, in place of a seed and its numbers"
    parser.add_argument("--replay", type=Path, metavar="FILE", help=words)
    return parser


def _run(plan: Plan, options: argparse.Namespace) -> Report:
    return run(plan, lambda text: print(text, flush=True), options.minutes, options.drill)


def _shrink(
    drawn: dict, whole: Plan, kept: Kept, report: Report, options: argparse.Namespace
) -> None:
    """Keeps the shortest plan that still fails in a file, from the first one on."""
    path = paths.STATE / "report" / f"torture-{whole.seed}.json"
    latest = shortest = report

    def violations(plan: Plan) -> list[Violation]:
        nonlocal latest
        print(f"shrinking, {search.left} more runs: {_size(everything(plan))}", flush=True)
        latest = _run(plan, options)
        found = dict(Counter(one.kind for one in latest.violations))
        print(f"violated: {found or 'nothing'}", flush=True)
        return latest.violations

    def keep(shorter: Kept) -> None:
        nonlocal shortest
        shortest = latest
        save(path, drawn, whole, shorter, search.kind)

    search = Shrink(whole, kept, report.violations, violations, options.shrink, keep)
    keep(kept)
    try:
        search.search()
        if shortest is not report:
            print(f"the shortest that violated '{search.kind}':", flush=True)
            show(shortest)
    finally:
        print(f"kept: {_size(search.kept)} ({' '.join(shortest.plan.faults)})")
        again = f"--replay {os.path.relpath(path)}"
        again += f" --minutes {options.minutes:g}" if options.minutes else ""
        again += " --drill" if options.drill else ""
        print(f'again: make torture TORTURE="{again}"', flush=True)


def _size(kept: Kept) -> str:
    registrants, steps, faults = map(len, (kept.registrants, kept.steps, kept.faults))
    return f"{registrants} registrants, {steps} steps, {faults} faults"


if __name__ == "__main__":
    sys.exit(main())
