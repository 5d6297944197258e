"""KeymanagerSigner against the stand-in Keymanager, and against one that misbehaves."""

import base64
import json
import socket
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from spar.errors import DeadlinePassed, KeymanagerUnusable
from spar.exchange import Exchange
from spar.keymanager import KeymanagerSigner
from spar.keys import self_signed_certificate
from spar.route import Route
from spar.signing import RsaSigner
from spar.tokens import AccessTokens, KeptToken
from tests.stack.stand_in_keymanager import make_server

from . import golden
from .broken import cut_before_the_answer, silent
from .calls import ITEM, SIGNED
from .server import serving, spar
from .test_signing import check

BODY = b'{"message":{"name":"J\\u00f3zsef"}}'
KEY = golden.private_key()
NOW = golden.NOW
PEM = self_signed_certificate(KEY, "registry", NOW, NOW + timedelta(days=365))
CLIENTS = {"spar-mapper": "s1", "registry": "s2"}


@pytest.fixture
def keymanager(tmp_path):
    """A running stand-in, with a key for the application REGISTRY. Its base URL."""
    server = make_server(0, tmp_path / "certs", tmp_path / "keys", dict(CLIENTS))
    server.daemon_threads = True
    server.keys.generate("REGISTRY", "", force=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def exchange(url, monotonic=time.monotonic):
    return Exchange(
        base_url=url,
        session=None,
        route=Route(),
        max_answer_bytes=2**20,
        monotonic=monotonic,
    )


@contextmanager
def signer(url, tokens=None, certificate=None, application="REGISTRY", seconds=2.0, **more):
    made = KeymanagerSigner(
        exchange(url, more.get("monotonic", time.monotonic)),
        application_id=application,
        certificate=certificate,
        tokens=tokens,
        seconds=seconds,
        **more,
    )
    yield made
    made.close()


def tokens(server, client="registry", secret="s2", kept=None, **more):
    clock = more.get("monotonic", time.monotonic)
    return AccessTokens(exchange(f"{server.url}/token", clock), client, secret, kept, **more)


def base(server):
    return f"{server.url}/v1/keymanager"


def certificate_of(server, application="REGISTRY", reference=""):
    return server.keys.generate(application, reference, force=False)


def unusable(call, *args, **kwargs):
    with pytest.raises(KeymanagerUnusable) as caught:
        call(*args, **kwargs)
    error = caught.value
    assert (error.kind, error.outcome_unknown, error.may_land_late) == ("connection", False, False)
    return error.code


def test_what_it_signs_is_a_detached_jws_over_our_bytes(keymanager):
    pem = certificate_of(keymanager)
    with signer(base(keymanager), tokens(keymanager), pem) as one:
        signature = one.sign(BODY)
        check(signature, BODY, x509.load_pem_x509_certificate(pem).public_key())
        assert one.kid
    header = json.loads(base64.urlsafe_b64decode(signature.partition(".")[0] + "=="))
    # Whoever verifies with Keymanager would believe a certificate in the header.
    assert header == {"alg": "RS256", "kid": one.kid}


def test_the_certificate_to_register(keymanager):
    with signer(base(keymanager), tokens(keymanager)) as one:
        assert unusable(one.sign, BODY) == "keymanager_no_certificate"
        pem = one.introduce()
    assert pem == certificate_of(keymanager)
    with signer(base(keymanager), tokens(keymanager), pem) as one:
        one.sign(BODY)


@pytest.mark.parametrize(
    ("application", "reference", "code"),
    [
        ("UNKNOWN", "", "keymanager_application"),
        ("REGISTRY", "OTHER", "keymanager_no_key"),
        ("EMPTY", "", "keymanager_no_key"),
        # Keymanager signs all the same, with a key of its own.
        ("", "", "keymanager_other_key"),
    ],
)
def test_names_that_are_not_right(keymanager, tmp_path, application, reference, code):
    (tmp_path / "keys" / "EMPTY").mkdir()
    pem = certificate_of(keymanager)
    with signer(
        base(keymanager), tokens(keymanager), pem, application, reference_id=reference
    ) as one:
        assert unusable(one.sign, BODY) == code


def test_a_key_that_was_renewed(keymanager):
    pem = certificate_of(keymanager)
    with signer(base(keymanager), tokens(keymanager), pem) as one:
        one.sign(BODY)
        keymanager.keys.generate("REGISTRY", "", force=True)
        assert unusable(one.sign, BODY) == "keymanager_other_key"


@pytest.mark.parametrize(
    ("client", "secret", "code"),
    [
        ("registry", "wrong", "keymanager_token_refused"),
        ("nobody", "s2", "keymanager_token_refused"),
        ("spar-mapper", "s1", "keymanager_not_allowed"),
    ],
)
def test_clients_that_are_not_let_in(keymanager, client, secret, code):
    pem = certificate_of(keymanager)
    with signer(base(keymanager), tokens(keymanager, client, secret), pem) as one:
        assert unusable(one.sign, BODY) == code
    with signer(base(keymanager), None, pem) as one:
        assert unusable(one.sign, BODY) == "keymanager_not_allowed"


def test_a_token_is_kept_and_renewed_before_it_ends(keymanager, monkeypatch):
    asked, now, kept = [], [1000.0], KeptToken()
    handler = keymanager.RequestHandlerClass
    real = handler._token
    monkeypatch.setattr(handler, "_token", lambda self, body: asked.append(1) or real(self, body))
    pem = certificate_of(keymanager)
    for _ in range(2):  # another client of the same process
        made = tokens(keymanager, kept=kept, monotonic=lambda: now[0])
        with signer(base(keymanager), made, pem, monotonic=lambda: now[0]) as one:
            one.sign(BODY)
            one.sign(BODY)
    assert len(asked) == 1
    now[0] += 870 * 0.8 + 1
    made = tokens(keymanager, kept=kept, monotonic=lambda: now[0])
    with signer(base(keymanager), made, pem, monotonic=lambda: now[0]) as one:
        one.sign(BODY)
    assert len(asked) == 2
    # Its server forgot it: one more is fetched, and only one.
    kept.token = "1.registry.aa"
    with signer(base(keymanager), tokens(keymanager, kept=kept), pem) as one:
        one.sign(BODY)
        assert len(asked) == 3
        keymanager.clients["registry"] = "changed"
        assert unusable(one.sign, BODY) == "keymanager_token_refused"


def jws(payload=BODY, alg="RS256", **header):
    protected = _b64u(json.dumps({"alg": alg, **header}).encode())
    return f"{protected}.{_b64u(payload)}." + RsaSigner(KEY).sign(payload).rpartition(".")[2]


def _b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def says(body, status=200):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda handler, request: handler.send(status, text)


def signed(text):
    return says({"response": {"jwtSignedData": text}, "errors": None})


def failed(code):
    return says({"response": None, "errors": [{"errorCode": code, "message": "SECRET"}]})


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (signed(jws()), "keymanager_other_key"),
        (signed(jws(b"{}")), "keymanager_other_bytes"),
        (signed(jws(alg="PS256")), "keymanager_algorithm"),
        (signed(jws(alg="none")), "keymanager_algorithm"),
        (signed(jws(crit=["b64"], b64=False)), "keymanager_algorithm"),
        (signed("a.b"), "keymanager_no_jws"),
        (signed("!..!"), "keymanager_no_jws"),
        (signed("W10..W10"), "keymanager_no_jws"),
        (signed(None), "keymanager_failed"),
        (says([]), "keymanager_failed"),
        (says(b"<html>"), "keymanager_failed"),
        (says({"response": None, "errors": [None]}), "keymanager_failed"),
        (says({}, 503), "keymanager_failed"),
        (says(b"", 302), "keymanager_path"),
        (says({"error": "x"}, 404), "keymanager_path"),
        (says(b"Forbidden", 403), "keymanager_not_allowed"),
        (failed("KER-KMA-005"), "keymanager_key_expired"),
        (failed("KER-KMS-012"), "keymanager_no_key"),
        (failed("KER-XYZ-999"), "KER-XYZ-999"),
        (failed("<script>"), "keymanager_failed"),
        (cut_before_the_answer, "keymanager_failed"),
        (silent, "keymanager_silent"),
        (says(b"x" * 2**21), "keymanager_failed"),
    ],
)
def test_whatever_it_answers_is_said_by_a_code(answer, code):
    with serving(answer) as (url, _seen), signer(url, None, PEM, seconds=0.5) as one:
        assert unusable(one.sign, BODY) == code


