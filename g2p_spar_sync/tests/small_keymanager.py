"""A small Keymanager on a real port: tokens, and ``jwtSign`` with a key that it holds.

It answers as MOSIP's does, errors with HTTP 200 among it, until a test sets a behaviour.
"""

import base64
import json
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from ..spar import generate_key, self_signed_certificate

APPLICATION, CLIENT, SECRET = "REGISTRY", "registry", "a-client-secret"


class SmallKeymanager:
    """The server and its key. ``reset`` between tests, ``stop`` at the end."""

    def __init__(self):
        self._keys = [generate_key(), generate_key()]
        self.released = threading.Event()
        self.start()
        self.reset()

    def start(self, port=0):
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
        self._server.daemon_threads = True
        self._server.keymanager = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def reset(self):
        self.released.set()
        self.released = threading.Event()
        self.key = self._keys[0]
        #: {token: seconds since 1970 when it ends}, as given out
        self.tokens = {}
        #: every request to jwtSign that was let in
        self.requests = []
        self.secret = SECRET
        #: answers jwtSign instead, called with the handler
        self.behaviour = None

    def renew(self):
        """It makes itself a new key, as Keymanager does when one has expired."""
        self.key = self._keys[1]

    def sign(self, request):
        now = datetime.now(timezone.utc)
        pem = self_signed_certificate(
            self.key, APPLICATION, now - timedelta(1), now + timedelta(365)
        )
        header = {"alg": "RS256", "kid": f"key-{self._keys.index(self.key)}"}
        if request["includeCertificate"]:
            header["x5c"] = ["".join(pem.decode().split("-----")[2].split())]
        protected = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
        signed = f"{protected}.{request['dataToSign']}"
        raw = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def silent(handler):
    """No answer while the test lasts."""
    handler.keymanager.released.wait(30)


def error(code):
    """Refuses with Keymanager's ``code``, and HTTP 200."""
    return lambda handler: handler.refuse(200, code)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def keymanager(self):
        return self.server.keymanager

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token":
            self._token({key: values[0] for key, values in parse_qs(body.decode()).items()})
        else:
            self._sign(json.loads(body)["request"])

    def _token(self, form):
        if (form["client_id"], form["client_secret"]) != (CLIENT, self.keymanager.secret):
            self.send(401, {"error": "invalid_client"})
            return
        token = f"token-{len(self.keymanager.tokens)}"
        self.keymanager.tokens[token] = time.time() + 300
        self.send(200, {"access_token": token, "expires_in": 300})

    def _sign(self, request):
        token = self.headers.get("Cookie", "").removeprefix("Authorization=")
        if self.keymanager.tokens.get(token, 0) < time.time():
            self.refuse(401, "KER-ATH-401")
            return
        self.keymanager.requests.append(request)
        if self.keymanager.behaviour:
            self.keymanager.behaviour(self)
        elif request["applicationId"] != APPLICATION:
            self.refuse(200, "KER-JWS-108")
        else:
            self.send(
                200,
                {"response": {"jwtSignedData": self.keymanager.sign(request)}, "errors": None},
            )

    def refuse(self, status, code):
        self.send(status, {"response": None, "errors": [{"errorCode": code, "message": "No."}]})

    def send(self, status, content):
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        """Nothing on stderr."""
