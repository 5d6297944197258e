# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""10,000 submissions in one transaction: all arrive. How long it takes is printed, not judged."""

import time

from tests.helpers.arrivals import wait_until
from tests.helpers.invent import mpesa

COUNT = 10_000


def test_ten_thousand_in_one_insert_by_the_outside_role(world, invent):
    """One INSERT ... SELECT by the self-service role, for 10,000 registrants."""
    prefix = invent.prefix
    first, last = world.ledger.rows(
        "WITH made AS (INSERT INTO res_partner (name, ref, active, is_company, type, create_date) "
        "SELECT 'Demo Volume ' || n, %s || n, true, false, 'contact', now() "
        "FROM generate_series(1, %s) n RETURNING id) SELECT min(id), max(id) FROM made",
        f"{prefix}-",
        COUNT,
    )[0]
    assert last - first == COUNT - 1, "somebody else made contacts at the same time: run it again"
    address = mpesa()
    began = time.monotonic()
    world.outside.run(
        "INSERT INTO spar_submission (partner_id, payment_method, payment_provider, "
        "payment_account, origin_ref) SELECT n, 'mobile_wallet', 'MPESA', "
        "'07990' || lpad((n %% 100000)::text, 5, '0'), %s || n FROM generate_series(%s, %s) n",
        prefix,
        first,
        last,
    )
    inserted = time.monotonic() - began
    world.admin.create("res.partner", {**invent.registrant(), **address.parts})

    def arrived():
        return (
            COUNT
            == world.spar.value(
                "SELECT count(*) FROM id_fa_mappings WHERE id_value LIKE %s", f"{prefix}-%"
            )
            - 1
        )

    wait_until(arrived, f"Not all of {COUNT} arrived", 600)
    seconds = time.monotonic() - began
    print(f"\n{COUNT} rows: inserted in {inserted:.1f} s, all at SPAR after {seconds:.0f} s")
    changes = world.spar.value(
        "SELECT count(*) FROM id_fa_audit WHERE id_value LIKE %s", f"{prefix}-%"
    )
    assert changes == COUNT + 1, "some were linked twice"


def test_a_large_file_in_one_transaction(world, flood):
    """2,000 registrants by one ``create``: one transaction of the ORM."""
    began = time.monotonic()
    flood.register(2_000)
    created = time.monotonic() - began
    flood.expect_newest(timeout=300)
    seconds = time.monotonic() - began
    print(f"\n2,000 registrants: created in {created:.1f} s, all at SPAR after {seconds:.0f} s")
    flood.expect_every_change_in_order()
