"""What every wire format is: the contract that the client and the addon rely on."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ..answers import Item, ItemOutcome, Operation
from ..signing import CanonicalForm
from ..strategies import StrategySet


@dataclass(frozen=True, kw_only=True)
class WireFormat(ABC):
    """One way to write a request and to read its answer. Knows no network, clock or key."""

    #: the name a connection stores
    name: str
    #: a request carries a Signature header
    signed: bool
    canonical: CanonicalForm
    #: SPAR fails over a sender it does not know, instead of refusing the signature
    unknown_sender_fails: bool = False
    #: by which addresses are written, as this format can carry them
    strategies: StrategySet = field(default_factory=StrategySet, repr=False)

    def using(self, strategies: StrategySet) -> "WireFormat":
        """The same format with a connection's strategies."""
        return replace(self, strategies=strategies)

    @abstractmethod
    def build(
        self,
        op: Operation,
        items: Sequence[Item],
        *,
        sender_id: str,
        receiver_id: str,
        message_id: str,
        transaction_id: str,
        now: datetime,
    ) -> tuple[str, dict]:
        """(path, body). ``now`` is aware, or naive UTC. The body holds no float.

        Raises ValueError for what ``check_batch`` refuses, and for an address that is not of its
        strategy's shape.
        """

    @abstractmethod
    def read(
        self, op: Operation, http_status: int, body: bytes, items: Sequence[Item]
    ) -> list[ItemOutcome]:
        """One outcome per item, in the order of ``items``; else a RequestError."""
