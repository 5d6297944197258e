"""SparClient against a real server: what it sends, and with which settings."""

import hashlib
import json

import pytest

from spar.answers import Item, NotLinked
from spar.errors import ConfigurationUnusable, SigningKeyUnusable
from spar.route import Route
from spar.signing import RsaSigner

from . import broken, golden
from .calls import ITEM, SIGNED, failing
from .server import serving, spar
from .test_signing import check


def test_a_good_answer(client):
    with serving(spar) as (url, seen):
        reply = client(url + "/api/mapper/").link([ITEM])
    (path, headers, body), *none = seen.requests
    assert (path, none) == ("/api/mapper/sync/link", [])
    assert [(o.reference_id, o.ok) for o in reply.outcomes] == [("ref-1", True)]
    assert reply.digest == hashlib.sha256(body).hexdigest()
    assert json.loads(body)["header"]["message_id"] == reply.message_id
    assert json.loads(body)["message"]["transaction_id"] == reply.transaction_id
    assert (reply.operation, reply.kid) == ("link", None)
    assert 0 < reply.seconds < 2
    assert headers["Content-Type"] == "application/json"
    assert "Signature" not in headers
    assert "SECRET" not in repr(reply)


@pytest.mark.parametrize("op", ["resolve", "link", "update", "unlink"])
def test_every_operation_has_its_path_and_action(op, client):
    with serving(spar) as (url, seen):
        reply = getattr(client(url), op)([ITEM])
    path, _, body = seen.requests[0]
    assert (path, json.loads(body)["header"]["action"]) == (f"/sync/{op}", op)
    assert reply.outcomes[0].ok


@pytest.mark.parametrize("form", ["as_sent", "sorted"])
def test_the_bytes_that_are_sent_are_the_bytes_that_were_signed(form, client):
    signer = RsaSigner(golden.private_key(), "kid-1", form)
    item = Item(reference_id="r", spar_id="é", fa="f", strategy_id=2, name="例え 😀")
    with serving(spar) as (url, seen):
        reply = client(url, wire=SIGNED, signer=signer).link([item])
    _, headers, body = seen.requests[0]
    check(headers["Signature"], body)
    assert reply.kid == "kid-1"


def test_a_signed_format_without_a_key_sends_nothing(client):
    with serving(spar) as (url, seen):
        with pytest.raises(SigningKeyUnusable):
            client(url, wire=SIGNED).link([ITEM])
    assert not seen.requests


def test_clock_and_partner_are_handed_in(client):
    with serving(spar) as (url, seen):
        client(url, clock=lambda: golden.NOW, sender_id="us", receiver_id="them").resolve([ITEM])
    header = json.loads(seen.requests[0][2])["header"]
    assert header["message_ts"] == "2026-11-22T09:00:00.000Z"
    assert (header["sender_id"], header["receiver_id"]) == ("us", "them")


def test_probe_asks_for_one_id_that_cannot_exist(client):
    with serving(spar) as (url, seen):
        replies = [client(url).probe() for _ in range(2)]
    ids = {json.loads(b)["message"]["resolve_request"][0]["id"] for _, _, b in seen.requests}
    assert len(ids) == 2
    assert all(r.outcomes[0].answer == NotLinked() for r in replies)


@pytest.mark.parametrize(
    ("kwargs", "code"),
    [
        ({"base_url": ""}, "url_malformed"),
        ({"base_url": "spar.example"}, "url_malformed"),
        ({"base_url": "ftp://spar.example"}, "url_malformed"),
        ({"base_url": "http://"}, "url_malformed"),
        ({"base_url": "http://spar.example:port"}, "url_malformed"),
        ({"base_url": "http://spar.example/?a=b"}, "url_malformed"),
        ({"base_url": "http://spar.example/#a"}, "url_malformed"),
        ({"route": Route(headers={"X-Secret": "a\r\nb"})}, "url_malformed"),
    ],
)
def test_settings_that_cannot_work(kwargs, code, client):
    with pytest.raises(ConfigurationUnusable) as caught:
        client(**{"base_url": "http://spar.example"} | kwargs)
    assert caught.value.code == code


def test_credentials_are_used_and_not_shown(client):
    with serving(broken.html) as (url, seen):
        one = client(
            url.replace("//", "//user:SECRET@"), route=Route(headers={"X-Gateway": "SECRET"})
        )
        failing(one.link, [ITEM])
        assert "SECRET" not in repr(one)
    _, headers, _ = seen.requests[0]
    assert headers["X-Gateway"] == "SECRET"
    assert headers["Authorization"].startswith("Basic ")
