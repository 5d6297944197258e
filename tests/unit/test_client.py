"""SparClient against a real server that does everything wrong."""

import hashlib
import json
import socket
import ssl
import time
from datetime import datetime, timedelta, timezone

import pytest
import requests

from spar.answers import Item, NotLinked
from spar.client import SparClient, Timeouts
from spar.errors import (
    AnswerIncomplete,
    AnswerTimeout,
    AnswerTooLarge,
    AnswerTruncated,
    ConfigurationUnusable,
    ConnectionCut,
    ConnectionRefused,
    DeadlinePassed,
    NameNotResolved,
    NotJson,
    Overloaded,
    RequestError,
    ServerFailed,
    SigningKeyUnusable,
    TlsRefused,
    WrongWireFormat,
)
from spar.signing import RsaSigner, self_signed_certificate
from spar.wire import WIRE_FORMATS

from . import golden
from .server import serving, spar, whole
from .test_signing import check

SECRETS = {
    "spar_id": "SECRET-ID-1",
    "fa": "account_number:SECRET-ACCOUNT",
    "name": "SECRET-NAME",
    "phone": "SECRET-PHONE",
}
ITEM = Item(reference_id="ref-1", strategy_id=2, **SECRETS)
QUICK = Timeouts(connect=2, read_base=2, read_per_item=0, total=2)
UNSIGNED = WIRE_FORMATS["g2p-connect-1.0"]
SIGNED = WIRE_FORMATS["g2p-connect"]


@pytest.fixture
def client():
    made = []

    def make(base_url, **kwargs):
        settings = {"wire": UNSIGNED, "sender_id": "registry", "timeouts": QUICK}
        made.append(SparClient(base_url=base_url, **settings | kwargs))
        return made[-1]

    yield make
    for one in made:
        one.close()


def failing(call, *args, **kwargs) -> RequestError:
    """The error of a call; whatever it is, it carries our ids and nothing else of ours."""
    with pytest.raises(RequestError) as caught:
        call(*args, **kwargs)
    error = caught.value
    assert error.message_id and error.message_id in str(error)
    assert len(error.digest) == 64
    for text in (str(error), repr(error), str(error.args)):
        assert "SECRET" not in text
    assert error.__cause__ is None
    return error


def judged(error: RequestError) -> tuple:
    return type(error), error.outcome_unknown, error.may_land_late


def test_a_good_answer(client):
    with serving(spar) as (url, seen):
        reply = client(url + "/api/mapper/").link([ITEM])
    (path, headers, body), *none = seen.requests
    assert (path, none) == ("/api/mapper/sync/link", [])
    assert [(o.reference_id, o.ok) for o in reply.outcomes] == [("ref-1", True)]
    assert reply.digest == hashlib.sha256(body).hexdigest()
    assert json.loads(body)["header"]["message_id"] == reply.message_id
    assert json.loads(body)["message"]["transaction_id"] == reply.transaction_id
    assert (reply.operation, reply.kid) == ("link", None)
    assert 0 < reply.seconds < 2
    assert headers["Content-Type"] == "application/json"
    assert "Signature" not in headers
    assert "SECRET" not in repr(reply)


@pytest.mark.parametrize("op", ["resolve", "link", "update", "unlink"])
def test_every_operation_has_its_path_and_action(op, client):
    with serving(spar) as (url, seen):
        reply = getattr(client(url), op)([ITEM])
    path, _, body = seen.requests[0]
    assert (path, json.loads(body)["header"]["action"]) == (f"/sync/{op}", op)
    assert reply.outcomes[0].ok


@pytest.mark.parametrize("form", ["as_sent", "sorted"])
def test_the_bytes_that_are_sent_are_the_bytes_that_were_signed(form, client):
    signer = RsaSigner(golden.private_key(), "kid-1", form)
    item = Item(reference_id="r", spar_id="é", fa="f", strategy_id=2, name="例え 😀")
    with serving(spar) as (url, seen):
        reply = client(url, wire=SIGNED, signer=signer).link([item])
    _, headers, body = seen.requests[0]
    check(headers["Signature"], body)
    assert reply.kid == "kid-1"


def test_a_signed_format_without_a_key_sends_nothing(client):
    with serving(spar) as (url, seen):
        with pytest.raises(SigningKeyUnusable):
            client(url, wire=SIGNED).link([ITEM])
    assert not seen.requests


