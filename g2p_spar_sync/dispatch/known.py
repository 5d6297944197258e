"""Known: what the ledger says of the ids of a batch, before SPAR is asked."""

from ..spar import Confirmed


def wrote_since(row):
    """Did SPAR take another write since this row first failed alone?"""
    row.env.cr.execute(
        "SELECT 1 FROM spar_submission WHERE connection_id = %s AND state = 'done' "
        "AND settled_at > %s AND outcome IN ('link', 'update', 'unlink') LIMIT 1",
        (row.connection_id.id, row.solo_since),
    )
    return bool(row.env.cr.fetchone())


def confirmed_for(cr, connection, spar_ids):
    """{SPAR id: [(partner, Confirmed)]}, oldest first"""
    cr.execute(
        "SELECT partner_id, spar_id, operation, address_hash, settled_at FROM spar_submission "
        "WHERE connection_id = %s AND confirmed AND spar_id IN %s ORDER BY id",
        (connection.id, spar_ids),
    )
    found = {}
    for partner, spar_id, operation, digest, at in cr.fetchall():
        confirmed = Confirmed(identity=digest if operation == "set" else None, at=at)
        found.setdefault(spar_id, []).append((partner, confirmed))
    return found


def newest_of(confirmed, mates):
    """The newest of ``confirmed`` that somebody of this line handed in, or None."""
    return next((value for partner, value in reversed(confirmed) if partner in mates), None)


def in_flight_to(cr, connection, spar_ids):
    """{SPAR id: [(submission, whose, way back, hash)]} of values that may be at SPAR.

    They were sent with an unknown outcome; or (``way back``) reached the id, perhaps, when its
    registrant had got another one by then, and nothing was confirmed for it since.
    """
    cr.execute(
        "SELECT spar_id, id, partner_id, false, "
        "CASE WHEN operation = 'set' THEN address_hash ELSE '' END FROM spar_submission "
        "WHERE connection_id = %(connection)s AND suspect_until IS NOT NULL "
        "AND spar_id IN %(ids)s "
        "UNION ALL "
        "SELECT o.spar_id, o.id, o.partner_id, true, o.address_hash FROM spar_submission o "
        "WHERE o.connection_id = %(connection)s AND o.way = 'old_id' AND o.spar_id IN %(ids)s "
        "AND o.state <> 'done' AND NOT EXISTS (SELECT 1 FROM spar_submission c "
        "WHERE c.connection_id = o.connection_id AND c.spar_id = o.spar_id AND c.confirmed "
        "AND c.id > o.id)",
        {"connection": connection.id, "ids": spar_ids},
    )
    found = {}
    for spar_id, *value in cr.fetchall():
        found.setdefault(spar_id, []).append(value)
    return found


def over_which(in_flight, row, confirmed, mates):
    """The hashes of ``in_flight`` that are ours to go over, for ``row``.

    Those of its own line; and a stranger's where they can only have come on top of what this line
    has confirmed there, or took away. Else they may be what the stranger is paid by.

    :param confirmed: the newest of this line, or None
    """
    holds = confirmed and (confirmed.identity is not None or row.operation == "remove")
    return frozenset(
        digest
        for other, whose, way_back, digest in in_flight
        if other != row.id and (whose in mates or (holds and not way_back))
    )
