"""A short run of the fuzzer (``make fuzz`` is the long one), and proof that it finds faults."""

import json
from dataclasses import dataclass, replace

import pytest

from spar.answers import ItemOutcome, NotLinked
from spar.errors import AnswerIncomplete, RequestError, ServerFailed
from spar.wire import WIRE_FORMATS
from tests.fuzz.judge import Wrong, judge
from tests.fuzz.run import CASES, run

from . import golden

SEED, COUNT = 20261123, 8_000


def test_a_short_run():
    print(f"seed {SEED}, {COUNT} mutations")
    came = run(SEED, 0, COUNT)
    assert sum(came.values()) == COUNT
    # Enough of them get through for the verdicts to be tried, and enough do not.
    for name in WIRE_FORMATS:
        assert came[name, "outcomes"] > 200
        assert came[name, "AnswerIncomplete"] > 200
    assert len({word for _, word in came}) > 8


def test_a_run_can_be_repeated():
    assert run(7, 100, 50) == run(7, 100, 50)
    assert run(7, 100, 50) != run(8, 100, 50)


def test_answers_that_are_not_damaged_are_right():
    for case in CASES:
        judge(case.wire, case.op, case.status, case.answer, case.asked)


@dataclass
class Broken:
    """The right reader of request-body with one fault."""

    name = "request-body"

    def read(self, op, status, body, items):
        try:
            return self.spoil(op, WIRE_FORMATS[self.name].read(op, status, body, items))
        except RequestError as error:
            return self.instead(error, op, body, items)

    def spoil(self, op, outcomes):
        return outcomes

    def instead(self, error, op, body, items):
        raise error


class Untyped(Broken):
    def instead(self, error, op, body, items):
        raise KeyError("link_response")


class BelievesPrefixes(Broken):
    """Missing items count as done."""

    def instead(self, error, op, body, items):
        if isinstance(error, AnswerIncomplete) and op != "resolve":
            return [ItemOutcome(reference_id=item.reference_id, ok=True) for item in items]
        raise error


class SaysNothingWasApplied(Broken):
    def instead(self, error, op, body, items):
        raise error.nothing_applied()


class ForgetsWhatResolveMeans(Broken):
    def instead(self, error, op, body, items):
        raise type(error)(outcome_unknown=True)


class Tells(Broken):
    def instead(self, error, op, body, items):
        raise ServerFailed(f"no answer for {items[0].spar_id}", outcome_unknown=op != "resolve")


class TurnsRefusals(Broken):
    def spoil(self, op, outcomes):
        return [replace(outcome, ok=True) for outcome in outcomes]


class LosesOne(Broken):
    def spoil(self, op, outcomes):
        return outcomes[1:]


class FindsNothing(Broken):
    def spoil(self, op, outcomes):
        return [replace(o, answer=o.answer and NotLinked()) for o in outcomes]


class TrustsTheOrder(Broken):
    def read(self, op, status, body, items):
        outcomes = super().read(op, status, body, items)
        rows = json.loads(body)["response_body"]["response_payload"][f"{op}_response"]
        found = {outcome.reference_id: outcome for outcome in outcomes}
        by_place = [found[row["reference_id"]] for row in rows]
        return [
            replace(outcome, reference_id=item.reference_id)
            for item, outcome in zip(items, by_place, strict=True)
        ]


@pytest.mark.parametrize("broken", Broken.__subclasses__(), ids=lambda kind: kind.__name__)
def test_a_broken_reader_is_found(broken):
    with pytest.raises(Wrong) as caught:
        run(SEED, 0, COUNT, {"request-body": broken()})
    assert f"seed {SEED}, number" in str(caught.value)


def test_every_cut_of_an_answer_is_an_error():
    for case in CASES:
        if case.name != "link_batch_one_already":
            continue
        for end in range(len(case.answer)):
            with pytest.raises(RequestError) as caught:
                case.wire.read(case.op, 200, case.answer[:end], case.asked)
            assert caught.value.outcome_unknown


def test_all_transcripts_are_in_it():
    assert {case.version for case in CASES} == {*golden.VERSIONS, *golden.BODY_VERSIONS}
    assert len(CASES) > 420
