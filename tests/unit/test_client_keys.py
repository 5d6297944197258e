"""SparClient while a key is changed: SPAR knows the old one, the new one, both or none."""

import base64
import json
from dataclasses import dataclass, field

import pytest

from spar.client import SparClient, Timeouts
from spar.errors import RequestError, SignatureRefused
from spar.keys import generate_key
from spar.signing import RsaSigner
from tests.stand_in_spar_2 import Partners
from tests.stand_in_spar_2 import serving as serving_spar_2

from . import broken
from .server import serving
from .test_request_body_client import KEY, WIRE, item, table  # noqa: F401 - a fixture

NEXT = generate_key()
OPERATIONS = ("link", "update", "resolve", "unlink")


@dataclass
class Counting(Partners):
    """What SPAR was asked to verify, whatever came of it."""

    asked: list[bool] = field(default_factory=list)

    def verify(self, signature, body):
        self.asked.append(super().verify(signature, body))
        return self.asked[-1]

    def know(self, *keys):
        self.keys["PARTNER_TEST_PARTNER"] = [key.public_key() for key in keys]


@pytest.fixture
def partners():
    return Counting({})


@pytest.fixture
def client(partners, table):  # noqa: F811
    with serving_spar_2(partners, table) as url:
        made = connect(url)
        yield made
        made.close()


def connect(url):
    return SparClient(
        base_url=url,
        wire=WIRE,
        sender_id="test-partner",
        signer=RsaSigner(KEY, "old", "sorted"),
        spare_signers=[RsaSigner(NEXT, "new", "sorted")],
        timeouts=Timeouts(connect=2, read_base=1, read_per_item=0, total=2),
    )


def test_where_both_are_known_the_first_signs(client, partners):
    partners.know(KEY, NEXT)
    assert client.accepted is None
    assert [client.link([item(n)]).kid for n in (1, 2)] == ["old", "old"]
    assert (partners.asked, client.accepted.kid) == ([True, True], "old")


def test_the_other_way_round_a_request_is_refused_once_and_stored_once(client, partners, table):  # noqa: F811
    partners.know(NEXT)
    reply = client.link([item(1)])
    assert (reply.kid, reply.outcomes[0].ok, client.accepted.kid) == ("new", True, "new")
    assert (partners.asked, len(table.rows)) == ([False, True], 1)
    # What was accepted signs first from now on.
    assert client.update([item(1)]).kid == "new"
    assert partners.asked == [False, True, True]
    partners.know(KEY)
    assert client.probe().kid == "old"


def test_where_none_is_known_the_first_refusal_counts(client, partners, table):  # noqa: F811
    partners.know(generate_key())
    with pytest.raises(SignatureRefused) as caught:
        client.link([item(1)])
    assert (caught.value.kid, partners.asked, table.rows) == ("old", [False, False], {})
    assert client.accepted is None


@pytest.mark.parametrize("op", OPERATIONS)
@pytest.mark.parametrize(
    "answer",
    [
        broken.html,
        broken.status_500,
        broken.status_503,
        broken.cut_before_the_answer,
        broken.silent,
    ],
)
def test_other_trouble_is_no_reason_to_sign_by_another_key(op, answer):
    def noting_the_key(handler, request):
        kids.append(json.loads(_unb64(handler.headers["Signature"].partition(".")[0]))["kid"])
        answer(handler, request)

    kids = []
    with serving(noting_the_key) as (url, _seen):
        client = connect(url)
        with pytest.raises(RequestError):
            getattr(client, op)([item(1)])
        client.close()
    assert set(kids) == {"old"}
    assert len(kids) == 1 or op == "resolve"


def test_a_refusal_beside_rows_is_not_believed_so_nothing_is_repeated():
    def contradicts_itself(handler, request):
        header = {
            "response_status": "ERROR",
            "response_error_code": "rjct.request.validation",
            "response_error_message": "StatusReasonCodeEnum.rjct_jwt_invalid",
        }
        payload = {"link_response": [{"reference_id": "ref-1", "status": "succ"}]}
        body = {"response_header": header, "response_body": {"response_payload": payload}}
        handler.send(200, json.dumps(body).encode())

    with serving(contradicts_itself) as (url, seen):
        client = connect(url)
        with pytest.raises(SignatureRefused) as caught:
            client.link([item(1)])
        client.close()
    assert caught.value.outcome_unknown
    assert len(seen.requests) == 1


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
