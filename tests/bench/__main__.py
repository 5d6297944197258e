# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``make bench``: measures, prints, writes ``.stack/report/bench.json``; judges nothing.

===== =======================================================================================
BENCH what to measure, separated by comma: throughput, cost, latency, reading, growth (all)
SCALE share of the full sizes (default 0.1); 1 is 20,000 registrants and a ledger of 6,000,000
KEEP  1 leaves the benchmark's databases for the next run, unless growth was among it
===== =======================================================================================
"""

import os
import sys

from tests.stack.errors import StackError
from tests.stack.say import say

from . import cost, growth, latency, reading, throughput
from .report import FOLDER, Report
from .stage import stage

#: In the order in which they run: growth leaves a ledger of millions.
BENCHMARKS = {
    "throughput": throughput.run,
    "cost": cost.run,
    "latency": latency.run,
    "reading": reading.run,
    "growth": growth.run,
}


def main() -> int:
    """Run the chosen benchmarks; returns the exit code."""
    asked = [name for name in os.environ.get("BENCH", "").split(",") if name]
    chosen = [name for name in BENCHMARKS if not asked or name in asked]
    unknown = [name for name in asked if name not in BENCHMARKS]
    if unknown:
        say(f"There is no benchmark '{unknown[0]}'. There are: {', '.join(BENCHMARKS)}.")
        return 1
    report = Report(float(os.environ.get("SCALE") or 0.1))
    try:
        FOLDER.mkdir(exist_ok=True)
        with stage(keep=bool(os.environ.get("KEEP")) and "growth" not in chosen) as world:
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
