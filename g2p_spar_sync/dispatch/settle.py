"""Settle: verdicts become states, each in its own right, and only under our own lease."""

import dataclasses
from collections import Counter, defaultdict
from datetime import timedelta

from ..models.tools import database_now

#: Of the newest verdicts, so many and so large a share with one rejection code are a wrong setting.
DOMINANT_COUNT, DOMINANT_SHARE = 20, 0.8
#: How many are looked at where a batch has not as many itself, and how old they may be.
NEWEST, RECENT = 25, timedelta(hours=24)

EVENTS = {"done": "settled", "rejected": "settled", "held": "held", "conflict": "conflict"}


def settle(env, connection, claim, carrier):
    """Write what ``carrier`` found out about ``claim``; rows that lost their lease stay."""
    now = database_now(env.cr)
    submissions = env["spar.submission"]
    _record_sent(env, carrier)
    verdicts = carrier.verdicts
    before = _newest(env.cr, connection, now) if _any_rejected(verdicts) else []
    dominant = dominating(verdicts, [code for _row, code in before])
    if dominant:
        # It says something about a setting, not about so many people: nobody is rejected for it.
        verdicts = {
            row: dataclasses.replace(v, state="pending") if v.state == "rejected" else v
            for row, v in verdicts.items()
        }
    groups = defaultdict(list)
    for row, verdict in verdicts.items():
        groups[verdict].append(row)
    for verdict, rows in groups.items():
        moved = submissions.browse(rows)._transition(
            verdict.state,
            "observed" if verdict.observed else EVENTS.get(verdict.state, "delayed"),
            lease=claim.token,
            detail=f"{verdict.observed}: {verdict.detail}" if verdict.observed else verdict.detail,
            **_columns(verdict, connection, now),
        )
        if verdict.observed:
            moved._record_observed(verdict, claim.observe_round, now)
        if verdict.state == "done":
            moved.fetch(["partner_id", "connection_id", "spar_id", "way"])
            moved.partner_id.fetch([*env["res.partner"]._spar_id_fields()])
            moved._confirm()
            moved._ask_about_new_ids()
        if verdict.state != "pending":
            moved._recheck_later()
        if verdict.alone:
            _count_alone(moved, now)
        if verdict.burns:
            _count_attempt(moved)
    if dominant:
        refused = submissions.browse([row for row, code in before if code == dominant])
        # A repair that was refused is confirmed still, since when it was settled.
        repairs = refused.filtered("confirmed")
        for alike, more in ((repairs, {}), (refused - repairs, {"settled_at": None})):
            alike._transition(
                "pending", "delayed", detail=dominant, due_at=now, hold_reason=None, **more
            )
        connection._halt(dominant)


def dominating(verdicts, before=()):
    """The rejection code that dominates the newest verdicts, or None. Pure.

    :param verdicts: {submission id: Verdict} of a batch
    :param before: codes of what was settled before it, newest first, None for what SPAR took
    """
    codes = [v.detail if v.state == "rejected" else None for v in verdicts.values()]
    codes += before[: max(0, NEWEST - len(codes))]
    for code, count in Counter(filter(None, codes)).items():
        if count >= DOMINANT_COUNT and count >= DOMINANT_SHARE * len(codes):
            return code
    return None


def _any_rejected(verdicts):
    return any(verdict.state == "rejected" for verdict in verdicts.values())


def _newest(cr, connection, now):
    """[(submission id, its rejection code or None)] of what was settled last, newest first."""
    cr.execute(
        "SELECT id, CASE WHEN state = 'rejected' THEN hold_reason END FROM spar_submission "
        "WHERE connection_id = %s AND state IN ('done', 'rejected') AND settled_at > %s "
        "ORDER BY settled_at DESC LIMIT %s",
        (connection.id, now - RECENT, NEWEST),
    )
    return cr.fetchall()


def _columns(verdict, connection, now):
    columns = {}
    if verdict.sent or verdict.may_land_late:
        columns["sent_at"] = now
    if verdict.may_land_late:
        columns["suspect_until"] = now + timedelta(seconds=connection.in_flight_seconds)
    if verdict.state == "done":
        columns.update(
            outcome=verdict.detail,
            settled_at=now,
            hold_reason=None,
            hold_params=None,
            confirmed=True,
        )
    elif verdict.state == "pending":
        columns["due_at"] = now + timedelta(seconds=verdict.after)
    else:
        columns.update(hold_reason=verdict.detail, hold_params=None, seen_hash=verdict.seen)
        if verdict.state == "rejected":
            columns["settled_at"] = now
    return columns


def _count_attempt(rows):
    rows.env.cr.execute(
        "UPDATE spar_submission SET attempts = COALESCE(attempts, 0) + 1 WHERE id IN %s",
        (tuple(rows.ids) or (0,),),
    )


def _count_alone(rows, now):
    rows.env.cr.execute(
        "UPDATE spar_submission SET solo_failures = COALESCE(solo_failures, 0) + 1, "
        "solo_since = COALESCE(solo_since, %s) WHERE id IN %s",
        (now, tuple(rows.ids) or (0,)),
    )


def _record_sent(env, carrier):
    rows = env["spar.submission"].browse(carrier.sent)
    for operation in {sent.operation for many in carrier.sent.values() for sent in many}:
        about = {
            row: [
                {"reference_id": s.reference_id, "digest": s.digest, "kid": s.kid}
                for s in many
                if s.operation == operation
            ]
            for row, many in carrier.sent.items()
        }
        env["spar.event"]._record("sent", rows, detail=operation, about=about)
