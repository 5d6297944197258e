"""Claim: the oldest open submission of each registrant, leased to this worker."""

import dataclasses
import time
from datetime import timedelta
from uuid import uuid4

from odoo.exceptions import UserError

from ..models.master_key import MasterKeyUnusable
from ..models.spar_connection import MARGIN
from ..models.tools import database_now
from ..spar import (
    AddressError,
    Wanted,
    address_from_dict,
    check_spar_id,
    encode,
)
from . import shared
from .heads import heads
from .known import confirmed_for, in_flight_to, newest_of, over_which, wrote_since
from .line import Claim, Line


def claim(env, connection, identify):
    """Lease the next batch of ``connection``, or None when nothing is due.

    Rows that may not go out leave the line here: superseded, held for an id or for a person.
    """
    deadline = time.monotonic() + connection.lease_seconds - MARGIN
    rows = heads(env, connection)
    if not rows:
        return None
    full = len(rows) == connection.batch_size
    rows = _not_overtaken(rows)
    rows -= rows._go_over()
    spar_ids = _spar_ids(rows)
    _ask_about_old_ids(rows, spar_ids)
    rows = rows.filtered(lambda row: row.id in spar_ids)
    rows = _not_held_back(rows)
    mates = rows.partner_id._spar_lines()
    rows = shared.not_by_strangers(rows, connection, spar_ids, mates)
    rows = shared.in_order(rows, connection, spar_ids, mates)
    rows = shared.one_for_each_id(rows, connection, spar_ids)
    lines = _lines(rows, connection, spar_ids, identify, mates)
    token = uuid4().hex
    until = database_now(env.cr) + timedelta(seconds=connection.lease_seconds)
    env["spar.submission"]._lease(
        token,
        until,
        connection,
        {line.submission_id: line.spar_id for line in lines},
        observing={line.submission_id for line in lines if line.observe},
    )
    return Claim(
        token=token,
        deadline=deadline,
        lines=lines,
        full=full,
        observe_round=connection.observe_round,
    )


def _ask_about_old_ids(rows, spar_ids):
    """A row that may have reached SPAR under an id it no longer goes out for: a person decides.

    Also where it does not go out at all now, for want of an id or because another carries that. A
    removal from an old id asks for no other.
    """
    for row in rows.filtered(lambda row: row.way != "old_id"):
        if row.sent_at and row.spar_id and row.spar_id != spar_ids.get(row.id):
            row._hold_old_id()


def in_order(env, batch):
    """The lines of a committed ``batch`` that may go out, looked at in a transaction of its own.

    A row can become visible while a newer one of its line is claimed, sent and done, all within
    our own claim's snapshot. Once our lease is committed nothing can overtake it any more.
    """
    rows = env["spar.submission"].browse([line.submission_id for line in batch.lines])
    rows = _not_behind_sent(_not_overtaken(rows), batch.token)
    spar_ids = {line.submission_id: line.spar_id for line in batch.lines}
    first = shared.in_order(rows, rows.connection_id, spar_ids, rows.partner_id._spar_lines())
    _go_back((rows - first).filtered(lambda row: row.state == "sending"), batch.token)
    kept = set(first.ids)
    return dataclasses.replace(
        batch, lines=[line for line in batch.lines if line.submission_id in kept]
    )


def _not_overtaken(rows):
    """A newer row of the registrant is done already: this one became visible too late.

    What is confirmed was done, also while it is sent again or that waits for a person.

    Where that one only says that SPAR's own was accepted, nobody knew of this one then: it waits
    for a person.
    """
    rows.env.cr.execute(
        "SELECT s.id, bool_and(n.outcome = 'accepted') FROM spar_submission s "
        "JOIN spar_submission n ON n.partner_id = s.partner_id "
        "AND COALESCE(n.as_old_as_id, n.id) > COALESCE(s.as_old_as_id, s.id) "
        "AND (n.state = 'done' OR n.confirmed) AND n.way IS DISTINCT FROM 'old_id' "
        "WHERE s.id IN %s AND s.confirmed IS NOT TRUE AND s.way IS DISTINCT FROM 'old_id' "
        "GROUP BY s.id",
        (tuple(rows.ids) or (0,),),
    )
    late = dict(rows.env.cr.fetchall())
    unseen = rows.browse([row for row, accepted in late.items() if accepted])
    unseen._transition("held", "held", detail="accepted_since", hold_reason="accepted_since")
    overtaken = rows.browse(late) - unseen
    overtaken._transition("superseded", "superseded", detail="newer_confirmed")
    return rows - overtaken - unseen


