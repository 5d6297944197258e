# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A stand-in for two services SPAR calls: Keycloak's token endpoint and MOSIP Keymanager.

Not the real ones, but the signatures are real. It checks them: RS256 over ``header.actualData``
against the certificate registered for (applicationId, referenceId), which must be valid today; and
it makes them, with keys that it keeps.

Usage: ``python -m tests.stack.stand_in_keymanager PORT CERTS_FOLDER KEYS_FOLDER`` with
``{client id: secret}`` as JSON in ``KEYMANAGER_CLIENTS``; the first one may verify only, the others
sign, too. Certificates of partners: ``CERTS_FOLDER/<applicationId>/<referenceId>.pem``. As in
Keymanager there is one for a partner: to register another one, replace the file, which ends the one
before at once. A ``kid`` chooses none.

* ``POST /token`` (form: client_id, client_secret, grant_type) -> ``{access_token, expires_in}``
* ``POST /v1/keymanager/jwtVerify`` with the token as bearer or as cookie ``Authorization``
  -> ``{"response": {"signatureValid": bool, ...}}``; 401 without a token of ours, 400 for no JSON.
* ``POST /v1/keymanager/jwtSign``, likewise -> ``{"response": {"jwtSignedData", "timestamp"}}``
* ``POST /v1/keymanager/generateMasterKey/CERTIFICATE``, likewise
  -> ``{"response": {"certificate", "timestamp"}}``
"""

import base64
import binascii
import hmac
import json
import os
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate

from .stand_in_keymanager_keys import Keys, Refused

TOKEN_SECONDS = 900
_SAFE = re.compile(r"[A-Za-z0-9_.-]+")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\s*", re.DOTALL)


class Certificates:
    """The registered certificates, read from files and kept until a file changes."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._cache: dict[Path, tuple[int, Certificate]] = {}

    def get(self, application: str, reference: str) -> Certificate | None:
        """The certificate of a partner, or None when none (or no readable one) is registered."""
        if not all(
            _SAFE.fullmatch(word) and not word.startswith(".") for word in (application, reference)
        ):
            return None
        path = self._folder / application / f"{reference}.pem"
        try:
            stamp = path.stat().st_mtime_ns
            cached = self._cache.get(path)
            if cached is None or cached[0] != stamp:
                found = _PEM.search(path.read_bytes())
                cached = (stamp, load_pem_x509_certificate(found.group(0) if found else b""))
                self._cache[path] = cached
        except (FileNotFoundError, ValueError):
            return None
        return cached[1]


