"""Checks on a JWS (RFC 7515) that another signed for us: RS256, over our bytes, by a known key."""

import base64
import json

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .errors import KeymanagerUnusable
from .keys import MINIMUM_BITS


def split(jws: str, payload: str) -> tuple[str, str, dict]:
    """(protected header, signature, the header read) of a JWS over ``payload``, by RS256."""
    parts = jws.split(".")
    if len(parts) != 3:
        raise KeymanagerUnusable(code="keymanager_no_jws")
    if parts[1] not in ("", payload):
        raise KeymanagerUnusable(code="keymanager_other_bytes")
    try:
        header = json.loads(_unb64u(parts[0]))
    except ValueError:
        raise KeymanagerUnusable(code="keymanager_no_jws") from None
    if not isinstance(header, dict):
        raise KeymanagerUnusable(code="keymanager_no_jws")
    if header.get("alg") != "RS256" or "crit" in header:
        raise KeymanagerUnusable(code="keymanager_algorithm")
    return parts[0], parts[2], header


def verify(certificate: x509.Certificate, signed: str, signature: str) -> None:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < MINIMUM_BITS:
        raise KeymanagerUnusable(code="keymanager_algorithm")
    try:
        key.verify(_unb64u(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, InvalidSignature):
        raise KeymanagerUnusable(code="keymanager_other_key") from None


def included(header: dict) -> x509.Certificate:
    """The certificate in a header: x5c holds DER in plain base64, the signer's first."""
    chain = header.get("x5c")
    try:
        return x509.load_der_x509_certificate(base64.b64decode(chain[0], validate=True))
    except (TypeError, LookupError, ValueError):
        raise KeymanagerUnusable(code="keymanager_no_jws") from None


def _unb64u(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