def test_a_signature_that_includes_another_certificate_is_refused(keymanager):
    other = certificate_of(keymanager)
    der = x509.load_pem_x509_certificate(other).public_bytes(Encoding.DER)
    answer = signed(jws(b"{}", x5c=[base64.b64encode(der).decode()]))
    with serving(answer) as (url, _seen), signer(url) as one:
        assert unusable(one.introduce) == "keymanager_other_key"
    with serving(signed(jws(b"{}"))) as (url, _seen), signer(url) as one:
        assert unusable(one.introduce) == "keymanager_no_jws"


def test_nothing_listens():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with signer(f"http://127.0.0.1:{bound.getsockname()[1]}", None, PEM) as one:
            assert unusable(one.sign, BODY) == "keymanager_unreachable"


def test_a_slow_keymanager_does_not_eat_the_lease(client):
    """What it leaves of the batch's time is the batch's; nothing is sent once that is over."""
    with serving(silent) as (url, _seen), serving(spar) as (target, arrived):
        with signer(url, None, PEM, seconds=20) as one:
            with pytest.raises(DeadlinePassed) as caught:
                client(target, wire=SIGNED, signer=one).link(
                    [ITEM], deadline=time.monotonic() + 0.3
                )
            assert caught.value.message_id and caught.value.digest is None
    assert arrived.requests == []


def test_trouble_with_signing_says_which_message_and_that_nothing_was_sent(client, keymanager):
    with serving(spar) as (target, arrived), signer(base(keymanager), None, PEM) as one:
        with pytest.raises(KeymanagerUnusable) as caught:
            client(target, wire=SIGNED, signer=one).link([ITEM])
        assert caught.value.message_id in str(caught.value)
        assert caught.value.digest is None
    assert arrived.requests == []


def test_neither_secret_nor_token_is_shown(keymanager):
    kept = KeptToken()
    made = tokens(keymanager, kept=kept)
    with signer(base(keymanager), made, certificate_of(keymanager)) as one:
        one.sign(BODY)
        for shown in (repr(one), repr(made), repr(kept)):
            assert "s2" not in shown and kept.token not in shown
