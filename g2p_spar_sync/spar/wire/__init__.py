"""Wire formats: how a request is written and an answer read. Chosen by configuration, not guessed.

Nothing outside this package knows a wire format; docs/wire-formats.md says how to add one.
"""

from ..answers import Item, ItemOutcome, Linked, NotLinked, Operation
from .base import WireFormat
from .g2p_connect import G2PConnect
from .request_body import RequestBody

__all__ = [
    "WIRE_FORMATS",
    "Item",
    "ItemOutcome",
    "Linked",
    "NotLinked",
    "WireFormat",
    "is_already_linked",
    "is_not_linked",
    "must_resolve",
]

#: by the name a connection stores
WIRE_FORMATS: dict[str, WireFormat] = {
    wire.name: wire
    for wire in (
        G2PConnect(name="g2p-connect-1.0", signed=False),
        G2PConnect(name="g2p-connect", signed=True),
        RequestBody(name="request-body"),
    )
}

_DUPLICATE = "rjct.reference_id.duplicate"
_INVALID_ID = "rjct.id.invalid"


def is_already_linked(op: Operation, code: str | None) -> bool:
    """A link was refused because the id is mapped: maybe to the very address that was sent."""
    return op == "link" and code == _DUPLICATE


def is_not_linked(op: Operation, code: str | None) -> bool:
    """An update was refused because the id is not mapped; SPAR says so with link's own code."""
    return op == "update" and code == _DUPLICATE


def must_resolve(op: Operation, code: str | None) -> bool:
    """The refusal tells that SPAR is not as thought, not how it is: resolve, then plan again.

    An unlink's ``rjct.id.invalid`` is said alike of an id that is not mapped and of an address
    that differs from the one SPAR holds.
    """
    unlink = op == "unlink" and code == _INVALID_ID
    return unlink or is_already_linked(op, code) or is_not_linked(op, code)
