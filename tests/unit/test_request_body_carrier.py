"""What the addon makes of SPAR 2.x: the real carrier over the real client, against a stand-in."""

import time
from dataclasses import replace

import pytest

from spar.keys import generate_key
from spar.planner import Confirmed, Wanted
from spar.strategies import encode
from tests.stand_in_spar_2 import Partners, serving
from tests.stand_in_spar_2_table import Row, Table

from . import addon
from .examples import BANK, WALLET
from .test_request_body_client import AT, OPEN, WIRE, connect
from .test_stand_in_spar_2 import PARTNERS, strategies

Carrier = addon.module("dispatch.carrier").Carrier
Line = addon.module("dispatch.line").Line
AnswerReader = addon.module("models.answer_reader").AnswerReader


def line(number, address=BANK, *, remove=False, confirmed=None, **more):
    strategy = WIRE.strategies.for_method(address.method)
    wanted = Wanted(
        operation="remove" if remove else "set",
        identity=repr(address.identity()),
        fa=encode(address, strategy),
    )
    return Line(
        submission_id=number,
        spar_id=f"SYN-{number:06d}",
        strategy_id=strategy.strategy_id,
        wanted=wanted,
        confirmed=confirmed and Confirmed(identity=repr(confirmed.identity()), at=AT),
        policy=OPEN,
        in_flight=frozenset(),
        **{"attempts": 0, "solo_failures": 0, "others_succeeded": False} | more,
    )


@pytest.fixture
def table():
    return Table(strategies=strategies("develop"))


@pytest.fixture
def carry(table):
    """carry(lines) -> (what became of each, the carrier)."""
    made = []

    def run(lines, **how):
        client = connect(url, **how)
        made.append(client)
        reader = AnswerReader(WIRE.strategies, repr)
        carrier = Carrier(client, reader, time.monotonic() + 60)
        carrier.run(lines)
        came = {n: (v.state, v.detail) for n, v in carrier.verdicts.items()}
        assert came.keys() == {one.submission_id for one in lines}
        return came, carrier

    with serving(Partners(PARTNERS), table) as url:
        yield run
    for client in made:
        client.close()


def held(table, number):
    row = table.rows.get(f"SYN-{number:06d}")
    return row and row.fa


def test_link_update_nothing_and_remove_in_one_claim(carry, table):
    assert set(carry([line(n) for n in range(1, 6)])[0].values()) == {("done", "link")}
    changed = replace(BANK, bank_code="OTHER")
    came, carrier = carry(
        [
            line(1, changed, confirmed=BANK),
            line(2, confirmed=BANK),
            line(3, remove=True, confirmed=BANK),
            line(4, WALLET, confirmed=BANK),
            line(6),
        ]
    )
    assert came == {
        1: ("done", "update"),
        2: ("done", "nothing"),
        3: ("done", "unlink"),
        4: ("done", "update"),
        6: ("done", "link"),
    }
    assert carrier.trouble is None
    assert (held(table, 1), held(table, 3)) == (line(1, changed).wanted.fa, None)
    assert held(table, 4) == line(4, WALLET).wanted.fa


def test_one_that_spar_cannot_store_does_not_keep_the_others(carry, table):
    del table.strategies[4]
    bad = line(3, WALLET)
    came, carrier = carry([line(1), line(2), bad, line(4), line(5)])
    assert came.pop(3) == ("pending", "rjct.internal.error")
    assert set(came.values()) == {("done", "link")} and len(table.rows) == 4
    assert carrier.verdicts[3].alone and carrier.trouble is None
    # It failed alone, often, while SPAR took others: it is the item's own fault.
    worn = replace(bad, solo_failures=2, others_succeeded=True)
    assert carry([worn])[0] == {3: ("rejected", "poison")}


def test_a_dead_database_is_nobodys_fault(carry, table):
    table.up = False
    came, carrier = carry([line(1), line(2, confirmed=BANK)])
    assert set(came.values()) == {("pending", "interrupted")}
    assert carrier.trouble.code == "rjct.internal.error"
    assert not any(verdict.burns for verdict in carrier.verdicts.values())


def test_a_refused_signature_is_nobodys_fault(carry, table):
    came, carrier = carry([line(1), line(2, confirmed=BANK)], key=generate_key())
    assert set(came.values()) == {("pending", "interrupted")}
    assert (carrier.trouble.kind, table.seen) == ("connection", [])


@pytest.mark.parametrize(
    ("template", "verdict"),
    [
        # The same parts in another order: the same account, whatever the string.
        (
            "account_number:{account_number}.bank_code:{bank_code}.branch_code:{branch_code}"
            ".bank_name:{bank_name}.branch_name:{branch_name}.fa_type:{fa_type}",
            ("done", "nothing"),
        ),
        # A table that mixes parts up: what SPAR would pay to is not what was wanted.
        (
            "account_number:{bank_code}.bank_code:{account_number}.branch_code:{branch_code}"
            ".bank_name:{bank_name}.branch_name:{branch_name}.fa_type:{fa_type}",
            ("conflict", "unknown_value_after_send"),
        ),
    ],
)
def test_spars_own_template_differs_from_ours(carry, table, template, verdict):
    keys = [part.split(":")[0] for part in template.split(".")]
    table.strategies[2] = (template, "^" + r"\.".join(f"{k}:(?P<{k}>.*)" for k in keys) + "$")
    came, _carrier = carry([line(1), line(2)])
    assert set(came.values()) == {verdict}


def test_a_removal_names_the_string_that_spar_holds(carry, table):
    table.rows["SYN-000001"] = Row(line(1).wanted.fa + "_ACCOUNT", None, None, [{"strategy_id": 2}])
    assert carry([line(1, remove=True, confirmed=BANK)])[0] == {1: ("done", "unlink")}
    assert table.rows == {}


def test_what_spar_cannot_take_apart_is_left_to_a_person(carry, table):
    for info in (None, [{"strategy_id": 99}], [{"strategy_id": 4}]):
        table.rows["SYN-000001"] = Row(line(1).wanted.fa, None, None, info)
        assert carry([line(1, confirmed=BANK)])[0] == {1: ("conflict", "unreadable")}
        assert carry([line(1)])[0] == {1: ("conflict", "unreadable")}
