# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Many mutations, each of them repeatable from the seed and its number."""

from collections import Counter
from random import Random

from tests.unit import golden

from .judge import Wrong, judge
from .mutate import damaged

CASES = [c for c in golden.cases(golden.VERSIONS + golden.BODY_VERSIONS) if c.asked]


def run(seed: int, first: int, count: int, wires=None) -> Counter:
    """What came of mutations ``first`` to ``first + count``: {(format, word): how often}.

    :param wires: {name: reader} in place of the formats' own.
    :raises Wrong: with what is needed to see it again.
    """
    came = Counter()
    for number in range(first, first + count):
        rng = Random(f"{seed}:{number}")
        case = CASES[rng.randrange(len(CASES))]
        wire = (wires or {}).get(case.wire.name, case.wire)
        status, data = damaged(case.answer, case.status, rng)
        try:
            came[case.wire.name, judge(wire, case.op, status, data, case.asked)] += 1
        except Wrong as wrong:
            raise Wrong(
                f"{wrong}: seed {seed}, number {number}, {golden.label(case)}, "
                f"{case.op}, HTTP {status}: {data[:2000]!r}"
            ) from wrong
    return came
