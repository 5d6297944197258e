"""RSA keys as SPAR takes them, their certificates, and the JWKS (RFC 7517) that publishes them."""

import base64
import hashlib
import json
import re
from datetime import datetime, timezone

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .errors import KeyUnusable

MINIMUM_BITS = 2048

_PRIVATE = re.compile(rb"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----\s.+?-----END \1-----", re.DOTALL)
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----\s.+?-----END CERTIFICATE-----", re.DOTALL)


def load_private_key(pem: bytes, password: bytes | str | None = None) -> rsa.RSAPrivateKey:
    """Read a PEM private key (PKCS#1 or #8, maybe encrypted). Raises KeyUnusable.

    What else the file holds, a certificate say, is not looked at.
    """
    found = _PRIVATE.search(pem)
    if not found:
        raise KeyUnusable(_what_it_is(pem))
    block = found.group(0)
    encrypted = b"ENCRYPTED" in block
    if encrypted and not password:
        raise KeyUnusable("key_password_missing")
    secret = password.encode() if isinstance(password, str) else password
    try:
        key = serialization.load_pem_private_key(block + b"\n", secret if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyUnusable("key_password_wrong" if encrypted else "key_not_pem") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyUnusable("key_not_rsa")
    if key.key_size < MINIMUM_BITS:
        raise KeyUnusable("key_too_short")
    return key


def generate_key(bits: int = MINIMUM_BITS) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def self_signed_certificate(
    key: rsa.RSAPrivateKey, common_name: str, not_before: datetime, not_after: datetime
) -> bytes:
    """PEM certificate of the public key, for SPAR's administrator to register."""
    # SPAR goes by the key alone; a name has 64 letters at the most (RFC 5280).
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def own_certificate(pem: bytes, key: rsa.RSAPrivateKey, now: datetime) -> bytes:
    """The first certificate of ``pem``, when it is ``key``'s and valid ``now``, in PEM form.

    Raises KeyUnusable. ``now``: naive, UTC.
    """
    found = _CERTIFICATE.search(pem)
    if not found:
        raise KeyUnusable("certificate_not_pem")
    try:
        certificate = x509.load_pem_x509_certificate(found.group(0) + b"\n")
        public_key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnusable("certificate_not_pem") from None
    if not isinstance(public_key, rsa.RSAPublicKey) or (
        public_key.public_numbers() != key.public_key().public_numbers()
    ):
        raise KeyUnusable("certificate_other_key")
    not_before, not_after = validity(certificate)
    if not_after <= now:
        raise KeyUnusable("certificate_expired")
    if not_before > now:
        raise KeyUnusable("certificate_not_yet_valid")
    return certificate.public_bytes(serialization.Encoding.PEM)


def validity(certificate: x509.Certificate) -> tuple[datetime, datetime]:
    """(not before, not after), naive, UTC. cryptography 42 renamed both."""
    if hasattr(certificate, "not_valid_after_utc"):
        both = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        return tuple(moment.astimezone(timezone.utc).replace(tzinfo=None) for moment in both)
    return certificate.not_valid_before, certificate.not_valid_after


def thumbprint(key: rsa.RSAPublicKey) -> str:
    """RFC 7638, SHA-256: a key id that anybody can compute of the key."""
    members = {name: value for name, value in _members(key).items() if name in ("e", "kty", "n")}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return b64u(hashlib.sha256(canonical).digest())


def jwk(certificate: x509.Certificate, kid: str) -> dict[str, str]:
    """The certificate's public key, as one of a JWKS's ``keys``."""
    return {**_members(certificate.public_key()), "use": "sig", "alg": "RS256", "kid": kid}


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _members(key: rsa.RSAPublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}


def _number(value: int) -> str:
    return b64u(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _what_it_is(pem: bytes) -> str:
    """The code of what was given instead of a private key."""
    if not pem.strip():
        return "key_missing"
    if b"PUBLIC KEY-----" in pem:
        return "key_public"
    return "key_certificate" if b"CERTIFICATE-----" in pem else "key_not_pem"
