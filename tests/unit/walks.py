"""What the tests of Diagnosis share: the walk, and servers to walk to."""

import json

from cryptography.exceptions import InvalidSignature

from spar.client import SparClient, Timeouts
from spar.diagnosis import STEPS, Diagnosis
from spar.keys import generate_key
from spar.route import Route
from spar.signing import RsaSigner
from spar.wire import WIRE_FORMATS

from . import broken, golden
from .server import spar
from .test_signing import PUBLIC_KEY, check

QUICK = Timeouts(connect=1, read_base=1, read_per_item=0, total=2)
STRANGER = generate_key()


def findings(url, wire="g2p-connect", own=None, sender="test-partner", route=None, **more):
    """{step: (state, code)} of a walk, by the partner's own key; and what was found in full."""

    def speak(wire, key):
        signer = RsaSigner(key, canonical=wire.canonical) if wire.signed else None
        return SparClient(
            base_url=url,
            wire=wire,
            signer=signer,
            sender_id=sender,
            route=route or Route(),
            timeouts=QUICK,
        )

    format_ = WIRE_FORMATS[wire]
    made = own or speak(format_, golden.private_key())
    found = Diagnosis(
        base_url=url,
        route=route or Route(),
        wire=format_,
        own=made,
        stranger=lambda wire: speak(wire, STRANGER),
        formats=WIRE_FORMATS.values(),
        connect=1,
        **more,
    ).run()
    if not own:
        made.close()
    assert [finding.step for finding in found] == [s for s in STEPS if s in {f.step for f in found}]
    return {finding.step: finding for finding in found}


def ended(found) -> tuple:
    """(step, code) of the failure: all before it is reached, nothing behind it."""
    states = [finding.state for finding in found.values()]
    at = states.index("failed")
    assert set(states[:at]) <= {"ok", "warning"} and set(states[at + 1 :]) <= {"not_reached"}
    failed = list(found.values())[at]
    return failed.step, failed.code


def by_us(handler) -> bool:
    try:
        check(handler.headers["Signature"], handler.seen.requests[-1][2], PUBLIC_KEY)
    except InvalidSignature:
        return False
    return True


def signed_spar(handler, request, then=spar):
    """As SPAR 1.1: no signature is 500, a wrong one is refused."""
    if not handler.headers.get("Signature"):
        broken.status_500(handler, request)
    elif by_us(handler):
        then(handler, request)
    else:
        header = {"status": "rjct", "status_reason_code": "rjct.jwt.invalid"}
        handler.send(200, json.dumps({"header": header, "message": {}}).encode())


def all_is_well(found):
    return {finding.state for finding in found.values()} == {"ok"}
