"""Recorded answers, damaged in every way: an error, or outcomes for exactly what was asked."""

import copy
import json
import random

import pytest

from spar.answers import Linked, NotLinked
from spar.errors import RequestError
from spar.wire import WIRE_FORMATS

from . import golden

CASES = [c for c in golden.cases() if c.status == 200 and c.asked]
ODD = [None, True, 0, 7, -1.5, "", "succ", "rjct", "x", [], {}, ["succ"], {"a": 1}, "\ud800"]
ROUNDS = 40


def places(value, path=()):
    """Every place in a JSON value, the value itself last."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield from places(value[key], (*path, key))
    if path:
        yield path


def damaged(body: dict, rng: random.Random) -> bytes:
    body = copy.deepcopy(body)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        found = list(places(body))
        if not found:
            break
        *way, last = rng.choice(found)
        holder = body
        for key in way:
            holder = holder[key]
        how = rng.choice(["retype", "drop", "duplicate", "reorder", "swap"])
        if how == "retype":
            holder[last] = copy.deepcopy(rng.choice(ODD))
        elif how == "drop":
            del holder[last]
        elif how == "duplicate" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[last]))
        elif how == "reorder" and isinstance(holder, list):
            rng.shuffle(holder)
        elif isinstance(holder, dict):
            holder[last] = copy.deepcopy(rng.choice(list(holder.values())))
    data = json.dumps(body).encode()
    return data[: rng.randrange(len(data) + 1)] if rng.random() < 0.1 else data


def rows_for(data: bytes, op: str, reference_id: str) -> list:
    rows = json.loads(data)["message"][f"{op}_response"]
    return [r for r in rows if isinstance(r, dict) and r.get("reference_id") == reference_id]


@pytest.mark.parametrize("case", CASES, ids=golden.label)
def test_damaged_answers(case):
    wire = WIRE_FORMATS[golden.WIRE[case.version]]
    rng = random.Random(golden.label(case))
    body = case.data["response"]["body"]
    for _ in range(ROUNDS):
        data = damaged(body, rng)
        try:
            outcomes = wire.read(case.op, 200, data, case.asked)
        except RequestError as error:
            assert (
                error.outcome_unknown
                or case.op == "resolve"
                or error.code.startswith("rjct.")
                or (error.code == "request_rejected")
            )
            continue
        assert [o.reference_id for o in outcomes] == [item.reference_id for item in case.asked]
        for outcome in outcomes:
            (row,) = rows_for(data, case.op, outcome.reference_id)
            assert outcome.ok == (row["status"] == "succ")
            assert isinstance(outcome.answer, Linked | NotLinked) == (
                outcome.ok and case.op == "resolve"
            )
            if isinstance(outcome.answer, NotLinked):
                assert row["status_reason_code"] == "succ.fa.not_linked_to_id"


def test_every_cut_of_an_answer_is_an_error():
    case = next(c for c in CASES if c.name == "link_batch_one_already")
    wire = WIRE_FORMATS[golden.WIRE[case.version]]
    for end in range(len(case.answer)):
        with pytest.raises(RequestError) as caught:
            wire.read(case.op, 200, case.answer[:end], case.asked)
        assert caught.value.outcome_unknown


def test_there_are_thousands():
    assert len(CASES) * ROUNDS > 4000
