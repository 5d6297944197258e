"""SparClient under TLS: whom it trusts, what it shows, and that its deadline holds."""

import os
import ssl
import tempfile

import pytest

from spar.client import Timeouts
from spar.errors import AnswerTimeout, ConnectTimeout, TlsRefused
from spar.route import Route

from . import broken
from .authority import DAY, NOW, authority, certified, server_context
from .calls import ITEM, failing, judged
from .server import serving, silent_listener, spar

TRUSTING = Route(ca_bundle=authority().pem)


def showing(leaf, **more):
    return Route(
        ca_bundle=authority().pem, certificate=leaf.pem, key=leaf.key_pem().encode(), **more
    )


@pytest.fixture
def own(tmp_path):
    return server_context(tmp_path, certified())


def test_the_bundle_alone_is_trusted(own, client):
    with serving(spar, own) as (url, seen):
        error = failing(client(url).link, [ITEM])
        assert judged(error) == (TlsRefused, False, False)
        assert error.code == "tls_untrusted"
        other = Route(ca_bundle=authority("other").pem)
        assert failing(client(url, route=other).link, [ITEM]).code == "tls_untrusted"
        assert seen.requests == []
        assert client(url, route=TRUSTING).link([ITEM]).outcomes[0].ok


def test_the_environment_adds_no_authority(own, client, tmp_path, monkeypatch):
    path = tmp_path / "bundle.pem"
    path.write_text(authority().pem)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(path))
    with serving(spar, own) as (url, _):
        assert failing(client(url).link, [ITEM]).code == "tls_untrusted"


def test_the_servers_own_certificate_is_anchor_enough(client, tmp_path):
    leaf = certified()
    with serving(spar, server_context(tmp_path, leaf)) as (url, _):
        assert client(url, route=Route(ca_bundle=leaf.pem)).link([ITEM]).outcomes[0].ok


@pytest.mark.parametrize(
    ("leaf", "code"),
    [
        ({"hosts": ("elsewhere",)}, "tls_hostname"),
        ({"hosts": ("127.0.0.2",)}, "tls_hostname"),
        ({"first": NOW - 2 * DAY, "last": NOW - DAY}, "tls_expired"),
        ({"first": NOW + DAY, "last": NOW + 2 * DAY}, "tls_not_yet_valid"),
    ],
)
def test_what_is_wrong_with_the_servers_certificate(leaf, code, client, tmp_path):
    with serving(spar, server_context(tmp_path, certified(**leaf))) as (url, seen):
        error = failing(client(url, route=TRUSTING).link, [ITEM])
        assert (judged(error), error.code) == ((TlsRefused, False, False), code)
        assert seen.requests == []


def test_plain_http_at_the_port(client):
    with serving(spar) as (url, _):
        error = failing(client(url.replace("http:", "https:")).link, [ITEM])
        assert (judged(error), error.code) == ((TlsRefused, False, False), "tls_not_spoken")


def test_our_certificate_is_shown(client, tmp_path):
    context = server_context(tmp_path, certified(), clients=authority("partners"))
    with serving(spar, context) as (url, seen):
        mine = showing(certified("registry", "partners"))
        assert client(url, route=mine).link([ITEM]).outcomes[0].ok
        assert len(seen.requests) == 1


def test_a_certificate_that_the_server_refuses(client, tmp_path):
    context = server_context(tmp_path, certified(), clients=authority("partners"))
    # Here its verdict comes within the handshake, not after the request.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with serving(spar, context) as (url, seen):
        for route in (TRUSTING, showing(certified("registry", "other"))):
            error = failing(client(url, route=route).link, [ITEM])
            assert judged(error) == (TlsRefused, False, False)
            assert error.code in ("tls_client_refused", "tls_refused")
        assert seen.requests == []


def test_the_key_lies_nowhere(client, tmp_path, monkeypatch, own):
    """What OpenSSL reads is locked, readable by us alone, and gone afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    read = []
    load = ssl.SSLContext.load_cert_chain

    def spying(context, path, *args, **kwargs):
        with open(path) as handle:
            read.append((oct(os.stat(path).st_mode & 0o777), handle.read()))
        load(context, path, *args, **kwargs)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", spying)
    leaf = certified("registry")
    client("https://127.0.0.1:1", route=showing(leaf))
    [(mode, content)] = read
    assert mode == "0o600"
    assert "ENCRYPTED PRIVATE KEY" in content and "BEGIN PRIVATE KEY" not in content
    assert list((tmp_path / "own").iterdir()) == []


@pytest.mark.parametrize("answer", [broken.drip(broken.HEAD), broken.drip(b"")])
def test_the_deadline_holds_under_tls(own, answer, client):
    with serving(answer, own) as (url, _):
        one = client(url, route=TRUSTING, timeouts=Timeouts(total=0.4))
        assert judged(failing(one.link, [ITEM])) == (AnswerTimeout, True, True)


def test_the_deadline_holds_in_a_handshake(client):
    """Nothing of the request was sent, so it says nothing about it."""
    for timeouts in (Timeouts(connect=10, total=0.4), Timeouts(connect=0.4, total=10)):
        with silent_listener() as port:
            one = client(f"https://127.0.0.1:{port}", timeouts=timeouts)
            assert judged(failing(one.link, [ITEM])) == (ConnectTimeout, False, False)
