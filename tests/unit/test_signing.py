"""Signatures against the recorded ones, and against checkers that are not ours."""

import base64
import json

import jwt
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from spar.keys import generate_key, thumbprint
from spar.signing import RsaSigner, canonical_bytes

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


def test_a_signer_shows_no_key():
    assert repr(RsaSigner(KEY, "k")) == "RsaSigner(kid='k', canonical='as_sent')"


def test_a_signer_tells_its_key_apart_from_others():
    assert RsaSigner(KEY).thumbprint == RsaSigner(KEY, "k").thumbprint == thumbprint(PUBLIC_KEY)
    assert RsaSigner(KEY).thumbprint != RsaSigner(generate_key()).thumbprint
