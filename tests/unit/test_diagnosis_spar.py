"""Test connection's walk where there is a SPAR at its end, but not as it is set up here."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from spar.client import SparClient
from spar.errors import SigningKeyUnusable
from spar.keys import generate_key
from spar.signing import RsaSigner
from spar.wire import WIRE_FORMATS
from tests.stand_in_spar_2 import Partners
from tests.stand_in_spar_2 import serving as serving_2
from tests.stand_in_spar_2_table import Table

from . import broken
from .server import serving, spar, whole
from .test_stand_in_spar_2 import PARTNERS, strategies
from .walks import QUICK, all_is_well, ended, findings, signed_spar


@pytest.fixture
def spar_2():
    table, partners = Table(strategies=strategies("develop")), Partners(dict(PARTNERS))
    with serving_2(partners, table) as url:
        yield url, partners, table


def test_all_is_well_with_spar_2(spar_2):
    assert all_is_well(findings(spar_2[0], "request-body"))


@pytest.mark.parametrize("configured", ["g2p-connect", "g2p-connect-1.0"])
def test_request_body_is_recognised(spar_2, configured):
    for sender in ("test-partner", "nobody"):
        found = findings(spar_2[0], configured, sender=sender)
        assert ended(found) == ("wire_format", "other_wire_format")
        assert found["wire_format"].params == {"speaks": "request-body"}


def only_sync(answer):
    """A server that has no other path."""

    def own(handler, request):
        if handler.path.startswith("/sync/"):
            answer(handler, request)
        else:
            handler.send(404, b'{"errors":[{"code":"G2P-REQ-404","message":"Not Found"}]}')

    return own


@pytest.mark.parametrize(
    ("server", "configured", "speaks"),
    [
        (signed_spar, "request-body", "g2p-connect"),
        (signed_spar, "g2p-connect-1.0", "g2p-connect"),
        (spar, "request-body", "g2p-connect-1.0"),
    ],
)
def test_g2p_connect_is_recognised(server, configured, speaks):
    with serving(only_sync(server)) as (url, _):
        found = findings(url, configured)
    assert ended(found) == ("wire_format", "other_wire_format")
    assert found["wire_format"].params == {"speaks": speaks}


def test_a_server_that_checks_no_signature():
    with serving(spar) as (url, _):
        found = findings(url)
    assert (found["signature"].state, found["signature"].code) == (
        "warning",
        "signature_unchecked",
    )
    assert found["latency"].state == "ok"


def wrong_client(url, wire):
    format_ = WIRE_FORMATS[wire]
    signer = RsaSigner(generate_key(), canonical=format_.canonical)
    return SparClient(
        base_url=url, wire=format_, signer=signer, sender_id="test-partner", timeouts=QUICK
    )


def test_a_refused_signature(spar_2):
    with serving(signed_spar) as (url, _):
        found = findings(url, own=wrong_client(url, "g2p-connect"))
        assert ended(found) == ("signature", "signature_refused")
    url, partners, _table = spar_2
    found = findings(url, "request-body", own=wrong_client(url, "request-body"))
    assert ended(found) == ("signature", "signature_key")
    found = findings(url, "request-body", sender="nobody")
    assert ended(found) == ("signature", "signature_sender")
    partners.up = False
    assert ended(findings(url, "request-body")) == ("signature", "signature_sender")


def test_spars_own_trouble(spar_2):
    url, _partners, table = spar_2
    table.up = False
    assert ended(findings(url, "request-body")) == ("answer", "rjct.internal.error")

    def no_database(handler, request):
        signed_spar(handler, request, then=broken.status_500)

    with serving(no_database) as (url, _):
        assert ended(findings(url)) == ("answer", "G2P-REQ-100")
    with serving(broken.status_500) as (url, _):
        assert ended(findings(url)) == ("signature", "signature_unjudged")
        assert ended(findings(url, "g2p-connect-1.0")) == ("answer", "G2P-REQ-100")


def test_a_signature_is_demanded_of_an_unsigned_connection():
    def demanding(handler, request):
        header = {"status": "rjct", "status_reason_code": "rjct.jwt.invalid"}
        handler.send(200, json.dumps({"header": header, "message": {}}).encode())

    with serving(demanding) as (url, _):
        assert ended(findings(url, "g2p-connect-1.0")) == ("wire_format", "other_wire_format")


def test_without_a_key_the_way_is_walked_as_far_as_it_goes():
    missing = SigningKeyUnusable()
    with serving(signed_spar) as (url, _):
        assert ended(findings(url, own=missing)) == ("signature", "signing_key_missing")
    with serving(broken.html) as (url, _):
        assert ended(findings(url, own=missing)) == ("path", "not_json")


def test_an_item_that_is_refused():
    def refuse(handler, request):
        answer = json.loads(whole(request))
        [row] = answer["message"]["resolve_response"]
        row.update(status="rjct", status_reason_code="rjct.permission.denied")
        handler.send(200, json.dumps(answer).encode())

    with serving(refuse) as (url, _):
        found = findings(url, "g2p-connect-1.0")
    assert ended(found) == ("answer", "item_refused")
    assert found["answer"].params == {"spar_code": "rjct.permission.denied"}


def test_clocks_that_differ():
    with serving(spar) as (url, _):
        ahead = findings(
            url,
            "g2p-connect-1.0",
            clock=lambda: datetime.now(timezone.utc) - timedelta(minutes=10),
        )["clock"]
    assert (ahead.state, ahead.code) == ("warning", "clock_skewed")
    assert 590 < ahead.params["seconds"] < 610
