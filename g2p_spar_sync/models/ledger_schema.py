"""Indexes and triggers of the ledger: what the database keeps by itself."""

from odoo.tools import SQL, file_open

from .tools import index, unique_index

FUNCTIONS = ("spar_submission_receive", "spar_submission_guard", "spar_ledger_keep")

OPEN = "state IN ('new', 'pending', 'sending') OR waits_for_id"


def install(cr):
    """Make what is missing; safe to repeat. ``spar_event`` must be there already."""
    table = "spar_submission"
    # Not a field: Odoo's integers hold 32 bits, a transaction id needs 64.
    cr.execute("ALTER TABLE spar_submission ADD COLUMN IF NOT EXISTS txid bigint")
    index(cr, table, "due", "(connection_id, due_at, id)", where="state = 'pending'")
    index(cr, table, "open", "(partner_id, id)", where=OPEN)
    index(cr, table, "new", "(id)", where="state = 'new'")
    index(
        cr, table, "outcome", "(connection_id, settled_at)", where="state IN ('done', 'rejected')"
    )
    index(
        cr, table, "waiting", "(partner_id, id)", where="state IN ('held', 'conflict', 'rejected')"
    )
    index(cr, table, "lease", "(lease_until)", where="state = 'sending'")
    index(cr, table, "confirmed", "(connection_id, spar_id)", where="confirmed")
    index(cr, table, "suspect", "(connection_id, spar_id)", where="suspect_until IS NOT NULL")
    index(cr, table, "old_id", "(connection_id, spar_id)", where="way = 'old_id'")
    index(cr, table, "recheck", "(recheck_at)", where="recheck_at IS NOT NULL")
    index(cr, table, "waits_for_id", "(due_at)", where="waits_for_id")
    # Empty where nothing is only looked at, so that what is sent pays nothing for it.
    index(
        cr,
        table,
        "observed",
        "(connection_id, observed, observe_round)",
        where="observed IS NOT NULL",
    )
    # What the web client's filters ask, newest first.
    index(cr, table, "state", "(state, id)")
    # PostgreSQL does not see that the newest rows are all of other states, and would read them.
    index(cr, table, "newest_done", "(id)", where="state = 'done'")
    index(cr, table, "needs_person", "(id)", where="state IN ('held', 'conflict', 'rejected')")
    # Before PostgreSQL 18 "x IS TRUE" does not imply "x".
    index(cr, table, "for_id", "(id)", where="waits_for_id IS TRUE")
    # Asked for the newest days PostgreSQL would read from the oldest row on.
    index(cr, table, "created_at", "(create_date)")
    unique_index(cr, table, "line", "(connection_id, spar_id)", where="state = 'sending'")
    unique_index(cr, table, "origin", "(channel, origin_ref)", where="origin_ref IS NOT NULL")
    with file_open("g2p_spar_sync/models/ledger.sql") as handle:
        cr.execute(handle.read())


def remove(cr):
    """Take the functions and their triggers out, before the tables go."""
    for function in FUNCTIONS:
        cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(function)))
