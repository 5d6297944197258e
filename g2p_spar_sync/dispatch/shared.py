"""SPAR ids that several registrants carry: a household and its head are one line, others a mistake.

``mates`` is what ``res.partner._spar_lines`` says of the rows' registrants.
"""

from datetime import timedelta

from odoo.tools import SQL

from ..models.tools import database_now

#: How long a row waits whose id is on its way for another row.
BEHIND = timedelta(seconds=2)


def not_by_strangers(rows, connection, spar_ids, mates):
    """Two registrants with one id who are no line: the newcomer is held, whoever it is."""
    wanted = set(spar_ids.values())
    carriers = rows.env["res.partner"]._spar_with_ids(connection, wanted)
    confirmed = rows._confirmed_for(connection, wanted)
    for row in rows:
        spar_id, line = spar_ids[row.id], mates[row.partner_id.id]
        carrying, paid = carriers.get(spar_id, []), confirmed[spar_id]
        if row.way == "old_id":
            # Whoever carries the id by now loses nothing by this removal, unless paid by it: what a
            # person saw there may be theirs, also by another hand than ours.
            strangers = {*paid, *(carrying if row.decided else ())} - {*line}
        elif row.confirmed:
            # A repair, for an id that may be another's by now.
            strangers = {*carrying, *paid} - {*line}
        else:
            owner = min(paid & {*carrying}, default=min(carrying, default=None))
            strangers = {*carrying} - {*line} if owner not in line else set()
        if strangers:
            row._transition(
                "held",
                "held",
                detail="duplicate_id",
                hold_reason="duplicate_id",
                hold_params={"partner": ", ".join(map(str, sorted(strangers)))},
            )
    return rows.filtered(lambda row: row.state == "pending")


def in_order(rows, connection, spar_ids, mates):
    """A line of several registrants keeps its order as one registrant's does.

    So does what became visible late: over where a newer one is done, for a person where SPAR's own
    was accepted by one who could not know of it.
    """
    pairs = [
        (row.id, row._age(), mate, bool(row.sent_at))
        for row in rows
        for mate in mates[row.partner_id.id]
        if mate != row.partner_id.id
    ]
    if not pairs:
        return rows
    rows.env.cr.execute(
        SQL(
            "SELECT v.row, o.id, COALESCE(o.as_old_as_id, o.id) > v.age "
            "AND (o.state = 'done' OR o.confirmed), o.outcome = 'accepted', o.state, "
            "o.spar_id, o.due_at FROM (VALUES %s) AS v (row, age, partner, sent) "
            "JOIN spar_submission o ON o.partner_id = v.partner "
            "AND (o.connection_id = %s OR (o.way = 'old_id' OR o.confirmed) IS NOT TRUE) AND ("
            "(COALESCE(o.as_old_as_id, o.id) > v.age AND (o.state = 'done' OR o.confirmed) "
            "AND o.connection_id = %s) "
            # As for one registrant: what was sent before goes first.
            "OR (o.state IN ('pending', 'sending') AND o.sent_at IS NOT NULL "
            "AND (NOT v.sent OR o.id > v.row)) "
            "OR (o.id < v.row AND NOT v.sent AND o.state IN ('new', 'pending', 'sending') "
            "AND (o.observed IN ('differs', 'held', 'invalid')) IS NOT TRUE))",
            SQL(", ").join(SQL("(%s, %s, %s, %s)", *pair) for pair in pairs),
            connection.id,
            connection.id,
        )
    )
    found = rows.env.cr.fetchall()
    late, behind, soon = {}, {}, database_now(rows.env.cr) + BEHIND
    for row, other, newer_done, accepted, state, spar_id, due_at in found:
        if newer_done and spar_id == spar_ids[row]:
            late[row] = bool(accepted and late.get(row, True))
        elif state != "done":
            # One that is on its way, or does not go now itself, is not over at once.
            waits = due_at and other not in rows.ids
            behind.setdefault(row, []).append(max(due_at, soon) if waits else due_at)
    unseen = rows.browse([row for row, accepted in late.items() if accepted]).filtered(
        # A copy, or a removal from an old id, could only be released to the same.
        lambda row: row.way != "old_id" and not row.as_old_as_id
    )
    unseen._transition("held", "held", detail="accepted_since", hold_reason="accepted_since")
    overtaken = rows.browse(late) - unseen
    overtaken._transition("superseded", "superseded", detail="newer_confirmed")
    for row in rows.browse(set(behind) - set(late)):
        # Not before the one it stands behind, so that no worker turns in circles over it.
        if None in behind[row.id]:
            asleep = row._sleep_behind(connection.observe_round)
            asleep._followers_sleep(connection.observe_round)
        else:
            row._update_rows({"due_at": max(*behind[row.id], row.due_at)})
    return rows.filtered(lambda row: row.id not in late and row.id not in behind)


def one_for_each_id(rows, connection, spar_ids):
    """SPAR keeps one row an id: what shares one goes one after the other."""
    rows.env.cr.execute(
        "SELECT spar_id FROM spar_submission WHERE connection_id = %s AND state = 'sending' "
        "AND spar_id IN %s",
        (connection.id, tuple(spar_ids.values()) or ("",)),
    )
    taken = {row[0] for row in rows.env.cr.fetchall()}
    chosen = rows.browse()
    for row in rows.sorted("id"):
        if spar_ids[row.id] not in taken:
            taken.add(spar_ids[row.id])
            chosen |= row
    # So that no worker turns in circles over them while another has that id.
    (rows - chosen)._update_rows({"due_at": database_now(rows.env.cr) + BEHIND})
    return chosen