def test_clock_and_partner_are_handed_in(client):
    with serving(spar) as (url, seen):
        client(url, clock=lambda: golden.NOW, sender_id="us", receiver_id="them").resolve([ITEM])
    header = json.loads(seen.requests[0][2])["header"]
    assert header["message_ts"] == "2026-11-22T09:00:00.000Z"
    assert (header["sender_id"], header["receiver_id"]) == ("us", "them")


def test_probe_asks_for_one_id_that_cannot_exist(client):
    with serving(spar) as (url, seen):
        replies = [client(url).probe() for _ in range(2)]
    ids = {json.loads(b)["message"]["resolve_request"][0]["id"] for _, _, b in seen.requests}
    assert len(ids) == 2
    assert all(r.outcomes[0].answer == NotLinked() for r in replies)


def test_a_redirect_is_not_followed(client):
    def redirect(handler, request):
        handler.send(307, b"", Location="/elsewhere")

    with serving(redirect) as (url, seen):
        assert judged(failing(client(url).link, [ITEM])) == (WrongWireFormat, False, False)
    assert [path for path, _, _ in seen.requests] == ["/sync/link"]


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


def _html(handler, request):
    handler.send(200, b"<html>SECRET login</html>")


def _truncated_json(handler, request):
    handler.send(200, whole(request)[:-9])


def _shorter_than_declared(handler, request):
    body = whole(request)
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body) + 10))
    handler.end_headers()
    handler.wfile.write(body)
    handler.cut()


def _cut_in_a_chunk(handler, request):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"40\r\n{")
    handler.cut()


def _cut_before_the_answer(handler, request):
    handler.cut()


def _cut_in_the_head(handler, request):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-")
    handler.cut()


def _oversize(handler, request):
    handler.send(200, b" " * 200_000)


def _gzip_garbage(handler, request):
    handler.send(200, b"SECRET", Content_Encoding="gzip")


def _500(handler, request):
    handler.send(500, b'{"errors":[{"code":"G2P-REQ-100","message":"SECRET"}]}')


def _bare_500(handler, request):
    handler.send(500, b"SECRET")


def _503(handler, request):
    handler.send(503, b"SECRET", Retry_After="17")


def _missing_items(handler, request):
    request["message"]["link_request"] = []
    handler.send(200, b'{"header":{"status":"succ"},"message":{"link_response":[]}}')


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (_html, (NotJson, True, False)),
        (_truncated_json, (AnswerTruncated, True, False)),
        (_shorter_than_declared, (AnswerTruncated, True, False)),
        (_cut_in_a_chunk, (AnswerTruncated, True, False)),
        (_cut_before_the_answer, (ConnectionCut, True, True)),
        (_cut_in_the_head, (AnswerTruncated, True, False)),
        (_oversize, (AnswerTooLarge, True, False)),
        (_gzip_garbage, (NotJson, True, False)),
        (_500, (ServerFailed, True, False)),
        (_bare_500, (ServerFailed, True, True)),
        (_503, (Overloaded, True, True)),
        (_missing_items, (AnswerIncomplete, True, False)),
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
        if answer is _missing_items:
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

    with serving(_503) as (url, _):
        assert failing(client(url).link, [ITEM]).retry_after == 17
    with serving(at) as (url, _):
        assert 80 < failing(client(url).link, [ITEM]).retry_after <= 100
    with serving(odd) as (url, _):
        assert failing(client(url).link, [ITEM]).retry_after is None


def _silent(handler, request):
    handler.released.wait(10)


def _drip(first: bytes):
    """Bytes that come one by one: no single wait is long, the whole has no end."""

    def answer(handler, request):
        handler.wfile.write(first)
        while not handler.released.wait(0.02):
            handler.wfile.write(b" ")

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


