# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The outside database role: what it may hand in, and everything it may not do."""

import secrets

import psycopg2
import psycopg2.errors
import pytest

from tests.helpers.arrivals import wait_for_strings, wait_until
from tests.helpers.invent import mpesa
from tests.stack import paths

#: What the SQL role may not do. None of it may name a value in its error.
FORBIDDEN = {
    "read the accounts": "SELECT payment_account FROM spar_submission",
    "read all columns": "SELECT * FROM spar_submission LIMIT 1",
    "read hashes": "SELECT address_hash FROM spar_submission",
    "read masks": "SELECT account_mask FROM spar_submission",
    "update": "UPDATE spar_submission SET payment_account = '1'",
    "release": "UPDATE spar_submission SET state = 'pending'",
    "delete": "DELETE FROM spar_submission",
    "truncate": "TRUNCATE spar_submission",
    "forge the state": "INSERT INTO spar_submission (partner_id, state) VALUES (1, 'pending')",
    "forge the channel": "INSERT INTO spar_submission (partner_id, channel) VALUES (1, 'backend')",
    "forge the officer": "INSERT INTO spar_submission (partner_id, submitted_by) VALUES (1, 2)",
    "forge a release": "INSERT INTO spar_submission (partner_id, released_by) VALUES (1, 2)",
    "forge its place": "INSERT INTO spar_submission (id, partner_id) VALUES (1000000000, 1)",
    "read what it wrote": "INSERT INTO spar_submission (partner_id, payment_account) "
    "VALUES (1, '1') RETURNING payment_account",
    "reset the order": "SELECT setval('spar_submission_id_seq', 1)",
    "read contacts": "SELECT name FROM res_partner",
    "write contacts": "UPDATE res_partner SET ref = 'x'",
    "read the vault": "SELECT * FROM spar_vault",
    "read private keys": "SELECT * FROM spar_key_secret",
    "read events": "SELECT * FROM spar_event",
    "write events": "INSERT INTO spar_event (kind, at) VALUES ('released', now())",
    "redirect SPAR": "UPDATE spar_connection SET base_url = 'http://127.0.0.1:1'",
    "change policies": "UPDATE spar_channel SET change = 'send'",
    "drop the trigger": "DROP TRIGGER spar_submission_receive ON spar_submission",
    "disable the trigger": "ALTER TABLE spar_submission DISABLE TRIGGER ALL",
    "become the owner": "SET ROLE odoo",
    "skip triggers": "SET session_replication_role = replica",
    "make queue jobs": "INSERT INTO queue_job (uuid) VALUES ('x')",
}


def _insert(world, **vals):
    """One row, and its id."""
    names, marks = ", ".join(vals), ", ".join(["%s"] * len(vals))
    return world.outside.value(
        f"INSERT INTO spar_submission ({names}) VALUES ({marks}) RETURNING id", *vals.values()
    )


def _judged(world, row):
    """The row once it was judged: (state, reason, channel, account in the open)."""
    statement = (
        "SELECT state, hold_reason, channel, payment_account FROM spar_submission WHERE id = %s"
    )
    wait_until(lambda: world.ledger.rows(statement, row)[0][0] != "new", "It was not judged", 90)
    return world.ledger.rows(statement, row)[0]


def _wake(world, invent):
    """Another registrant's address wakes the dispatcher up: no test waits for the sweeper."""
    world.admin.create("res.partner", {**invent.registrant(), **mpesa().parts})


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
def test_may_not(world, statement):
    with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.WrongObjectType)):
        world.outside.run(statement)


def test_hands_in_and_reads_ids_only(world, invent):
    registrant, address = invent.registrant(), mpesa()
    partner = world.admin.create("res.partner", registrant)
    row = _insert(world, partner_id=partner, **address.parts, origin_ref=secrets.token_hex(8))
    assert world.outside.rows("SELECT id FROM spar_submission WHERE id = %s", row) == [(row,)]
    _wake(world, invent)
    wait_for_strings(world, {registrant["ref"]: address.fa(world.names)})
    assert _judged(world, row) == ("done", None, "selfservice", None)


def test_bad_rows_are_held_with_their_reason(world, invent):
    """Nothing raises, nothing is sent, nothing stays in the open."""
    partner = world.admin.create("res.partner", invent.registrant())
    good = {"partner_id": partner, **mpesa().parts}
    cases = {
        "registrant_unknown": {**good, "partner_id": 2**31 - 1},
        "method_unknown": {**good, "payment_method": "carrier_pigeon"},
        "provider_unknown": {**good, "payment_provider": "NOPESA"},
        "provider_missing": {**good, "payment_provider": None},
        "phone_malformed": {**good, "payment_account": "0712"},
        "account_missing": {**good, "payment_account": None},
        "unsafe_text": {
            **good,
            "payment_method": "bank_account",
            "payment_provider": "DEMOKENA",
            "payment_account": "12345.branch_name:evil",
        },
    }
    rows = {reason: _insert(world, **vals) for reason, vals in cases.items()}
    too_long = _insert(world, **{**good, "payment_account": "7" * 20_000})
    everything_wrong = _insert(world, operation="explode", payment_method="x" * 20_000)
    no_partner = _insert(world, **{**good, "partner_id": None})
    _wake(world, invent)
    found = {reason: _judged(world, row) for reason, row in rows.items()}
    assert {reason: (row[0], row[1]) for reason, row in found.items()} == {
        reason: ("held", reason) for reason in cases
    }
    for row in (too_long, everything_wrong, no_partner):
        assert _judged(world, row)[0] == "held"
    assert {_judged(world, row)[3] for row in (*rows.values(), too_long)} == {None}


def test_a_policy_holds_its_changes(world, invent):
    """Self-service may link a first address by itself; a change waits for an officer."""
    registrant = invent.registrant()
    partner = world.admin.create("res.partner", registrant)
    first, second = mpesa(), mpesa()
    rows = [_insert(world, partner_id=partner, **address.parts) for address in (first, second)]
    _wake(world, invent)
    wait_for_strings(world, {registrant["ref"]: first.fa(world.names)})
    wait_until(lambda: _judged(world, rows[1])[0] == "held", "The change was not held")
    assert _judged(world, rows[1])[1] == "policy_change"
    world.officer.call("spar.submission", "action_release", [rows[1]])
    wait_for_strings(world, {registrant["ref"]: second.fa(world.names)})


def test_a_reference_handed_in_twice_is_refused_without_its_values(world, invent):
    """A retry is not a second submission; the error names neither the number nor the registrant."""
    partner = world.admin.create("res.partner", invent.registrant())
    address, origin = mpesa(), secrets.token_hex(8)
    vals = {"partner_id": partner, **address.parts, "origin_ref": origin}
    _insert(world, **vals)
    with pytest.raises(psycopg2.errors.UniqueViolation) as refused:
        _insert(world, **vals)
    assert address.account not in str(refused.value)
    assert address.kept not in str(refused.value)


def test_refused_rows_leave_no_number_in_the_databases_log(world, invent):
    """A NUL cannot even be sent; a wrong type is refused. The log tells the error, not the row."""
    partner = world.admin.create("res.partner", invent.registrant())
    address, marker = mpesa(), f"evening {secrets.token_hex(6)}"
    with pytest.raises(ValueError, match="NUL"):
        _insert(world, partner_id=partner, payment_account=address.account + "\0")
    with pytest.raises(psycopg2.DataError):
        _insert(world, partner_id=partner, **address.parts, collected_at=marker)
    log = (paths.LOGS / "postgres.log").read_text(errors="replace")
    assert marker in log, "the test looks at another log"
    assert address.account not in log
