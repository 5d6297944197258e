"""Which wire format a server speaks, told by what it says to a key that nobody registered there.

For "Test connection" only: what is sent by is configuration, never guessed.
"""

from collections.abc import Callable, Iterable

from ..errors import RequestError, RequestRejected, ServerFailed, SignatureRefused
from .base import WireFormat

#: a resolve in this format, signed by a key that SPAR cannot know -> its error, None for an answer
Ask = Callable[[WireFormat], RequestError | None]


def recognise(formats: Iterable[WireFormat], ask: Ask) -> WireFormat | None:
    """The one of ``formats`` that the server speaks; None where it is no SPAR that we know."""
    formats = list(formats)
    for wire in formats:
        if not wire.signed:
            continue
        error = ask(wire)
        if error is None:
            # It looks at no signature.
            twins = (other for other in formats if type(other) is type(wire) and not other.signed)
            return next(twins, wire)
        if speaks(error):
            return wire
    return None


def speaks(error: RequestError) -> bool:
    """Is it SPAR, in the format it was asked in, that refuses or fails?

    The paths of the formats differ, so that a server of another one finds nothing there (404).
    """
    if isinstance(error, SignatureRefused):
        return True
    # In SPAR's own words, not in those of what stands before it.
    own_words = error.code != error.default_code and error.code != "http_413"
    return isinstance(error, ServerFailed | RequestRejected) and own_words


def is_behind_signature(error: RequestError) -> bool:
    """SPAR 2.x has a word of its own for what fails once the signature was accepted."""
    return error.code == "rjct.internal.error"
