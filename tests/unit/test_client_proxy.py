"""SparClient through a proxy, and what it shows on the way."""

import socket

import pytest

from spar.client import Timeouts
from spar.errors import AnswerTimeout, ConnectTimeout, TlsRefused
from spar.route import ProxyRefused, ProxyUnreachable, Route

from . import broken
from .authority import authority, certified, server_context
from .calls import ITEM, failing, judged
from .connect_proxy import proxying
from .server import serving, spar

PAIR = {"proxy_user": "registry", "proxy_password": "SECRET:pä ss"}


def through(proxy, **more):
    return Route(ca_bundle=authority().pem, proxy=proxy, **more)


@pytest.fixture
def spar_url(tmp_path):
    with serving(spar, server_context(tmp_path, certified())) as (url, seen):
        yield url, seen


def test_a_tunnel(spar_url, client):
    url, seen = spar_url
    with proxying("registry:SECRET:pä ss") as (proxy, passed):
        one = client(url, route=through(proxy, headers={"X-Key": "SECRET"}, **PAIR))
        assert one.link([ITEM]).outcomes[0].ok
        assert one.resolve([ITEM]).outcomes[0].ok
    [(method, target, shown)] = passed.requests
    assert (method, f"https://{target}") == ("CONNECT", url)
    assert not {"X-Key", "Signature"} & shown.keys()
    assert [headers["X-Key"] for _path, headers, _body in seen.requests] == ["SECRET"] * 2
    assert not any("Proxy-Authorization" in headers for _path, headers, _body in seen.requests)


def test_plain_http_through_a_proxy(client):
    with serving(spar) as (url, seen), proxying("registry:SECRET:pä ss") as (proxy, passed):
        assert client(url, route=through(proxy, **PAIR)).link([ITEM]).outcomes[0].ok
        error = failing(client(url, route=through(proxy)).link, [ITEM])
        assert (judged(error), error.code) == ((ProxyRefused, False, False), "proxy_password")
    assert (len(seen.requests), len(passed.requests)) == (1, 2)


def test_a_proxy_that_refuses(spar_url, client):
    url, seen = spar_url
    for status, code in ((407, "proxy_password"), (403, "proxy_refused"), (502, "proxy_refused")):
        with proxying(answer=lambda handler, status=status: handler.send_error(status)) as (
            proxy,
            _,
        ):
            error = failing(client(url, route=through(proxy)).link, [ITEM])
            assert judged(error) == (ProxyRefused, False, False)
            assert (error.code, error.http_status) == (code, status)
    assert seen.connections == 0


def test_a_proxy_that_is_not_there(spar_url, client):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        for proxy in (f"http://127.0.0.1:{bound.getsockname()[1]}", "http://proxy.invalid:3128"):
            error = failing(client(spar_url[0], route=through(proxy)).link, [ITEM])
            assert judged(error) == (ProxyUnreachable, False, False)


def test_spars_certificate_is_judged_through_a_proxy(spar_url, client):
    url, seen = spar_url
    with proxying() as (proxy, _):
        error = failing(client(url, route=Route(proxy=proxy)).link, [ITEM])
        assert (judged(error), error.code) == ((TlsRefused, False, False), "tls_untrusted")
        error = failing(
            client(url.replace("127.0.0.1", "localhost"), route=through(proxy)).link, [ITEM]
        )
        assert error.code == "tls_hostname"
    assert seen.requests == []


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_the_deadline_holds_before_the_proxy_lets_us_through(spar_url, client, first):
    """A proxy that drips: no single wait is long, and nothing of the request was sent."""
    url, seen = spar_url

    def drip(handler):
        broken.drip(first)(handler, None)

    with proxying(answer=drip) as (proxy, _):
        one = client(url, route=through(proxy), timeouts=Timeouts(connect=20, total=0.4))
        assert judged(failing(one.link, [ITEM])) == (ConnectTimeout, False, False)
    assert seen.connections == 0


def test_the_deadline_holds_behind_the_proxy(client, tmp_path):
    context = server_context(tmp_path, certified())
    with serving(broken.drip(broken.HEAD), context) as (url, _), proxying() as (proxy, _seen):
        one = client(url, route=through(proxy), timeouts=Timeouts(total=0.6))
        assert judged(failing(one.link, [ITEM])) == (AnswerTimeout, True, True)


def test_nothing_secret_is_shown():
    route = through("http://proxy:3128", headers={"X-Key": "SECRET"}, **PAIR)
    assert "SECRET" not in repr(route)
