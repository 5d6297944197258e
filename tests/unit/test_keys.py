"""Keys and certificates that are handed in, that are made, and the JWKS that publishes them."""

import base64
import json
from datetime import datetime, timedelta

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from spar.errors import KeyUnusable
from spar.keys import (
    generate_key,
    jwk,
    load_private_key,
    own_certificate,
    self_signed_certificate,
    thumbprint,
    validity,
)
from spar.signing import RsaSigner

from . import golden
from .test_signing import CERTIFICATE, KEY, PUBLIC_KEY, check

NOW = datetime(2026, 11, 23, 12, 0)
PKCS8 = serialization.PrivateFormat.PKCS8
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
SHORT = generate_key(1024)
CURVE = ec.generate_private_key(ec.SECP256R1())


def pem(key, password=None, form=PKCS8) -> bytes:
    lock = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, form, lock)


def certificate(key=KEY, start=-1, end=365) -> bytes:
    """``start``, ``end``: days from NOW."""
    days = (NOW + timedelta(days=start), NOW + timedelta(days=end))
    return self_signed_certificate(key, "registry", *days)


def public_pem() -> bytes:
    return PUBLIC_KEY.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def refused(call, *args) -> str:
    with pytest.raises(KeyUnusable) as caught:
        call(*args)
    assert "secret" not in repr(caught.value)
    return caught.value.code


@pytest.mark.parametrize("password", [None, b"secret", "secret"])
@pytest.mark.parametrize("form", [PKCS8, PKCS1])
def test_keys_that_load(password, form):
    lock = password.encode() if isinstance(password, str) else password
    loaded = load_private_key(pem(KEY, lock, form), password)
    assert loaded.private_numbers() == KEY.private_numbers()


def test_a_needless_password_does_no_harm():
    assert load_private_key(pem(KEY), b"needless").key_size == 2048


@pytest.mark.parametrize("lock", [None, b"secret"])
@pytest.mark.parametrize("form", [PKCS8, PKCS1])
def test_a_file_with_more_in_it(lock, form):
    both = b"Bag Attributes\r\n" + certificate() + pem(KEY, lock, form) + certificate()
    for text in (both, both.replace(b"\n", b"\r\n")):
        assert load_private_key(text, lock).private_numbers() == KEY.private_numbers()


@pytest.mark.parametrize(
    ("data", "password", "code"),
    [
        (b"", None, "key_missing"),
        (b" \n", None, "key_missing"),
        (b"garbage", None, "key_not_pem"),
        (b"\x30\x82\x04\xbd\x02\x01", None, "key_not_pem"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", None, "key_not_pem"),
        (pem(KEY)[:-40], None, "key_not_pem"),
        (
            b"-----BEGIN OPENSSH PRIVATE KEY-----\nAA==\n-----END OPENSSH PRIVATE KEY-----",
            None,
            "key_not_pem",
        ),
        (public_pem(), None, "key_public"),
        (golden.certificate_pem(), None, "key_certificate"),
        (pem(CURVE), None, "key_not_rsa"),
        (pem(CURVE, form=PKCS1), None, "key_not_rsa"),
        (pem(SHORT), None, "key_too_short"),
        (pem(KEY, b"secret"), None, "key_password_missing"),
        (pem(KEY, b"secret"), b"", "key_password_missing"),
        (pem(KEY, b"secret"), b"wrong", "key_password_wrong"),
        (pem(KEY, b"secret", PKCS1), None, "key_password_missing"),
        (pem(KEY, b"secret", PKCS1), b"wrong", "key_password_wrong"),
    ],
)
def test_keys_that_cannot_sign_for_spar(data, password, code):
    assert refused(load_private_key, data, password) == code


def test_every_code_has_its_words():
    with pytest.raises(KeyError):
        KeyUnusable("no_such_code")
    assert all(str(KeyUnusable(code)).endswith(f"({code})") for code in KeyUnusable.MESSAGES)


def test_a_certificate_of_ones_own():
    chain = certificate() + certificate(generate_key())
    assert own_certificate(b"a line before\n" + chain, KEY, NOW) == certificate_of(chain)


def certificate_of(chain: bytes) -> bytes:
    return x509.load_pem_x509_certificate(chain).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "certificate_not_pem"),
        (b"garbage", "certificate_not_pem"),
        (pem(KEY), "certificate_not_pem"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "certificate_not_pem",
        ),
        (certificate(generate_key()), "certificate_other_key"),
        (certificate(start=-30, end=-1), "certificate_expired"),
        (certificate(start=-30, end=0), "certificate_expired"),
        (certificate(start=1), "certificate_not_yet_valid"),
    ],
)
def test_certificates_that_do_not_fit(data, code):
    assert refused(own_certificate, data, KEY, NOW) == code


def test_a_certificate_of_another_kind_of_key():
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "curve")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(CURVE.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(CURVE, hashes.SHA256())
    )
    data = made.public_bytes(serialization.Encoding.PEM)
    assert refused(own_certificate, data, KEY, NOW) == "certificate_other_key"


def test_the_certificate_carries_our_public_key():
    made = x509.load_pem_x509_certificate(certificate())
    assert made.public_key().public_numbers() == PUBLIC_KEY.public_numbers()
    assert made.subject.rfc4514_string() == "CN=registry"
    assert validity(made) == (NOW - timedelta(days=1), NOW + timedelta(days=365))
    check(RsaSigner(KEY).sign(b"{}"), b"{}", made.public_key())
    PUBLIC_KEY.verify(
        made.signature, made.tbs_certificate_bytes, padding.PKCS1v15(), hashes.SHA256()
    )


def test_generated_keys_are_good_enough_to_load():
    assert load_private_key(pem(generate_key())).key_size == 2048
    assert generate_key(3072).key_size == 3072


def test_the_thumbprint_of_rfc_7638():
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
        "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    number = int.from_bytes(base64.urlsafe_b64decode(modulus + "=="), "big")
    key = rsa.RSAPublicNumbers(65537, number).public_key()
    assert thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_jwks_that_a_library_of_others_verifies_by():
    """As SPAR's monorepo does: the key by its id, RS256 only."""
    other = generate_key(3072)
    second = x509.load_pem_x509_certificate(certificate(other))
    text = json.dumps({"keys": [jwk(CERTIFICATE, "old"), jwk(second, "new")]})
    jwks = jwt.PyJWKSet.from_json(text)
    for key, kid in ((KEY, "old"), (other, "new")):
        signature = RsaSigner(key, kid).sign(b"{}")
        whole = signature.replace("..", f".{base64.urlsafe_b64encode(b'{}').decode().rstrip('=')}.")
        assert jwks[kid].algorithm_name == "RS256"
        assert jwt.PyJWS().decode(whole, jwks[kid], algorithms=["RS256"]) == b"{}"
    assert not {"d", "p", "q"} & {name for key in json.loads(text)["keys"] for name in key}
