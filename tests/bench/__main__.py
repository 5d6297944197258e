# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``make bench``: measures, prints, writes ``.stack/report/bench.json``; judges nothing.

===== =======================================================================================
BENCH what to measure, separated by comma: throughput, growth, cost, latency, reading (all)
SCALE share of the full sizes (default 0.1); 1 is 20,000 registrants and a ledger of 6,000,000
KEEP  1 leaves the benchmark's databases for the next run
===== =======================================================================================
"""

import os
import sys

from tests.stack.errors import StackError
from tests.stack.say import say

from . import throughput
from .report import Report
from .stage import stage

BENCHMARKS = {"throughput": throughput.run}


def main() -> int:
    """Run the chosen benchmarks; returns the exit code."""
    chosen = [name for name in os.environ.get("BENCH", "").split(",") if name] or list(BENCHMARKS)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        say(f"There is no benchmark '{unknown[0]}'. There are: {', '.join(BENCHMARKS)}.")
        return 1
    report = Report(float(os.environ.get("SCALE") or 0.1))
    try:
        with stage() as world:
            for name in chosen:
                say(f"=== {name}")
                BENCHMARKS[name](world, report)
    except StackError as error:
        say(f"Stopped: {error.what}\n  What to do: {error.cure}")
        return 1
    say(f"All numbers: {os.path.relpath(report.path)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
