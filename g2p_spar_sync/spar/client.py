"""SparClient: resolve, link, update and unlink at one SPAR mapper."""

import hashlib
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

import requests

from .answers import Item, ItemOutcome, Operation
from .errors import (
    AnswerTruncated,
    ConnectionCut,
    RequestError,
    ServerFailed,
    SignatureRefused,
    SigningKeyUnusable,
)
from .exchange import Exchange, RawAnswer
from .route import Route
from .signing import Signer, canonical_bytes
from .wire import WireFormat


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds. 1,000 updates took SPAR 10 to 17 s, so the wait follows the batch."""

    connect: float = 5.0
    #: longest silence while the answer is awaited: base + per_item * items
    read_base: float = 20.0
    read_per_item: float = 0.1
    #: longest whole call, with connecting and reading
    total: float = 120.0


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A usable answer, and what belongs into the event about it."""

    operation: Operation
    #: one per item, in the order of the items
    outcomes: list[ItemOutcome]
    message_id: str
    transaction_id: str
    #: SHA-256, hex, of the bytes that were sent
    digest: str
    kid: str | None
    seconds: float
    #: what time SPAR, or what stands before it, says it is
    server_time: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class _Request:
    path: str
    payload: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    message_id: str
    transaction_id: str
    digest: str


class SparClient:
    """Operations raise RequestError; making one raises ConfigurationUnusable.

    ``spare_signers`` are further keys of ours that SPAR may know instead: while a key is changed,
    SPAR accepts the old one, the new one or both. A request whose signature SPAR refused was not
    looked at, so it is made anew and signed by the next of them.

    ``deadline``, in seconds of ``monotonic``, ends a call early; nothing is sent once it passed.
    Nothing that writes is repeated. A client belongs to one thread.
    """

    def __init__(
        self,
        *,
        base_url: str,
        wire: WireFormat,
        signer: Signer | None = None,
        spare_signers: Sequence[Signer] = (),
        sender_id: str,
        receiver_id: str = "spar",
        session: requests.Session | None = None,
        timeouts: Timeouts | None = None,
        max_answer_bytes: int = 8 * 1024 * 1024,
        route: Route | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self._wire = wire
        self._signers = [signer, *spare_signers] if wire.signed else [None]
        #: the signer of the last answer that SPAR gave, None before
        self.accepted: Signer | None = None
        self._sender_id, self._receiver_id = sender_id, receiver_id
        self._timeouts = timeouts or Timeouts()
        self._clock, self._monotonic = clock, monotonic
        self._exchange = Exchange(
            base_url=base_url,
            session=session,
            route=route or Route(),
            max_answer_bytes=max_answer_bytes,
            monotonic=monotonic,
        )

    def __repr__(self) -> str:
        return f"<SparClient {self._wire.name} {self._exchange.host}>"

    def resolve(self, items: Sequence[Item], *, deadline: float | None = None) -> Reply:
        """Ask what SPAR holds. Asked once more, on a fresh connection, when the first one broke."""
        until = self._until(deadline)
        try:
            return self._call("resolve", items, until)
        except (ConnectionCut, AnswerTruncated, ServerFailed):
            return self._call("resolve", items, until)

    def link(self, items: Sequence[Item], *, deadline: float | None = None) -> Reply:
        return self._call("link", items, self._until(deadline))

    def update(self, items: Sequence[Item], *, deadline: float | None = None) -> Reply:
        return self._call("update", items, self._until(deadline))

    def unlink(self, items: Sequence[Item], *, deadline: float | None = None) -> Reply:
        return self._call("unlink", items, self._until(deadline))

    def probe(self, *, deadline: float | None = None) -> Reply:
        """Resolve one id that cannot exist: tries name, TLS, path, signature and database."""
        random = uuid.uuid4().hex
        item = Item(reference_id=random, spar_id=f"spar-probe-{random}")
        return self.resolve([item], deadline=deadline)

    def sign_by(self, *signers: Signer) -> None:
        """From now on by these, and in this order."""
        self._signers = list(signers)

    def close(self) -> None:
        self._exchange.close()
        for signer in filter(None, self._signers):
            signer.close()

    def _until(self, deadline: float | None) -> float:
        total = self._monotonic() + self._timeouts.total
        return total if deadline is None else min(total, deadline)

    def _call(self, op: Operation, items: Sequence[Item], until: float) -> Reply:
        first_refusal = None
        for signer in tuple(self._signers):
            try:
                reply = self._try(op, items, until, signer)
            except SignatureRefused as error:
                if error.outcome_unknown:
                    raise
                first_refusal = first_refusal or error
                continue
            self._accept(signer)
            return reply
        raise first_refusal

    def _accept(self, signer: Signer | None) -> None:
        """What SPAR accepted once signs first from now on."""
        self.accepted = signer
        self._signers.remove(signer)
        self._signers.insert(0, signer)

    def _try(
        self, op: Operation, items: Sequence[Item], until: float, signer: Signer | None
    ) -> Reply:
        started = self._monotonic()
        request = self._request(op, items, signer, until)
        try:
            answer = self._send(request, items, until)
            outcomes = self._read(op, answer, items)
        except RequestError as error:
            # SPAR may be about to close it, or it may still carry the rest of an answer.
            self._exchange.drop_connections()
            error.reference_id = error.message_id = request.message_id
            error.digest, error.kid = request.digest, signer.kid if signer else None
            if op == "resolve":
                error.nothing_applied()
            raise
        return Reply(
            operation=op,
            outcomes=outcomes,
            message_id=request.message_id,
            transaction_id=request.transaction_id,
            digest=request.digest,
            kid=signer.kid if signer else None,
            seconds=self._monotonic() - started,
            server_time=answer.server_time,
        )

    def _send(self, request: _Request, items: Sequence[Item], until: float) -> RawAnswer:
        silence = self._timeouts.read_base + self._timeouts.read_per_item * len(items)
        return self._exchange.post(
            request.path,
            request.payload,
            request.headers,
            connect=self._timeouts.connect,
            read=silence,
            deadline=until,
        )

    def _read(self, op: Operation, answer: RawAnswer, items: Sequence[Item]) -> list[ItemOutcome]:
        try:
            return self._wire.read(op, answer.status, answer.body, items)
        except RequestError as error:
            error.retry_after = answer.retry_after
            raise

    def _request(
        self, op: Operation, items: Sequence[Item], signer: Signer | None, until: float
    ) -> _Request:
        message_id, transaction_id = str(uuid.uuid4()), str(uuid.uuid4())
        path, body = self._wire.build(
            op,
            items,
            sender_id=self._sender_id,
            receiver_id=self._receiver_id,
            message_id=message_id,
            transaction_id=transaction_id,
            now=self._clock(),
        )
        form = signer.canonical if signer else self._wire.canonical
        payload = canonical_bytes(body, form)
        headers = {"Content-Type": "application/json"}
        if self._wire.signed:
            if signer is None:
                raise SigningKeyUnusable(reference_id=message_id)
            try:
                headers["Signature"] = signer.sign(payload, deadline=until)
            except RequestError as error:
                # Without a digest: nothing was sent.
                error.reference_id = error.message_id = message_id
                raise
        return _Request(
            path=path,
            payload=payload,
            headers=headers,
            message_id=message_id,
            transaction_id=transaction_id,
            digest=hashlib.sha256(payload).hexdigest(),
        )
