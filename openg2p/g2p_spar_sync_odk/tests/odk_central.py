"""A small ODK Central on a real port: sessions, submissions, attachments; no form of its own."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class OdkCentral:
    """``submissions`` is what it serves; ``stop`` at the end."""

    def __init__(self):
        self.submissions = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.central = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._say({"token": "session"})

    def do_GET(self):
        path = urlsplit(self.path).path
        one = re.search(r"Submissions\('(.+)'\)$", path)
        found = self.server.central.submissions
        if path.endswith("/attachments"):
            self._say([])
        elif one:
            self._say({"value": [form for form in found if form["__id"] == one.group(1)]})
        else:
            self._say({"value": found})

    def _say(self, body):
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        """Quiet."""
