# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A stand-in for SPAR 2.x: a real HTTP server that keeps a table and verifies signatures.

It is no SPAR. It behaves as the transcripts of 2.1.0 and develop do, and is held to every one of
them by tests/unit/test_stand_in_spar_2.py.
"""

import base64
import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from tests.stand_in_spar_2_table import Failing, Internal, Invalid, Table, check

PATHS = {f"/mapper/{op}": op for op in ("link", "update", "resolve", "unlink")}
_UNSIGNED = "StatusReasonCodeEnum.rjct_jwt_invalid"


@dataclass
class Partners:
    """Who may sign; SPAR asks its Keymanager."""

    #: reference, e.g. PARTNER_TEST_PARTNER -> public keys
    keys: Mapping[str, Sequence[RSAPublicKey]]
    up: bool = True

    def verify(self, signature: str, body: object) -> bool:
        """False: absent, or not by the partner's key. Raises Failing as SPAR does."""
        if not isinstance(body, dict):
            raise Failing()
        if not signature:
            return False
        if not self.up:
            raise Failing()
        parts = signature.split(".")
        keys = self.keys.get(f"PARTNER_{_sender(body)}")
        if len(parts) != 3 or keys is None:
            raise Failing()
        try:
            header = json.loads(_unb64(parts[0]))
            raw = _unb64(parts[2])
        except ValueError:
            raise Failing() from None
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        signed = f"{parts[0]}.{_b64(canonical.encode())}".encode()
        return header.get("alg") == "RS256" and any(_is_by(key, raw, signed) for key in keys)


def answer(op: str, raw: bytes, headers: Mapping[str, str], partners: Partners, table: Table):
    """(status, body) of one POST: signature, schema, list and table, in SPAR's order."""
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        return _errors(400, "G2P-REQ-102", "Invalid Input. JSON decode error")
    try:
        signed = partners.verify(headers.get("Signature", ""), body)
        items = check(op, body)
        if headers.get("Content-Type") != "application/json":
            raise Invalid()
    except Failing:
        return _errors(500, "G2P-REQ-100", "Unknown Error.")
    except Invalid:
        return _errors(400, "G2P-REQ-102", "Invalid Input. Field required")
    if not signed:
        return _enveloped(op, body, [], "rjct.request.validation", _UNSIGNED)
    if not items:
        empty = f"Empty {op}_request list in request.request_body.request_payload"
        return _enveloped(op, body, [], "rjct.request.validation", empty)
    try:
        return _enveloped(op, body, table.work(op, items))
    except Internal:
        return _enveloped(op, body, [], "rjct.internal.error", "Internal server error")


def _errors(status: int, code: str, message: str) -> tuple[int, dict]:
    return status, {"errors": [{"code": code, "message": message}]}


def _enveloped(
    op: str, body: dict, rows: list, code: str | None = None, message: str | None = None
) -> tuple[int, dict]:
    header = {
        "request_id": body["request_header"]["request_id"],
        "response_status": "ERROR" if code else "SUCCESS",
        "response_error_code": code,
        "response_error_message": message,
        "response_timestamp": datetime.now(timezone.utc).replace(tzinfo=None).isoformat(),
    }
    payload = {
        "transaction_id": body["request_body"]["request_payload"]["transaction_id"],
        "correlation_id": None,
        f"{op}_response": rows,
    }
    wrapped = {"pagination_response": None, "response_payload": payload}
    return 200, {"response_header": header, "response_body": wrapped}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    #: seconds after which an idle connection is closed without a word, as by uvicorn
    timeout = 5
    #: set per server
    partners: Partners
    table: Table

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.rstrip("/") != self.path:
            self._send(307, b"", Location=self.path.rstrip("/"))
        elif self.path not in PATHS:
            self._answer(*_errors(404, "G2P-REQ-404", "Not Found"))
        else:
            self._answer(*answer(PATHS[self.path], raw, self.headers, self.partners, self.table))

    def do_GET(self):
        self._answer(*_errors(405, "G2P-REQ-405", "Method Not Allowed"))

    def log_message(self, *args):
        """Nothing on stderr."""

    def _answer(self, status: int, body: dict) -> None:
        # After a 500 it closes, and does not say so.
        self.close_connection = status == 500
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        self._send(status, text.encode(), Content_Type="application/json")

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    """When it goes, no connection stays, as when a process ends."""

    daemon_threads = True

    def __init__(self, *args):
        super().__init__(*args)
        self._open: set[socket.socket] = set()

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self):
        super().server_close()
        for connection in tuple(self._open):
            with suppress(OSError):  # the client, or its own thread, was faster
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        """Clients that go away in the middle are what tests are about."""


@contextmanager
def serving(partners: Partners, table: Table, port: int = 0) -> Iterator[str]:
    """The base URL of a stand-in, on a free port unless one is named."""
    handler = type("_Own", (_Handler,), {"partners": partners, "table": table})
    server = _Server(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _sender(body: dict) -> str:
    """As the Keymanager knows it; SPAR reads the other wire format's header as well."""
    header = body.get("request_header") or body.get("header") or {}
    name = header.get("sender_app_mnemonic") or header.get("sender_id") or ""
    return name.replace("-", "_").upper()


def _is_by(key: RSAPublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