def verify(token: str, actual_data: str, certificate: Certificate | None) -> tuple[bool, str]:
    """Check a compact JWS whose payload part must be ``actual_data`` (or empty: detached).

    :returns: (valid, reason in words).
    """
    if certificate is None:
        return False, "no certificate is registered for this applicationId and referenceId"
    now = datetime.now(UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return False, "the registered certificate is expired or not valid yet"
    parts = token.split(".")
    if len(parts) != 3 or parts[1] not in ("", actual_data):
        return False, "not a JWS over actualData"
    try:
        header = json.loads(_decode(parts[0]))
        signature = _decode(parts[2])
    except (binascii.Error, ValueError):
        return False, "the JWS is not base64url"
    if not isinstance(header, dict) or header.get("alg") != "RS256":
        return False, "alg is not RS256"
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False, "the registered certificate holds no RSA key"
    signed = f"{parts[0]}.{actual_data}".encode()
    try:
        key.verify(signature, signed, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False, "the signature does not match"
    return True, "valid"


class Handler(BaseHTTPRequestHandler):
    """The endpoints. Its server carries ``certificates``, ``keys`` and ``clients``."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # noqa: N802 (the name http.server calls)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        work = {
            "/v1/keymanager/jwtVerify": self._verify,
            "/v1/keymanager/jwtSign": self._sign,
            "/v1/keymanager/generateMasterKey/CERTIFICATE": self._generate,
        }.get(self.path)
        if self.path == "/token":
            self._token(body)
        elif work is None:
            self._answer(404, {"error": "not found"})
        else:
            self._let_in(work, body)

    def _token(self, body: bytes) -> None:
        form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        client = form.get("client_id", "")
        secret = self.server.clients.get(client)
        matches = secret and hmac.compare_digest(form.get("client_secret", ""), secret)
        if not matches or form.get("grant_type") != "client_credentials":
            self._answer(401, {"error": "invalid_client"})
            return
        token = self._seal(int(time.time()) + TOKEN_SECONDS, client)
        answer = {"access_token": token, "expires_in": TOKEN_SECONDS - 30, "token_type": "Bearer"}
        self._answer(200, answer)

    def _let_in(self, work: Callable[[dict], dict], body: bytes) -> None:
        client = self._client(self._bearer())
        if client is None:
            self._refuse(401, "KER-ATH-401", "Authentication Failed")
        elif work != self._verify and client == next(iter(self.server.clients)):
            self._refuse(403, "KER-ATH-403", "Forbidden")
        else:
            try:
                response = work(json.loads(body)["request"])
            except (ValueError, KeyError, TypeError) as error:
                self._answer(400, {"response": None, "errors": [{"message": repr(error)}]})
            except Refused as refused:
                self.log_message("%s: %s", self.path, refused.code)
                self._refuse(200, refused.code, refused.message)
            else:
                self._answer(200, {"response": response, "errors": None})

    def _verify(self, request: dict) -> dict:
        words = [request[key] for key in ("jwtSignatureData", "actualData")]
        names = [request[key] for key in ("applicationId", "referenceId")]
        valid, reason = verify(*words, self.server.certificates.get(*names))
        self.log_message("jwtVerify %s/%s: %s", *names, reason)
        return {"signatureValid": valid, "message": reason, "trustValid": "TRUST_NOT_VERIFIED"}

    def _sign(self, request: dict) -> dict:
        return {"jwtSignedData": self.server.keys.sign(request), "timestamp": _now()}

    def _generate(self, request: dict) -> dict:
        names = [request[key] for key in ("applicationId", "referenceId")]
        certificate = self.server.keys.generate(*names, force=bool(request.get("force")))
        return {"certificate": certificate.decode(), "timestamp": _now()}

    def _bearer(self) -> str:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return token
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("Authorization")
        return cookie.value if cookie else ""

    def _seal(self, expires: int, client: str) -> str:
        """A token that needs no memory, so that one issued before a restart stays good.

        :param expires: seconds since 1970.
        """
        secret = self.server.clients[client].encode()
        mac = hmac.digest(secret, f"token {expires} {client}".encode(), "sha256")
        return f"{expires}.{client}.{mac.hex()}"

    def _client(self, token: str) -> str | None:
        """Whose token it is, None when it is none of ours or over."""
        expires, _, rest = token.partition(".")
        client = rest.partition(".")[0]
        if not (expires.isascii() and expires.isdigit()) or int(expires) < time.time():
            return None
        if client not in self.server.clients:
            return None
        ours = self._seal(int(expires), client)
        return client if hmac.compare_digest(token.encode(), ours.encode()) else None

    def _refuse(self, status: int, code: str, message: str) -> None:
        errors = [{"errorCode": code, "message": message}]
        self._answer(status, {"response": None, "errors": errors})

    def _answer(self, status: int, content: dict) -> None:
        if "response" in content:
            content = {"id": None, "version": None, "responsetime": _now(), **content}
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _now() -> str:
    return f"{datetime.now(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def make_server(port: int, certs: Path, keys: Path, clients: dict[str, str]) -> ThreadingHTTPServer:
    """A server on 127.0.0.1; port 0 for any that is free."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.certificates, server.keys, server.clients = Certificates(certs), Keys(keys), clients
    return server


def main() -> None:
    """Serve until killed."""
    port, certs, keys = sys.argv[1:]
    clients = json.loads(os.environ["KEYMANAGER_CLIENTS"])
    make_server(int(port), Path(certs), Path(keys), clients).serve_forever()


if __name__ == "__main__":
    main()
