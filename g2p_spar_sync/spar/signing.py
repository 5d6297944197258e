"""What SPAR wants signed, and how: a detached JWS (RFC 7515), RS256 only.

The header ``Signature: b64u(header)..b64u(signature)`` signs ``b64u(header).b64u(body)``. The body
that is sent is exactly the bytes that were signed.
"""

import base64
import json
from datetime import datetime
from typing import Literal, Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .errors import KeyUnusable

#: as_sent: SPAR 1.1.0, keys in the order sent, non-ASCII escaped;
#: sorted: the 1.1 branch and 2.x, keys sorted, raw UTF-8
CanonicalForm = Literal["as_sent", "sorted"]

MINIMUM_BITS = 2048


class Signer(Protocol):
    kid: str | None
    canonical: CanonicalForm

    def sign(self, body: bytes, *, deadline: float | None = None) -> str:
        """The value of the Signature header for exactly these bytes. Raises RequestError.

        ``deadline``, in seconds of ``time.monotonic``, ends a signer that asks somebody else.
        """

    def close(self) -> None:
        """Give up connections, where it has any."""


def canonical_bytes(body: dict, form: CanonicalForm) -> bytes:
    """The bytes to sign and to send. The body must hold no float."""
    if form == "sorted":
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    else:
        text = json.dumps(body, separators=(",", ":"))
    return text.encode()


class RsaSigner:
    """Signs with an RSA private key; ``kid`` only when the partner registered one at SPAR."""

    def __init__(
        self,
        private_key: rsa.RSAPrivateKey,
        kid: str | None = None,
        canonical: CanonicalForm = "as_sent",
    ):
        self._key = private_key
        self.kid = kid
        self.canonical = canonical

    def __repr__(self) -> str:
        return f"RsaSigner(kid={self.kid!r}, canonical={self.canonical!r})"

    def sign(self, body: bytes, *, deadline: float | None = None) -> str:
        header = {"alg": "RS256", "typ": "JWT"} | ({"kid": self.kid} if self.kid else {})
        protected = b64u(json.dumps(header, separators=(",", ":")).encode())
        signed = f"{protected}.{b64u(body)}".encode()
        signature = self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return f"{protected}..{b64u(signature)}"

    def close(self) -> None:
        """Nothing was opened."""


def load_private_key(pem: bytes, password: bytes | str | None = None) -> rsa.RSAPrivateKey:
    """Read a PEM private key (PKCS#1 or #8, maybe encrypted). Raises KeyUnusable."""
    encrypted = b"ENCRYPTED" in pem
    if b"PRIVATE KEY-----" not in pem:
        public = b"PUBLIC KEY-----" in pem or b"CERTIFICATE-----" in pem
        raise KeyUnusable("key_public" if public else "key_not_pem")
    if encrypted and not password:
        raise KeyUnusable("key_password")
    secret = password.encode() if isinstance(password, str) else password
    try:
        key = serialization.load_pem_private_key(pem, secret if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyUnusable("key_password" if encrypted else "key_not_pem") from None
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
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
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


def b64u(data: bytes) -> str:
    """base64url without padding, as all of JWS is written."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
