"""Test connection's walk, against real servers that are wrong in one way each."""

import socket
import ssl

import pytest

from spar.route import Route

from . import broken
from .authority import DAY, NOW, authority, certified, server_context
from .connect_proxy import proxying
from .server import serving, silent_listener, spar
from .walks import all_is_well, ended, findings, signed_spar

TRUSTING = Route(ca_bundle=authority().pem)


def test_all_is_well_and_nothing_is_written():
    with serving(signed_spar) as (url, seen):
        found = findings(url)
    assert all_is_well(found)
    assert found["latency"].params["ms"] >= 1
    assert {path for path, _headers, _body in seen.requests} == {"/sync/resolve"}
    with serving(spar) as (url, _):
        assert all_is_well(findings(url, "g2p-connect-1.0"))
    assert "signature" not in findings(url, "g2p-connect-1.0")


def test_every_address_of_the_host_is_tried(monkeypatch):
    """Nothing listens at the first, as it may be with ::1 of localhost."""

    def two(host, port, *_args, **_kwargs):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port)))
            for address in ("127.0.0.2", "127.0.0.1")
        ]

    with serving(signed_spar) as (url, _):
        monkeypatch.setattr(socket, "getaddrinfo", two)
        assert all_is_well(findings(url.replace("127.0.0.1", "localhost")))


def test_a_name_that_is_not_known():
    assert ended(findings("https://spar.invalid")) == ("name", "name_not_resolved")


def test_a_port_where_nothing_listens():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{bound.getsockname()[1]}"
        assert ended(findings(url)) == ("tcp", "connection_refused")


def test_a_host_that_swallows_everything(monkeypatch):
    def swallow(*args, **kwargs):
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", swallow)
    assert ended(findings("https://127.0.0.1:1")) == ("tcp", "connect_timeout")


def test_a_port_that_takes_connections_and_says_nothing():
    with silent_listener() as port:
        assert ended(findings(f"https://127.0.0.1:{port}")) == ("tls", "connect_timeout")
        assert ended(findings(f"http://127.0.0.1:{port}")) == ("path", "answer_timeout")


@pytest.mark.parametrize(
    ("leaf", "code"),
    [
        ({"by": "other"}, "tls_untrusted"),
        ({"hosts": ("elsewhere",)}, "tls_hostname"),
        ({"first": NOW - 2 * DAY, "last": NOW - DAY}, "tls_expired"),
    ],
)
def test_certificates(leaf, code, tmp_path):
    with serving(spar, server_context(tmp_path, certified(**leaf))) as (url, _):
        assert ended(findings(url, route=TRUSTING)) == ("tls", code)


def test_plain_http_where_tls_is_spoken_and_the_other_way_round(tmp_path):
    with serving(spar) as (url, _):
        assert ended(findings(url.replace("http:", "https:"))) == ("tls", "tls_not_spoken")
        assert "tls" not in findings(url, "g2p-connect-1.0")
    with serving(spar, host="127.0.0.2") as (url, _):
        assert findings(url, "g2p-connect-1.0")["tls"].code == "plain_http"


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_our_certificate_is_refused(version, tmp_path):
    """By TLS 1.3 only after the handshake: what the request met alone would not tell."""
    context = server_context(tmp_path, certified(), clients=authority("partners"))
    context.maximum_version = ssl.TLSVersion[version]
    other = certified("registry", "other")
    with serving(spar, context) as (url, _):
        for shown in ({}, {"certificate": other.pem, "key": other.key_pem().encode()}):
            route = Route(ca_bundle=authority().pem, **shown)
            step, code = ended(findings(url, "g2p-connect-1.0", route=route))
            assert step == "tls"
            assert code in ("tls_client_refused", "tls_refused")


def test_through_a_proxy(tmp_path):
    with serving(signed_spar, server_context(tmp_path, certified())) as (url, _):
        with proxying("registry:right") as (proxy, _):
            shown = {"proxy": proxy, "proxy_user": "registry", "ca_bundle": authority().pem}
            found = findings(url, route=Route(proxy_password="right", **shown))
            assert all_is_well(found) and "tcp" not in found and "name" not in found
            found = findings(url, route=Route(proxy_password="wrong", **shown))
            assert ended(found) == ("proxy", "proxy_password")
        assert ended(findings(url, route=Route(**shown))) == ("proxy", "proxy_unreachable")


@pytest.mark.parametrize(
    ("status", "step", "code"),
    [
        (401, "gateway", "not_allowed"),
        (403, "gateway", "not_allowed"),
        (302, "gateway", "wrong_wire_format"),
        (503, "gateway", "overloaded"),
        (404, "path", "wrong_wire_format"),
        (500, "path", "server_failed"),
    ],
)
def test_what_stands_before_spar(status, step, code):
    with serving(lambda handler, _request: handler.send(status, b"<html>")) as (url, _):
        assert ended(findings(url)) == (step, code)


def test_a_page():
    with serving(broken.html) as (url, _):
        assert ended(findings(url)) == ("path", "not_json")
