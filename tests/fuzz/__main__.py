# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``make fuzz``: prints its seed; ``--seed S --first N --count 1`` repeats one mutation."""

import argparse
import secrets
import sys
import time

from .judge import Wrong
from .run import run

CHUNK = 10_000


def main() -> int:
    """Exit 0: every outcome was right."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=120_000)
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.count} mutations", flush=True)
    began, came = time.monotonic(), None
    end = options.first + options.count
    try:
        for first in range(options.first, end, CHUNK):
            made = run(options.seed, first, min(CHUNK, end - first))
            came = made if came is None else came + made
    except Wrong as wrong:
        print(f"WRONG: {wrong}")
        return 1
    for (name, word), times in sorted((came or {}).items()):
        print(f"{name:16} {word:18} {times:8}")
    print(f"all right, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
