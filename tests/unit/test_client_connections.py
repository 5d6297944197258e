"""SparClient's connections: which it makes, keeps, uses again and gives up."""

import socket

import requests

from spar.answers import NotLinked
from spar.errors import ConnectionRefused, NameNotResolved

from .broken import cut_before_the_answer, shorter_than_declared, status_500
from .calls import ITEM, failing, judged
from .server import serving, spar


def test_environment_and_session_proxies_are_not_used(monkeypatch, client):
    session = requests.Session()
    with serving(spar) as (url, seen), serving(spar) as (proxy, proxied):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        monkeypatch.setenv("no_proxy", "")
        session.proxies["http"] = proxy
        # The proxy would be asked, if the environment were.
        requests.get("http://spar.invalid/", timeout=2).close()
        client(url).link([ITEM])
        client(url, session=session).link([ITEM])
    assert (len(seen.requests), len(proxied.requests)) == (2, 1)


def test_connections_are_pooled_but_not_when_idle(client):
    now = [0.0]
    with serving(spar) as (url, seen):
        one = client(url, monotonic=lambda: now[0])
        for _ in range(3):
            one.link([ITEM])
        assert seen.connections == 1
        now[0] += 4.5
        one.link([ITEM])
        assert seen.connections == 2


def test_after_a_500_comes_a_fresh_connection(client):
    answers = [spar, status_500, spar]

    def answer(handler, request):
        answers.pop(0)(handler, request)

    with serving(answer) as (url, seen):
        one = client(url)
        one.link([ITEM])
        failing(one.link, [ITEM])
        one.link([ITEM])
    assert (seen.connections, len(seen.requests)) == (2, 3)


def test_a_resolve_is_asked_once_more_on_a_fresh_connection(client):
    for broken in (status_500, cut_before_the_answer, shorter_than_declared):
        answers = [spar, broken, spar, broken, broken]

        def answer(handler, request, answers=answers):
            answers.pop(0)(handler, request)

        with serving(answer) as (url, seen):
            one = client(url)
            one.resolve([ITEM])
            assert one.resolve([ITEM]).outcomes[0].answer == NotLinked()
            assert (seen.connections, len(seen.requests)) == (2, 3)
            failing(one.resolve, [ITEM])
            assert not answers


def test_a_stale_connection_that_the_server_closed_unannounced(client):
    def answer_and_close(handler, request):
        spar(handler, request)
        handler.cut()

    with serving(answer_and_close) as (url, seen):
        one = client(url)
        for _ in range(3):
            assert one.resolve([ITEM]).outcomes[0].ok
    assert seen.connections >= 3


def test_a_port_where_nothing_listens(client):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        error = failing(client(f"http://127.0.0.1:{bound.getsockname()[1]}").link, [ITEM])
    assert judged(error) == (ConnectionRefused, False, False)


def test_a_name_that_does_not_resolve(client):
    for host in ("spar.invalid", "x" * 64 + ".invalid"):
        assert judged(failing(client(f"http://{host}").link, [ITEM])) == (
            NameNotResolved,
            False,
            False,
        )


def test_closing_is_safe(client):
    with serving(spar) as (url, _):
        one = client(url)
        one.link([ITEM])
        one.close()
        one.close()
