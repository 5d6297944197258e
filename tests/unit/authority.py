"""An authority of the tests' own, and what it certifies."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime.now(timezone.utc)
DAY = timedelta(days=1)
_PLAIN = serialization.NoEncryption()


@dataclass(frozen=True)
class Certified:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def key_pem(self, password: str | None = None) -> str:
        lock = serialization.BestAvailableEncryption(password.encode()) if password else _PLAIN
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, lock).decode()


def authority(name: str = "authority") -> Certified:
    """The same each time."""
    return _authority(name)


@cache
def _authority(name: str) -> Certified:
    return _certify(name, None, ca=True)


def certified(
    name: str = "spar",
    by: str = "authority",
    *,
    hosts: tuple[str, ...] = ("127.0.0.1",),
    first: datetime = NOW - DAY,
    last: datetime = NOW + DAY,
) -> Certified:
    """A leaf by the authority called ``by``; an authority of that name is made where needed."""
    return _certify(name, authority(by), hosts=hosts, first=first, last=last)


def server_context(
    folder: Path, leaf: Certified, clients: Certified | None = None
) -> ssl.SSLContext:
    """For a server; with ``clients`` it lets in only whom that authority certified."""
    path = folder / f"{leaf.certificate.serial_number}.pem"
    path.write_text(leaf.pem + leaf.key_pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=clients.pem)
    return context


def _certify(name, issuer, *, ca=False, hosts=(), first=NOW - DAY, last=NOW + DAY) -> Certified:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    by = issuer or Certified(None, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
    )
    if hosts:
        names = [_general(host) for host in hosts]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Certified(builder.sign(by.key, hashes.SHA256()), key)


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
