"""SparClient and planner against a stand-in for SPAR 2.x, over real HTTP with real signatures."""

import random
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from spar.answers import Item, NotLinked
from spar.client import SparClient
from spar.errors import ServerFailed, SignatureRefused, UnreadableAddress
from spar.keys import generate_key
from spar.planner import Confirmed, Known, Policy, Unreadable, Wanted, plan
from spar.signing import RsaSigner
from spar.strategies import StrategySet, decode, encode
from spar.wire import WIRE_FORMATS, must_resolve
from tests.stand_in_spar_2 import Partners, serving
from tests.stand_in_spar_2_table import Table

from . import golden
from .examples import BANK, EMAIL, WALLET
from .test_stand_in_spar_2 import PARTNERS, strategies

WIRE = WIRE_FORMATS["request-body"].using(StrategySet())
KEY = golden.private_key()
OPEN = Policy(first_link="send", change="send")
AT = datetime(2026, 11, 23, tzinfo=timezone.utc)


@pytest.fixture
def table():
    return Table(strategies=strategies("develop"))


@pytest.fixture
def partners():
    return Partners(dict(PARTNERS))


@pytest.fixture
def url(table, partners):
    with serving(partners, table) as url:
        yield url


@pytest.fixture
def client(url):
    made = connect(url)
    yield made
    made.close()


def connect(url, key=KEY, sender="test-partner", form="sorted", wire=WIRE):
    return SparClient(
        base_url=url, wire=wire, signer=RsaSigner(key, canonical=form), sender_id=sender
    )


def item(number: int, address=BANK, **more) -> Item:
    strategy = WIRE.strategies.for_method(address.method)
    return Item(
        reference_id=f"ref-{number}",
        spar_id=f"SYN-{number:06d}",
        fa=encode(address, strategy),
        strategy_id=strategy.strategy_id,
        **more,
    )


def known(answer):
    """SPAR's answer in the planner's terms; the identity serves as its own hash."""
    if isinstance(answer, NotLinked):
        return answer
    try:
        address = decode(answer.fa, WIRE.strategies, answer.strategy_id)
    except UnreadableAddress:
        return Unreadable(fa_identity=answer.fa)
    return Known(identity=repr(address.identity()), fa=answer.fa)


def carry(client, number, address, confirmed, remove=False) -> str:
    """Resolve, plan, write; returns what was done."""
    one = item(number, address)
    held = known(client.resolve([one]).outcomes[0].answer)
    wanted = Wanted(
        operation="remove" if remove else "set",
        identity=repr(address.identity()),
        fa=one.fa,
    )
    action = plan(wanted, held, confirmed, OPEN).action
    if action in ("link", "update", "unlink"):
        fa = held.fa if action == "unlink" else one.fa
        assert getattr(client, action)([replace(one, fa=fa)]).outcomes[0].ok
    return action


@pytest.mark.parametrize("address", [BANK, EMAIL, WALLET], ids=lambda a: a.method)
def test_the_life_of_an_address(client, table, address):
    changed = replace(address, **{_part(address): "OTHER"})
    mine = Confirmed(identity=repr(address.identity()), at=AT)
    later = Confirmed(identity=repr(changed.identity()), at=AT)
    assert carry(client, 1, address, None) == "link"
    assert table.rows["SYN-000001"].fa == item(1, address).fa
    # Once more it is the very same string: nothing to write again, for ever.
    assert carry(client, 1, address, mine) == "nothing"
    assert carry(client, 1, changed, mine) == "update"
    assert table.rows["SYN-000001"].fa == item(1, changed).fa
    assert carry(client, 1, changed, later, remove=True) == "unlink"
    assert table.rows == {}


def _part(address) -> str:
    return "bank_code" if address is BANK else "provider_code"


def test_what_others_wrote_is_compared_by_meaning_and_unlinked_by_string(client, table):
    client.link([item(1)])
    row = table.rows["SYN-000001"]
    row.fa = row.fa.replace("fa_type:BANK", "fa_type:BANK_ACCOUNT")
    mine = Confirmed(identity=repr(BANK.identity()), at=AT)
    assert carry(client, 1, BANK, None) == "nothing"
    assert carry(client, 1, BANK, mine, remove=True) == "unlink"
    assert table.rows == {}


