"""KeymanagerSigner against the stand-in Keymanager, and against one that misbehaves."""

import base64
import json
import socket
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from spar.errors import DeadlinePassed, KeymanagerUnusable
from spar.signing import RsaSigner

from .broken import cut_before_the_answer, silent
from .calls import ITEM, SIGNED
from .keymanagers import BODY, KEY, PEM, base, certificate_of, signer, tokens, unusable
from .server import serving, spar
from .test_signing import check


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