def _not_behind_sent(rows, token):
    """A newer row of the registrant was sent, with an unknown outcome: that one goes first."""
    rows.env.cr.execute(
        "SELECT s.id FROM spar_submission s WHERE s.id IN %s AND EXISTS ("
        "SELECT 1 FROM spar_submission n WHERE n.partner_id = s.partner_id AND n.id > s.id "
        "AND n.state = 'pending' AND n.sent_at IS NOT NULL "
        "AND (n.connection_id = s.connection_id OR (n.way = 'old_id' OR n.confirmed) IS NOT TRUE))",
        (tuple(rows.ids) or (0,),),
    )
    behind = rows.browse([row[0] for row in rows.env.cr.fetchall()])
    _go_back(behind, token)
    return rows - behind


def _go_back(rows, token):
    rows._transition("pending", "delayed", lease=token, detail="newer_sent")


def _spar_ids(rows):
    """{submission id: SPAR id}; rows without a usable one wait for it."""
    known = rows.partner_id._spar_id()
    usable = {}
    for row in rows:
        current = known.get(row.partner_id.id)
        if row.way == "old_id" and row.spar_id == current:
            row._drop_removal()
            continue
        spar_id = row.spar_id if row._has_fixed_id() else current
        if spar_id is None:
            row._transition("held", "held", detail="no_id", hold_reason="no_id", waits_for_id=True)
            continue
        try:
            usable[row.id] = check_spar_id(spar_id)
        except AddressError as error:
            row._transition(
                "held",
                "held",
                detail=error.code,
                hold_reason=error.code,
                hold_params={"reason": error.params["reason"]},
                waits_for_id=True,
            )
    return usable


def _not_held_back(rows):
    """Rows of registrants who are not to be paid now wait for a person."""
    reasons = rows.partner_id._spar_held_back()
    for row in rows:
        reason = reasons.get(row.partner_id.id)
        # An archived registrant is restored first; else a release is the person's decision.
        if reason and (reason == "registrant_archived" or not row.released_by):
            row._transition("held", "held", detail=reason, hold_reason=reason)
    return rows.filtered(lambda row: row.state == "pending")


def _lines(rows, connection, spar_ids, identify, mates):
    ids = tuple(spar_ids[row.id] for row in rows) or ("",)
    confirmed = confirmed_for(rows.env.cr, connection, ids)
    in_flight = in_flight_to(rows.env.cr, connection, ids)
    channels = rows.env["spar.channel"]._spar_by_code()
    policies = {code: channel._spar_policy() for code, channel in channels.items()}
    strategies = connection._strategies()
    persons = connection._persons(rows.partner_id)
    observed = connection._observed_among(rows.partner_id)
    lines = []
    for row in rows:
        spar_id, partner = spar_ids[row.id], row.partner_id.id
        ours = newest_of(confirmed.get(spar_id, ()), mates[partner])
        address = _opened(row)
        if address is None:
            row._transition("held", "held", detail="unjudgeable", hold_reason="unjudgeable")
            continue
        strategy = strategies.for_method(address.method)
        try:
            fa = encode(address, strategy)
        except AddressError as error:
            row._transition("held", "held", detail=error.code, hold_reason=error.code)
            continue
        lines.append(
            Line(
                submission_id=row.id,
                spar_id=spar_id,
                strategy_id=strategy.strategy_id,
                wanted=Wanted(
                    operation=row.operation,
                    identity=identify(address.identity()),
                    fa=fa,
                    sent_before=bool(row.sent_at),
                    shown=row.shown_hash if row.shown_hash is not False else None,
                    collected_at=row.collected_at or None,
                    released=bool(row.released_by),
                    decided=row.decided,
                ),
                confirmed=ours,
                policy=policies[row.channel],
                in_flight=over_which(in_flight.get(spar_id, ()), row, ours, mates[partner]),
                attempts=row.attempts,
                solo_failures=row.solo_failures,
                others_succeeded=bool(row.solo_since) and wrote_since(row),
                **persons[partner],
                observe=partner in observed,
                adopt=bool(row.adopted_by),
            )
        )
    return lines


def _opened(row):
    """The row's address, None where it has none or its seal was altered: one row's matter."""
    try:
        payload = row._address()
    except MasterKeyUnusable:
        raise
    except UserError:
        return None
    parts = payload and payload["address"]
    return address_from_dict(parts) if parts else None