@pytest.mark.parametrize(
    "answer", [_silent, _drip(HEAD), _drip(b"HTTP/1.1 200 OK\r\nX-Slow: "), _drip(b"")]
)
@pytest.mark.parametrize("bound", ["timeout", "deadline"])
def test_slow_answers_end_in_time(answer, bound, client):
    short = Timeouts(connect=2, read_base=5, read_per_item=0, total=0.3)
    long = Timeouts(connect=2, read_base=5, read_per_item=0, total=20)
    with serving(answer) as (url, seen):
        started = time.monotonic()
        if bound == "timeout":
            error = failing(client(url, timeouts=short).link, [ITEM])
        else:
            error = failing(client(url, timeouts=long).link, [ITEM], deadline=started + 0.3)
        assert time.monotonic() - started < 1.5
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
    answers = [spar, _500, spar]

    def answer(handler, request):
        answers.pop(0)(handler, request)

    with serving(answer) as (url, seen):
        one = client(url)
        one.link([ITEM])
        failing(one.link, [ITEM])
        one.link([ITEM])
    assert (seen.connections, len(seen.requests)) == (2, 3)


def test_a_resolve_is_asked_once_more_on_a_fresh_connection(client):
    for broken in (_500, _cut_before_the_answer, _shorter_than_declared):
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


def test_a_server_that_speaks_no_http(client):
    def garbage(handler, request):
        handler.wfile.write(b"SSH-2.0-SECRET\r\n\r\n")
        handler.cut()

    with serving(garbage) as (url, _):
        assert failing(client(url).link, [ITEM]).outcome_unknown


@pytest.fixture
def tls(tmp_path):
    """A server context whose certificate is for another host, and the file with it."""
    key, now = golden.private_key(), datetime.now(timezone.utc)
    certificate = tmp_path / "cert.pem"
    certificate.write_bytes(
        self_signed_certificate(key, "elsewhere", now - timedelta(1), now + timedelta(1))
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, golden.HERE / "test-partner.key.pem")
    return context, str(certificate)


@pytest.mark.filterwarnings("ignore:Certificate for 127.0.0.1 has no")
def test_tls(tls, client):
    context, certificate = tls
    with serving(spar, context) as (url, seen):
        error = failing(client(url).link, [ITEM])
        assert judged(error) == (TlsRefused, False, False)
        assert error.code == "tls_untrusted"
        error = failing(client(url, verify=certificate).link, [ITEM])
        assert (type(error), error.code) == (TlsRefused, "tls_hostname")
        assert seen.requests == []
    with serving(spar) as (url, seen):
        error = failing(client(url.replace("http:", "https:")).link, [ITEM])
        assert judged(error) == (TlsRefused, False, False)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS")
@pytest.mark.parametrize("answer", [_drip(HEAD), _drip(b"")])
def test_the_deadline_holds_under_tls(tls, answer, client):
    with serving(answer, tls[0]) as (url, _):
        started = time.monotonic()
        one = client(url, verify=False, timeouts=Timeouts(total=0.4))
        assert judged(failing(one.link, [ITEM])) == (AnswerTimeout, True, True)
        assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    ("kwargs", "code"),
    [
        ({"base_url": ""}, "url_malformed"),
        ({"base_url": "spar.example"}, "url_malformed"),
        ({"base_url": "ftp://spar.example"}, "url_malformed"),
        ({"base_url": "http://"}, "url_malformed"),
        ({"base_url": "http://spar.example:port"}, "url_malformed"),
        ({"base_url": "http://spar.example/?a=b"}, "url_malformed"),
        ({"base_url": "http://spar.example/#a"}, "url_malformed"),
        ({"headers": {"X-Secret": "a\r\nb"}}, "url_malformed"),
        ({"verify": "/no/such/file"}, "tls_file_missing"),
        ({"cert": ("/no/such/file", "/no/such/key")}, "tls_file_missing"),
        ({"cert": "/no/such/file"}, "tls_file_missing"),
    ],
)
def test_settings_that_cannot_work(kwargs, code, client):
    with pytest.raises(ConfigurationUnusable) as caught:
        client(**{"base_url": "http://spar.example"} | kwargs)
    assert caught.value.code == code


def test_credentials_are_used_and_not_shown(client):
    with serving(_html) as (url, seen):
        one = client(url.replace("//", "//user:SECRET@"), headers={"X-Gateway": "SECRET"})
        failing(one.link, [ITEM])
        assert "SECRET" not in repr(one)
    _, headers, _ = seen.requests[0]
    assert headers["X-Gateway"] == "SECRET"
    assert headers["Authorization"].startswith("Basic ")


def test_closing_is_safe(client):
    with serving(spar) as (url, _):
        one = client(url)
        one.link([ITEM])
        one.close()
        one.close()
