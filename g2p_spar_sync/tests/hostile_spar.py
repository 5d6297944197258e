"""A small SPAR on a real port: unsigned G2P Connect 1.0, a table, and any misbehaviour wanted.

It answers as SPAR 1.0.0 does (see tests/unit/transcripts), until a test queues a behaviour.
"""

import json
import re
import socket
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DUPLICATE = "rjct.reference_id.duplicate"
INVALID_ID = "rjct.id.invalid"
NOT_LINKED = "succ.fa.not_linked_to_id"


class HostileSpar:
    """The server and its table. ``reset`` between tests, ``stop`` at the end."""

    def __init__(self):
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.spar = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.released = threading.Event()
        self.reset()

    def reset(self):
        """Forget everything."""
        self.released.set()
        self.released = threading.Event()
        #: SPAR id -> its string
        self.table = {}
        #: every request, as (operation, {SPAR id: string sent or None})
        self.log = []
        #: the items of every request, as they came
        self.items = []
        #: (operation or None for any, behaviour), each used once
        self.queue = deque()
        #: operation -> behaviour, used every time
        self.always = {}
        #: SPAR id -> code with which it is refused
        self.refused = {}
        #: requests that travel still: (operation, rows)
        self.travelling = []

    def stop(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def next(self, behaviour, operation=None):
        """``behaviour(handler, operation, rows)`` answers the next such request."""
        self.queue.append((operation, behaviour))

    def writes(self, spar_id=None):
        """The requests that change something, as (operation, account), of one id or all."""
        return [
            (operation, account(fa))
            for operation, items in self.log
            if operation != "resolve"
            for key, fa in items.items()
            if spar_id in (None, key)
        ]

    def land(self):
        """What travelled arrives, in the order it was sent."""
        for operation, rows in self.travelling:
            self.work(operation, rows)
        self.travelling = []

    def work(self, operation, rows):
        """Do what is asked; the rows of the answer, or None where SPAR fails (500)."""
        if operation == "link" and len({row["id"] for row in rows}) < len(rows):
            return None
        answers = [self._one(operation, row) for row in rows]
        # SPAR keeps the order of all but resolve.
        return answers[::-1] if operation == "resolve" else answers

    def _one(self, operation, row):
        spar_id, held = row["id"], self.table.get(row["id"])
        answer = {"reference_id": row["reference_id"], "status": "succ", "status_reason_code": None}
        refusal = self.refused.get(spar_id)
        if operation == "resolve":
            if held is None:
                return answer | {"status_reason_code": NOT_LINKED}
            return answer | {"id": spar_id, "fa": held}
        if operation == "link" and held is not None:
            refusal = DUPLICATE
        elif operation == "update" and held is None:
            refusal = DUPLICATE
        elif operation == "unlink" and held != row.get("fa"):
            refusal = INVALID_ID
        if refusal:
            return answer | {"status": "rjct", "status_reason_code": refusal}
        if operation == "unlink":
            del self.table[spar_id]
        else:
            self.table[spar_id] = row["fa"]
        return answer

    def _behaviour(self, operation):
        for entry in self.queue:
            if entry[0] in (None, operation):
                self.queue.remove(entry)
                return entry[1]
        return self.always.get(operation, well)


def account(fa):
    """The account, phone or email in SPAR's string."""
    return fa and re.match(r"\w+:(.*?)\.[a-z_]+:", fa).group(1)


def well(handler, operation, rows):
    """As SPAR does it."""
    answers = handler.spar.work(operation, rows)
    if answers is None:
        fail(handler, operation, rows)
    else:
        handler.answer(operation, answers)


def fail(handler, operation, rows):
    """500 in SPAR's own words; nothing is applied."""
    error = {"code": "G2P-REQ-100", "message": "Unknown error"}
    handler.send(500, json.dumps({"errors": [error]}).encode())


def half(handler, operation, rows):
    """500 after the first half was applied."""
    handler.spar.work(operation, rows[: (len(rows) + 1) // 2])
    fail(handler, operation, rows)


def html(handler, operation, rows):
    """200 with a page, as a proxy says it."""
    handler.send(200, b"<html><body>Welcome</body></html>")


def truncated(handler, operation, rows):
    """Applied, but the answer breaks off."""
    whole = handler.whole(operation, handler.spar.work(operation, rows))
    handler.send(200, whole[: len(whole) // 2])


def error_in_200(handler, operation, rows):
    """200 whose header refuses the whole request."""
    header = {"status": "rjct", "status_reason_code": "rjct.request.validation"}
    handler.send(200, json.dumps({"header": header, "message": {}}).encode())


def refuse_request(handler, operation, rows):
    """400 for the whole batch, as for one item without a required field."""
    error = {"code": "G2P-REQ-102", "message": "Invalid input"}
    handler.send(400, json.dumps({"errors": [error]}).encode())


def bad_signature(handler, operation, rows):
    """As SPAR 1.1 refuses a signature, or while its Keymanager is down."""
    header = {"status": "rjct", "status_reason_code": "rjct.jwt.invalid"}
    handler.send(200, json.dumps({"header": header, "message": {}}).encode())


def unavailable(handler, operation, rows):
    """503 by what stands before SPAR."""
    handler.send(503, b"unavailable")


def cut(handler, operation, rows):
    """The connection breaks before anything is applied; nothing comes later."""
    handler.cut()


def cut_applied(handler, operation, rows):
    """Applied, then the connection breaks."""
    handler.spar.work(operation, rows)
    handler.cut()


def travel(handler, operation, rows):
    """The connection breaks, and the request arrives only with ``land``."""
    handler.spar.travelling.append((operation, rows))
    handler.cut()


def silent(handler, operation, rows):
    """Applied, but no answer while the test lasts."""
    handler.spar.work(operation, rows)
    handler.spar.released.wait(30)
    handler.cut()


def doubled(handler, operation, rows):
    """Applied; every item is answered twice."""
    handler.answer(operation, handler.spar.work(operation, rows) * 2)


def incomplete(handler, operation, rows):
    """Applied; the last item is missing from the answer."""
    handler.answer(operation, handler.spar.work(operation, rows)[:-1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def spar(self):
        return self.server.spar

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = request["header"]["action"]
        rows = request["message"][f"{operation}_request"]
        self.spar.items += rows
        self.spar.log.append((operation, {row["id"]: row.get("fa") for row in rows}))
        self.spar._behaviour(operation)(self, operation, rows)

    def whole(self, operation, answers):
        header = {"status": "succ", "action": operation}
        return json.dumps(
            {"header": header, "message": {f"{operation}_response": answers}}
        ).encode()

    def answer(self, operation, answers):
        self.send(200, self.whole(operation, answers))

    def send(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def cut(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *args):
        """Nothing on stderr."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that go away in the middle are what some tests are about."""
