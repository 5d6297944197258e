"""Recheck: once no older request can arrive any more, look again before a row counts for good."""

from datetime import timedelta

from ..models.tools import database_now
from ..spar import Item, RequestError, split
from . import unforeseen

#: Seconds until another worker looks, should this one die over it.
AGAIN = 60


def is_due(env, connection_id):
    """Is there anything to be looked at again by now?"""
    env.cr.execute(
        "SELECT 1 FROM spar_submission WHERE connection_id = %s AND state = 'done' "
        "AND recheck_at <= %s LIMIT 1",
        (connection_id, database_now(env.cr)),
    )
    return bool(env.cr.fetchone())


def due(env, connection, limit):
    """Take the rows whose time has come: [(submission id, SPAR id)]."""
    now = database_now(env.cr)
    _look_where_rows_were_left(env.cr, connection)
    _forget_where_nothing_is_left(env.cr, connection, now)
    env.cr.execute(
        "SELECT id, spar_id FROM spar_submission WHERE connection_id = %s AND state = 'done' "
        "AND recheck_at <= %s ORDER BY recheck_at LIMIT %s FOR UPDATE SKIP LOCKED",
        (connection.id, now, limit),
    )
    rows = env.cr.fetchall()
    env["spar.submission"].browse([row[0] for row in rows])._update_rows(
        {"recheck_at": now + timedelta(seconds=AGAIN)}
    )
    return rows


def _look_where_rows_were_left(cr, connection):
    """A row may be at SPAR, or on its way there, and wait for a person before any worker asked: for
    an id that is another's by now, after a merge. What is confirmed for its id is looked at."""
    cr.execute(
        "UPDATE spar_submission c SET recheck_at = o.suspect_until FROM spar_submission o "
        "WHERE o.connection_id = %s AND o.suspect_until IS NOT NULL AND o.state = 'held' "
        "AND c.connection_id = o.connection_id AND c.spar_id = o.spar_id "
        "AND c.confirmed AND c.state = 'done' AND c.recheck_at IS NULL",
        (connection.id,),
    )


def _forget_where_nothing_is_left(cr, connection, now):
    """Rows that are over, for an id where nothing is confirmed, or on its way: what they sent came
    by now or never will. A person was asked about it; nothing is there to be looked at again."""
    cr.execute(
        "UPDATE spar_submission o SET suspect_until = NULL WHERE o.connection_id = %s "
        "AND o.suspect_until <= %s AND o.state IN ('superseded', 'cancelled') "
        "AND NOT EXISTS (SELECT 1 FROM spar_submission c WHERE c.connection_id = o.connection_id "
        "AND c.spar_id = o.spar_id AND c.confirmed) "
        "AND NOT EXISTS (SELECT 1 FROM spar_submission c WHERE c.connection_id = o.connection_id "
        "AND c.spar_id = o.spar_id AND c.state = 'sending')",
        (connection.id, now),
    )


def ask(client, rows):
    """{submission id: SPAR's answer} of those it answers for. RequestError when it cannot be asked.

    One for which even this fails is left out, and looked at again later.
    """
    items = [Item(reference_id=str(row), spar_id=spar_id) for row, spar_id in rows]
    try:
        outcomes = client.resolve(items).outcomes
    except RequestError as error:
        if error.kind == "connection":
            raise
        client.probe()
        if len(rows) == 1:
            return {}
        first, second = split(rows)
        return {**ask(client, first), **ask(client, second)}
    return {
        row: outcome.answer
        for (row, _spar_id), outcome in zip(rows, outcomes, strict=True)
        if outcome.answer is not None
    }


def conclude(env, reader, answers):
    """Where an older value of ours has landed on top, the newest is sent again; what is none of
    ours becomes a difference that somebody sees."""
    for row in env["spar.submission"].browse(answers):
        try:
            with env.cr.savepoint():
                _conclude(row, *reader.interpret(answers[row.id]))
        except unforeseen.COLLISIONS:
            raise
        except Exception as error:
            # Anything: the others are mended, and what waits is carried; this one comes up again.
            unforeseen.tell(error, f"submission {row.id}")


def _conclude(row, held, digest, address):
    if row._rechecked(digest, database_now(row.env.cr)):
        row.env["spar.reconciliation.line"]._found_by_recheck(row, held, digest, address)
