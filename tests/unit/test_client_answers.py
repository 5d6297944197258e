"""SparClient and the answers that are none."""

from datetime import datetime, timedelta, timezone

import pytest

from spar.errors import (
    AnswerIncomplete,
    AnswerTooLarge,
    AnswerTruncated,
    ConnectionCut,
    NotJson,
    Overloaded,
    ServerFailed,
    WrongWireFormat,
)

from . import broken
from .calls import ITEM, failing, judged
from .server import serving


def test_a_redirect_is_not_followed(client):
    def redirect(handler, request):
        handler.send(307, b"", Location="/elsewhere")

    with serving(redirect) as (url, seen):
        assert judged(failing(client(url).link, [ITEM])) == (WrongWireFormat, False, False)
    assert [path for path, _, _ in seen.requests] == ["/sync/link"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (broken.html, (NotJson, True, False)),
        (broken.truncated_json, (AnswerTruncated, True, False)),
        (broken.shorter_than_declared, (AnswerTruncated, True, False)),
        (broken.cut_in_a_chunk, (AnswerTruncated, True, False)),
        (broken.cut_before_the_answer, (ConnectionCut, True, True)),
        (broken.cut_in_the_head, (AnswerTruncated, True, False)),
        (broken.oversize, (AnswerTooLarge, True, False)),
        (broken.gzip_garbage, (NotJson, True, False)),
        (broken.status_500, (ServerFailed, True, False)),
        (broken.bare_500, (ServerFailed, True, True)),
        (broken.status_503, (Overloaded, True, True)),
        (broken.missing_items, (AnswerIncomplete, True, False)),
    ],
)
def test_answers_that_leave_a_write_open(answer, expected, client):
    with serving(answer) as (url, seen):
        one = client(url, max_answer_bytes=100_000)
        error = failing(one.link, [ITEM])
        assert judged(error) == expected
        # A write is never repeated, and no connection is used again after an error.
        assert len(seen.requests) == 1
        failing(one.link, [ITEM])
        assert seen.connections == 2
        if answer is broken.missing_items:
            return
        read = failing(one.resolve, [ITEM])
        assert judged(read) == (expected[0], False, False)


def test_retry_after_is_passed_on(client):
    now = datetime.now(timezone.utc)

    def at(handler, request):
        when = (now + timedelta(seconds=100)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        handler.send(429, b"", Retry_After=when)

    def odd(handler, request):
        handler.send(503, b"", Retry_After="soon")

    with serving(broken.status_503) as (url, _):
        assert failing(client(url).link, [ITEM]).retry_after == 17
    with serving(at) as (url, _):
        assert 80 < failing(client(url).link, [ITEM]).retry_after <= 100
    with serving(odd) as (url, _):
        assert failing(client(url).link, [ITEM]).retry_after is None


@pytest.mark.parametrize("year", ["99999999999999", "2026-"])
def test_a_date_that_is_none_spoils_no_answer(client, year):
    def odd(handler, request):
        when = f"Mon, 01 Jan {year} 00:00:00 GMT"
        handler.send(503, b"", Date=when, Retry_After=when)

    with serving(odd) as (url, _):
        error = failing(client(url).link, [ITEM])
        assert (judged(error)[0], error.retry_after) == (Overloaded, None)


def test_a_length_beyond_any_number_is_one_that_was_not_sent(client):
    def endless(handler, request):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n{}")
        handler.cut()

    with serving(endless) as (url, _):
        assert judged(failing(client(url).link, [ITEM])) == (AnswerTruncated, True, False)


def test_a_server_that_speaks_no_http(client):
    def garbage(handler, request):
        handler.wfile.write(b"SSH-2.0-SECRET\r\n\r\n")
        handler.cut()

    with serving(garbage) as (url, _):
        assert failing(client(url).link, [ITEM]).outcome_unknown
