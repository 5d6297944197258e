"""TLS as one connection wants it: whom it trusts, and by what it shows who it is."""

import os
import re
import secrets
import ssl
import tempfile
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from requests.certs import where as default_bundle

from .keys import validity
from .settings import SettingUnusable

# Older versions of cryptography read one at a time.
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def read_ca_bundle(pem: str, now: datetime | None) -> list[x509.Certificate]:
    """The certificates of a bundle, all valid at ``now`` (naive UTC), if given.

    Raises SettingUnusable.
    """
    return _read(pem, now, "ca")


def read_client_certificate(pem: str, now: datetime | None) -> list[x509.Certificate]:
    """Our own certificate, then those between it and its authority, as ``read_ca_bundle``."""
    return _read(pem, now, "client")


def read_client_key(pem: str, password: str | None) -> bytes:
    """PEM, PKCS#8, without a password: of a key that may have one. Raises SettingUnusable."""
    data = pem.encode()
    if b"PRIVATE KEY-----" not in data:
        raise SettingUnusable("client_key_not_pem")
    encrypted = b"ENCRYPTED" in data
    if encrypted and not password:
        raise SettingUnusable("client_key_password")
    try:
        key = serialization.load_pem_private_key(
            data, (password or "").encode() if encrypted else None
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        code = "client_key_password" if encrypted else "client_key_not_pem"
        raise SettingUnusable(code) from None
    return _pem(key, serialization.NoEncryption())


def check_pair(certificate: x509.Certificate, key: bytes) -> None:
    """Raise SettingUnusable unless ``key``, a PEM, is the one that was certified."""
    private = serialization.load_pem_private_key(key, None)
    if _public(private.public_key()) != _public(certificate.public_key()):
        raise SettingUnusable("client_key_other")


def check_usable(certificate: str, key: bytes) -> None:
    """Raise SettingUnusable unless TLS on this machine can show them, both PEM."""
    try:
        ssl_context(None, certificate, key)
    except ssl.SSLError:
        raise SettingUnusable("client_unusable") from None


def ssl_context(
    ca_bundle: str | None = None, certificate: str | None = None, key: bytes | None = None
) -> ssl.SSLContext:
    """For a client. With a bundle nobody else is trusted; without, whom requests trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_bundle:
        # SPAR's own certificate, or one between, is as good an anchor as its root.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        # Between them stands whose they are, maybe not in ASCII.
        context.load_verify_locations(cadata="\n".join(_CERTIFICATE.findall(ca_bundle)))
    else:
        context.load_verify_locations(default_bundle())
    if certificate and key:
        _load_chain(context, certificate, key)
    return context


def _load_chain(context: ssl.SSLContext, certificate: str, key: bytes) -> None:
    """OpenSSL reads them from a file only: what lies there is locked by a password of this call."""
    password = secrets.token_bytes(32)
    private = serialization.load_pem_private_key(key, None)
    locked = _pem(private, serialization.BestAvailableEncryption(password))
    descriptor, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(certificate.encode() + b"\n" + locked)
        context.load_cert_chain(path, password=password)
    finally:
        os.unlink(path)


def _read(pem: str, now: datetime | None, kind: str) -> list[x509.Certificate]:
    if "PRIVATE KEY-----" in pem:
        raise SettingUnusable(f"{kind}_private_key")
    try:
        found = [x509.load_pem_x509_certificate(one.encode()) for one in _CERTIFICATE.findall(pem)]
    except ValueError:
        raise SettingUnusable(f"{kind}_not_pem") from None
    if not found:
        raise SettingUnusable(f"{kind}_not_pem")
    for certificate in found if now else ():
        subject = certificate.subject.rfc4514_string()
        first, last = validity(certificate)
        if last <= now:
            raise SettingUnusable(f"{kind}_expired", subject=subject, at=f"{last:%Y-%m-%d}")
        if first > now:
            raise SettingUnusable(f"{kind}_not_yet_valid", subject=subject, at=f"{first:%Y-%m-%d}")
    return found


def _pem(key, lock: serialization.KeySerializationEncryption) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


def _public(key) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
