"""Signatures against the recorded ones, and against checkers that are not ours."""

import base64
import json
from datetime import datetime, timedelta, timezone

import jwt
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from spar.errors import KeyUnusable
from spar.signing import (
    RsaSigner,
    canonical_bytes,
    generate_key,
    load_private_key,
    self_signed_certificate,
)

from . import golden

KEY = golden.private_key()
CERTIFICATE = x509.load_pem_x509_certificate(
    golden.certificate_pem()[golden.certificate_pem().index(b"-----BEGIN") :]
)
PUBLIC_KEY = CERTIFICATE.public_key()
BODY = {"b": "Señora Ñandú 例え 😀 /\u2028\x7f", "a": {"z": [1, None, True], "y": ""}}
SIGNED = [
    case
    for case in golden.cases()
    if case.data["signature_state"] == "valid" and case.request.get("body") is not None
]


def check(signature: str, body: bytes, public_key=PUBLIC_KEY) -> None:
    """RFC 7515 by hand, with cryptography alone."""
    protected, middle, encoded = signature.split(".")
    assert middle == ""
    signed = f"{protected}.{base64.urlsafe_b64encode(body).rstrip(b'=').decode()}"
    raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    public_key.verify(raw, signed.encode(), padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("case", SIGNED, ids=golden.label)
def test_recorded_signatures_byte_for_byte(case):
    recorded = case.request["headers"]["Signature"]
    if case.name == "attached_jwt":
        header, _, signature = recorded.split(".")
        recorded = f"{header}..{signature}"
    body = canonical_bytes(case.request["body"], "as_sent")
    assert RsaSigner(KEY).sign(body) == recorded


def test_there_are_recorded_signatures():
    assert len(SIGNED) == 163


@pytest.mark.parametrize(
    "case", [c for c in golden.cases() if c.name == "signed_sorted_keys"], ids=golden.label
)
def test_the_sorted_form_is_the_recorded_one(case):
    body = canonical_bytes(case.request["body"], "sorted")
    assert RsaSigner(KEY, canonical="sorted").sign(body) == case.request["headers"]["Signature"]


@pytest.mark.parametrize("form", ["as_sent", "sorted"])
@pytest.mark.parametrize("kid", [None, "key-2026"])
def test_an_independent_check_verifies(form, kid):
    signer = RsaSigner(KEY, kid, form)
    body = canonical_bytes(BODY, signer.canonical)
    signature = signer.sign(body)
    check(signature, body)
    header = json.loads(base64.urlsafe_b64decode(signature.split(".")[0] + "=="))
    assert header == {"alg": "RS256", "typ": "JWT"} | ({"kid": kid} if kid else {})
    # As the Keymanager does: put the body between the dots, and it is an ordinary JWT.
    middle = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
    whole = signature.replace("..", f".{middle}.")
    assert jwt.PyJWS().decode(whole, PUBLIC_KEY, algorithms=["RS256"]) == body


def test_canonical_forms():
    assert canonical_bytes({"b": "é😀", "a": 1}, "as_sent") == (
        b'{"b":"\\u00e9\\ud83d\\ude00","a":1}'
    )
    assert canonical_bytes({"b": "é", "a": {"d": 1, "c": 2}}, "sorted") == (
        '{"a":{"c":2,"d":1},"b":"é"}'.encode()
    )
    for form in ("as_sent", "sorted"):
        assert json.loads(canonical_bytes(BODY, form)) == BODY


def test_tampering_shows():
    body = canonical_bytes(BODY, "as_sent")
    signature = RsaSigner(KEY).sign(body)
    protected, _, encoded = signature.split(".")
    other_header = base64.urlsafe_b64encode(b'{"alg":"RS256"}').rstrip(b"=").decode()
    other_key = RsaSigner(generate_key()).sign(body)
    flipped = ("A" if encoded[0] != "A" else "B") + encoded[1:]
    for forged, what in [
        (signature, body + b" "),
        (signature, body.replace(b"1", b"2")),
        (signature, canonical_bytes(BODY, "sorted")),
        (f"{other_header}..{encoded}", body),
        (f"{protected}..{flipped}", body),
        (other_key, body),
    ]:
        with pytest.raises(InvalidSignature):
            check(forged, what)


def pem(key, password=None, form=serialization.PrivateFormat.PKCS8) -> bytes:
    lock = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, form, lock)


@pytest.mark.parametrize("password", [None, b"secret", "secret"])
@pytest.mark.parametrize(
    "form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL]
)
def test_keys_that_load(password, form):
    lock = password.encode() if isinstance(password, str) else password
    loaded = load_private_key(pem(KEY, lock, form), password)
    assert loaded.private_numbers() == KEY.private_numbers()


def test_a_needless_password_does_no_harm():
    assert load_private_key(pem(KEY), b"needless").key_size == 2048


def public_pem() -> bytes:
    return KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.mark.parametrize(
    ("data", "password", "code"),
    [
        (b"", None, "key_not_pem"),
        (b"garbage", None, "key_not_pem"),
        (
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            None,
            "key_not_pem",
        ),
        (public_pem(), None, "key_public"),
        (golden.certificate_pem(), None, "key_public"),
        (pem(ec.generate_private_key(ec.SECP256R1())), None, "key_not_rsa"),
        (
            pem(generate_key(1024)),
            None,
            "key_too_short",
        ),
        (pem(KEY, b"secret"), None, "key_password"),
        (pem(KEY, b"secret"), b"", "key_password"),
        (pem(KEY, b"secret"), b"wrong", "key_password"),
        (
            pem(KEY, b"secret", serialization.PrivateFormat.TraditionalOpenSSL),
            b"wrong",
            "key_password",
        ),
    ],
)
def test_keys_that_cannot_sign_for_spar(data, password, code):
    with pytest.raises(KeyUnusable) as caught:
        load_private_key(data, password)
    assert caught.value.code == code
    assert "secret" not in repr(caught.value) and "wrong" not in caught.value.args[0].split()


def test_a_signer_shows_no_key():
    assert repr(RsaSigner(KEY, "k")) == "RsaSigner(kid='k', canonical='as_sent')"


def _not_after(certificate) -> datetime:
    """Renamed in cryptography 42."""
    newer = hasattr(certificate, "not_valid_after_utc")
    return certificate.not_valid_after_utc if newer else certificate.not_valid_after


def test_the_certificate_carries_our_public_key():
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    made = self_signed_certificate(KEY, "registry", start, start + timedelta(days=365))
    certificate = x509.load_pem_x509_certificate(made)
    assert certificate.public_key().public_numbers() == KEY.public_key().public_numbers()
    assert certificate.subject.rfc4514_string() == "CN=registry"
    until = (start + timedelta(days=365)).replace(tzinfo=None)
    assert f"{until:%Y-%m-%d %H:%M:%S}" in str(_not_after(certificate))
    body = b"{}"
    check(RsaSigner(KEY).sign(body), body, certificate.public_key())
    PUBLIC_KEY.verify(
        certificate.signature,
        certificate.tbs_certificate_bytes,
        padding.PKCS1v15(),
        hashes.SHA256(),
    )


def test_generated_keys_are_good_enough_to_load():
    assert load_private_key(pem(generate_key())).key_size == 2048
    assert generate_key(3072).key_size == 3072
