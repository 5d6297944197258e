# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A bare client: our SparClient without Odoo, queue or ledger. What SPAR itself can take.

Signed, over the wire format of the connection, each worker a process with a connection of its own,
as Odoo's workers are. It keeps nothing and checks nothing but that every item succeeded.
"""

import multiprocessing
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from spar import (
    WIRE_FORMATS,
    Item,
    RsaSigner,
    SparClient,
    Timeouts,
    generate_key,
    load_private_key,
    self_signed_certificate,
)

#: A partner of SPAR beside the addon's connection, with a key of its own.
SENDER = "openg2p-bench"
#: (SPAR id, SPAR's string, strategy id)
Row = tuple[str, str, int]


@dataclass(frozen=True)
class Bare:
    """How to reach SPAR.

    :ivar key: the private key, PEM
    """

    url: str
    wire: str
    key: bytes

    def send(self, operations: list[str], rows: list[Row], batch: int, workers: int) -> float:
        """Send ``rows`` in batches, each by every one of ``operations`` in turn.

        :returns: seconds from the first request to the last answer.
        :raises RuntimeError: SPAR refused an item.
        """
        batches = [rows[start : start + batch] for start in range(0, len(rows), batch)]
        shares = [(self, operations, batches[number::workers]) for number in range(workers)]
        context = multiprocessing.get_context("spawn")
        with context.Manager() as manager, context.Pool(workers) as pool:
            barrier = manager.Barrier(workers)
            times = pool.starmap(_work, [(*share, barrier) for share in shares], chunksize=1)
        return max(end for _start, end in times) - min(start for start, _end in times)


def register(certs: str, url: str, wire: str) -> Bare:
    """Make a key and put its certificate where SPAR's Keymanager looks for partners'."""
    key = generate_key()
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    certificate = self_signed_certificate(key, SENDER, now - timedelta(1), now + timedelta(30))
    folder = Path(certs) / "OpenG2P-SPAR-Mapper"
    folder.mkdir(parents=True, exist_ok=True)
    name = SENDER.replace("-", "_").upper()
    (folder / f"PARTNER_{name}.pem").write_bytes(certificate)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Bare(url, wire, pem)


def client(bare: Bare) -> SparClient:
    """A client of ``bare``'s SPAR."""
    wire = WIRE_FORMATS[bare.wire]
    signer = RsaSigner(load_private_key(bare.key), canonical=wire.canonical)
    return SparClient(
        base_url=bare.url, wire=wire, signer=signer, sender_id=SENDER, timeouts=Timeouts()
    )


def _work(bare, operations, batches, barrier) -> tuple[float, float]:
    """In a worker: (start, end), by the clock that all processes share."""
    sender = client(bare)
    sender.probe()
    barrier.wait()
    began = time.monotonic()
    for batch in batches:
        items = [
            Item(reference_id=uuid.uuid4().hex, spar_id=spar_id, fa=fa, strategy_id=strategy)
            for spar_id, fa, strategy in batch
        ]
        for operation in operations:
            outcomes = getattr(sender, operation)(items).outcomes
            refused = [o for o in outcomes if not (o.ok or o.answer is not None)]
            if refused:
                raise RuntimeError(f"SPAR refused {len(refused)} items of a bare {operation}")
    return began, time.monotonic()
