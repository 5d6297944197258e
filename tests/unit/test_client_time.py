"""SparClient against the clock: slow answers and deadlines."""

import socket
import time

import pytest

from spar.answers import Item
from spar.client import Timeouts
from spar.errors import AnswerTimeout, DeadlinePassed

from .broken import HEAD, drip, silent
from .calls import ITEM, failing, judged
from .server import serving, spar


@pytest.mark.parametrize(
    "answer",
    [
        silent,
        drip(HEAD),
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        drip(b""),
    ],
)
@pytest.mark.parametrize("bound", ["timeout", "deadline"])
def test_slow_answers_end_in_time(answer, bound, client):
    short = Timeouts(connect=2, read_base=5, read_per_item=0, total=0.3)
    long = Timeouts(connect=2, read_base=5, read_per_item=0, total=20)
    with serving(answer) as (url, seen):
        if bound == "timeout":
            error = failing(client(url, timeouts=short).link, [ITEM])
        else:
            soon = time.monotonic() + 0.3
            error = failing(client(url, timeouts=long).link, [ITEM], deadline=soon)
    assert judged(error) == (AnswerTimeout, True, True)
    assert len(seen.requests) == 1


def test_the_wait_follows_the_batch(client):
    patient = Timeouts(connect=2, read_base=0.05, read_per_item=0.1, total=20)
    items = [Item(reference_id=f"r{n}", spar_id=f"i{n}") for n in range(20)]

    def late(handler, request):
        handler.released.wait(0.4)
        spar(handler, request)

    with serving(late) as (url, _):
        assert len(client(url, timeouts=patient).unlink(items).outcomes) == 20
        assert judged(failing(client(url, timeouts=patient).unlink, items[:1]))[0] is AnswerTimeout


def test_a_passed_deadline_sends_nothing(client):
    with serving(spar) as (url, seen):
        for op in ("resolve", "link", "update", "unlink"):
            error = failing(getattr(client(url), op), [ITEM], deadline=time.monotonic() - 1)
            assert judged(error) == (DeadlinePassed, False, False)
        assert (seen.requests, seen.connections) == ([], 0)


def test_a_deadline_that_passes_while_connecting_sends_nothing(monkeypatch, client):
    now = [1000.0]
    real = socket.getaddrinfo

    def slow_name_server(*args, **kwargs):
        now[0] += 60
        return real(*args, **kwargs)

    with serving(spar) as (url, seen):
        monkeypatch.setattr(socket, "getaddrinfo", slow_name_server)
        one = client(url, monotonic=lambda: now[0], timeouts=Timeouts(total=300))
        assert judged(failing(one.link, [ITEM], deadline=1030.0)) == (DeadlinePassed, False, False)
        assert seen.requests == []
