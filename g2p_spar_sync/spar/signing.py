"""What SPAR wants signed, and how: a detached JWS (RFC 7515), RS256 only.

The header ``Signature: b64u(header)..b64u(signature)`` signs ``b64u(header).b64u(body)``. The body
that is sent is exactly the bytes that were signed.
"""

import json
from functools import cached_property
from typing import Literal, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .keys import b64u, thumbprint

#: as_sent: SPAR 1.1.0, keys in the order sent, non-ASCII escaped;
#: sorted: the 1.1 branch and 2.x, keys sorted, raw UTF-8
CanonicalForm = Literal["as_sent", "sorted"]


class Signer(Protocol):
    kid: str | None
    canonical: CanonicalForm

    def sign(self, body: bytes, *, deadline: float | None = None) -> str:
        """The value of the Signature header for exactly these bytes. Raises RequestError.

        ``deadline``, in seconds of ``time.monotonic``, ends a signer that asks somebody else.
        """

    def close(self) -> None:
        """Give up connections, where it has any."""


def canonical_bytes(body: dict, form: CanonicalForm) -> bytes:
    """The bytes to sign and to send. The body must hold no float."""
    if form == "sorted":
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    else:
        text = json.dumps(body, separators=(",", ":"))
    return text.encode()


class RsaSigner:
    """Signs with an RSA private key; ``kid`` only when the partner registered one at SPAR."""

    def __init__(
        self,
        private_key: rsa.RSAPrivateKey,
        kid: str | None = None,
        canonical: CanonicalForm = "as_sent",
    ):
        self._key = private_key
        self.kid = kid
        self.canonical = canonical

    def __repr__(self) -> str:
        return f"RsaSigner(kid={self.kid!r}, canonical={self.canonical!r})"

    @cached_property
    def thumbprint(self) -> str:
        """Which key it is, also where no ``kid`` is sent."""
        return thumbprint(self._key.public_key())

    def sign(self, body: bytes, *, deadline: float | None = None) -> str:
        header = {"alg": "RS256", "typ": "JWT"} | ({"kid": self.kid} if self.kid else {})
        protected = b64u(json.dumps(header, separators=(",", ":")).encode())
        signed = f"{protected}.{b64u(body)}".encode()
        signature = self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return f"{protected}..{b64u(signature)}"

    def close(self) -> None:
        """Nothing was opened."""