def test_a_row_that_spar_cannot_take_apart_is_a_conflict(client, table):
    client.link([item(1)])
    for info in (None, [{"strategy_id": 99}], [{"strategy_id": 4}], [{"note": "x"}]):
        table.rows["SYN-000001"].additional_info = info
        assert carry(client, 1, BANK, None) == "conflict"


def test_a_batch_in_which_some_are_known(client, table):
    client.link([item(2, name="Ñandú 例え 😀", phone="+99900000002")])
    assert table.rows["SYN-000002"].name == "Ñandú 例え 😀"
    outcomes = client.link([item(n) for n in (1, 2, 3)]).outcomes
    assert [o.ok for o in outcomes] == [True, False, True]
    assert must_resolve("link", outcomes[1].code)
    outcomes = client.update([item(n) for n in (3, 4)]).outcomes
    assert [(o.ok, must_resolve("update", o.code)) for o in outcomes] == [
        (True, False),
        (False, True),
    ]
    outcomes = client.unlink([item(n) for n in (4, 1)]).outcomes
    assert [(o.ok, must_resolve("unlink", o.code)) for o in outcomes] == [
        (False, True),
        (True, False),
    ]


@pytest.mark.parametrize(
    ("key", "sender", "form", "error"),
    [
        (generate_key(), "test-partner", "sorted", SignatureRefused),
        (KEY, "test-partner", "as_sent", SignatureRefused),
        (KEY, "nobody", "sorted", ServerFailed),
    ],
)
def test_who_is_not_let_in_stores_nothing(url, table, key, sender, form, error):
    client = connect(url, key, sender, form)
    with pytest.raises(error):
        client.link([item(1)])
    client.close()
    assert (table.rows, table.seen) == ({}, [])


def test_two_keys_of_one_partner_overlap(url, partners):
    new = generate_key()
    partners.keys["PARTNER_TEST_PARTNER"] = [*PARTNERS["PARTNER_TEST_PARTNER"], new.public_key()]
    for key in (KEY, new):
        client = connect(url, key)
        assert client.probe().outcomes[0].answer == NotLinked()
        client.close()


def test_the_database_goes_and_comes_back(client, table):
    table.up = False
    for op in ("link", "update", "unlink"):
        with pytest.raises(ServerFailed) as caught:
            getattr(client, op)([item(1)])
        assert (caught.value.outcome_unknown, caught.value.may_land_late) == (True, False)
    with pytest.raises(ServerFailed):
        client.resolve([item(1)])
    # A resolve was asked twice: the first request after a restart fails, the second does not.
    assert [op for op, _ in table.seen].count("resolve") == 2
    table.up = True
    assert client.link([item(1)]).outcomes[0].ok


def test_an_unknown_strategy_is_no_verdict_on_the_items(client, table):
    del table.strategies[2]
    with pytest.raises(ServerFailed) as caught:
        client.link([item(1), item(2, WALLET)])
    assert caught.value.outcome_unknown and table.rows == {}
    assert client.link([item(2, WALLET)]).outcomes[0].ok


def test_many_changes_leave_what_was_wanted_last(client, table):
    rng, wanted, confirmed = random.Random(20261123), {}, {}
    for _ in range(60):
        number, address = rng.randrange(5), rng.choice([BANK, EMAIL, WALLET])
        address = replace(address, **{_part(address): f"C{rng.randrange(3)}"})
        remove = number in wanted and rng.random() < 0.3
        if remove:
            address = wanted.pop(number)
        action = carry(client, number, address, confirmed.get(number), remove)
        assert action in ("link", "update", "unlink", "nothing")
        if not remove:
            wanted[number] = address
        identity = None if remove else repr(address.identity())
        confirmed[number] = Confirmed(identity=identity, at=AT)
        held = {spar_id: row.fa for spar_id, row in table.rows.items()}
        assert held == {f"SYN-{n:06d}": item(n, a).fa for n, a in wanted.items()}
