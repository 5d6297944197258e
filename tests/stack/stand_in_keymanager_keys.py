# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The keys of the Keymanager stand-in: what ``generateMasterKey`` makes and ``jwtSign`` signs with.

As in the real one: an application must have been set up; the key of an application has the empty
reference, and only ``KERNEL`` has another (``SIGN``); whoever names no application gets the
signature of ``KERNEL``; a header carries a key id, and the certificate only when asked for.
"""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import (
    Certificate,
    CertificateBuilder,
    Name,
    NameAttribute,
    load_pem_x509_certificate,
    random_serial_number,
)
from cryptography.x509.oid import NameOID

#: Who signs for callers that name no application.
FALLBACK = ("KERNEL", "SIGN")


class Refused(Exception):
    """``code`` and ``message`` as Keymanager says them, with HTTP 200."""

    def __init__(self, code: str, message: str):
        super().__init__(code)
        self.code, self.message = code, message


class Keys:
    """Private keys with their certificates, one file for each (applicationId, referenceId)."""

    def __init__(self, folder: Path):
        self._folder = folder

    def generate(self, application: str, reference: str, force: bool) -> bytes:
        """Its certificate, PEM; a new key when there is none or ``force`` asks for one."""
        path = self._path(application, reference)
        if force or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            certificate = _certificate(key, application)
            secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            path.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
        return load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.PEM)

    def sign(self, request: dict) -> str:
        """``jwtSignedData`` for a JWTSignatureRequestDto. Raises Refused."""
        application = request.get("applicationId") or ""
        reference = request.get("referenceId") or ""
        if application and not self._path(application, "").parent.exists():
            raise Refused("KER-JWS-108", "Signing data not allowed for the authenticated token.")
        payload = _payload(request.get("dataToSign"))
        if not application.strip():
            application, reference = FALLBACK
            self.generate(*FALLBACK, force=False)
        if reference and (application, reference) != FALLBACK:
            raise Refused("KER-KMS-020", "Signing operation not allowed for the provided ids.")
        path = self._path(application, reference)
        if not path.exists():
            raise Refused("KER-KMS-012", "Key Generation Process is not completed.")
        return _jws(path.read_bytes(), payload, request)

    def _path(self, application: str, reference: str) -> Path:
        if not all(c.isalnum() or c in "-_" for c in application + reference):
            raise Refused("KER-KMS-005", "Invalid request")
        return self._folder / application / f"{reference or 'master'}.pem"


def _payload(text: object) -> bytes:
    if not isinstance(text, str) or not text:
        raise Refused("KER-JWS-102", "Data to sign is not valid.")
    try:
        payload = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        json.loads(payload)
    except ValueError:
        raise Refused("KER-JWS-103", "Data to sign is not valid JSON.") from None
    return payload


def _jws(pem: bytes, payload: bytes, request: dict) -> str:
    key, certificate = load_pem_private_key(pem, None), load_pem_x509_certificate(pem)
    der = certificate.public_bytes(Encoding.DER)
    header = {"alg": "RS256", "kid": _b64u(hashlib.sha256(der).digest())}
    if request.get("includeCertificate"):
        header["x5c"] = [base64.b64encode(der).decode()]
    protected = _b64u(json.dumps(header, separators=(",", ":")).encode())
    signed = f"{protected}.{_b64u(payload)}"
    signature = _b64u(key.sign(signed.encode(), padding.PKCS1v15(), SHA256()))
    middle = _b64u(payload) if request.get("includePayload") else ""
    return f"{protected}.{middle}.{signature}"


def _certificate(key: rsa.RSAPrivateKey, name: str) -> Certificate:
    now = datetime.now(UTC)
    subject = Name([NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1095))
        .sign(key, SHA256())
    )


def _b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
