"""When again: the table, and what holds for every attempt."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spar import errors, route
from spar.retry import (
    CAP,
    PAUSE_CAP,
    RETRY_AFTER_CAP,
    Again,
    Never,
    PauseConnection,
    decide,
    poison,
    split,
)


class Full:
    """No jitter: the longest delay."""

    def uniform(self, a, b):
        return b


class Least:
    def uniform(self, a, b):
        return a


CONCRETE = [
    kind
    for kind in (vars(errors) | vars(route)).values()
    if isinstance(kind, type)
    and issubclass(kind, errors.RequestError)
    and "default_message" in vars(kind)
]
EXPECTED = {"transient": Again, "connection": PauseConnection, "permanent": Never}


@pytest.mark.parametrize("kind", CONCRETE)
def test_every_error_has_its_answer(kind):
    assert type(decide(kind(), 1, rng=Full())) is EXPECTED[kind.kind]
    # What may still be travelling can be applied, so its outcome cannot be known.
    assert kind.outcome_unknown or not kind.may_land_late


def test_the_tree_is_complete():
    assert len(CONCRETE) == 23


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [
        (1, 2),
        (2, 4),
        (3, 8),
        (5, 32),
        (9, 512),
        (10, CAP),
        (50, CAP),
        (10**6, CAP),
        (0, 2),
        (-1, 2),
    ],
)
def test_delays(attempt, seconds):
    assert decide(errors.AnswerTimeout(), attempt, rng=Full()) == Again(seconds)
    assert decide(errors.AnswerTimeout(), attempt, rng=Least()) == Again(seconds / 2)


@pytest.mark.parametrize(("probe", "seconds"), [(1, 2), (2, 4), (3, 8), (5, 32), (6, 60), (99, 60)])
def test_pauses(probe, seconds):
    assert decide(errors.SignatureRefused(), probe, rng=Full()) == PauseConnection(seconds)


def test_a_refusal_keeps_spars_code():
    error = errors.RequestRejected(code="rjct.action.not_supported")
    assert decide(error, 1, rng=Full()) == Never("rjct.action.not_supported")


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [(None, 2), (0, 2), (-5, 2), (1, 2), (90, 90), (1e9, RETRY_AFTER_CAP), (float("inf"), 3600)],
)
def test_the_server_may_ask_for_more(retry_after, seconds):
    again = decide(errors.Overloaded(retry_after=retry_after), 1, rng=Full())
    assert again == Again(seconds)
    pause = decide(errors.NotAllowed(retry_after=retry_after), 1, rng=Full())
    assert pause == PauseConnection(seconds)


@given(st.integers(1, 200), st.integers(0, 2**32))
def test_delays_grow_are_bounded_and_jittered(attempt, seed):
    rng = random.Random(seed)
    now, later = (decide(errors.ConnectionCut(), n, rng=rng).after for n in (attempt, attempt + 1))
    assert 1 <= now <= CAP and 1 <= later <= CAP
    assert now <= later or later >= CAP / 2
    same = {decide(errors.ConnectionCut(), attempt, rng=rng).after for _ in range(5)}
    assert len(same) > 1
    pause = [decide(errors.NotJson(), n, rng=rng).probe_after for n in (attempt, attempt + 1)]
    assert 2 <= pause[0] <= pause[1] <= PAUSE_CAP


@pytest.mark.parametrize(
    ("alone", "others", "limit", "expected"),
    [
        (0, True, 3, False),
        (2, True, 3, False),
        (3, True, 3, True),
        (9, True, 3, True),
        (3, False, 3, False),
        (99, False, 3, False),
        (1, True, 1, True),
    ],
)
def test_poison(alone, others, limit, expected):
    assert poison(alone, others, limit) is expected


@given(st.lists(st.integers()))
def test_halves(items):
    first, second = split(items)
    assert [*first, *second] == items
    assert 0 <= len(first) - len(second) <= 1
