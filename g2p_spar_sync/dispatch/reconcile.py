"""Reconcile: ask SPAR about a run's registrants, batch by batch, and write down what differs.

Between the requests lies no open cursor. What a worker found out is written only under its own
lease; whoever comes after a crash goes on behind the last batch that was.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from ..models.spar_reconciliation import SelectionUnusable
from ..models.tools import database_now
from ..spar import RequestError
from . import recheck
from .drain import Drain

_logger = logging.getLogger(__name__)

#: Seconds a run may fall behind its rate and catch up; and until it looks again while SPAR is away.
CATCH_UP, AGAIN = 10, 30
HELD_AT_ONCE = 500

# One run of a connection at a time, what a person selected first: they share its rate.
FIRST = """
SELECT DISTINCT ON (connection_id) id, connection_id,
       GREATEST(next_at, COALESCE(lease_until, next_at)) AS due
  FROM spar_reconciliation WHERE state = 'running'
 ORDER BY connection_id, partner_domain IS NULL, id
"""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One batch of one run, leased."""

    run_id: int
    connection_id: int
    token: str
    deciding: bool


class Reconcile(Drain):
    """One worker's turn at comparing; it asks and probes as the one at carrying does."""

    def run(self):
        """Work until the time is up. Seconds until there is more, 0 for at once, or None."""
        while self._in_time() and self._step():
            pass
        self._close()
        return self._transact(_seconds_to_next) if self._in_time() else 0

    def _step(self):
        """One batch. False when nothing is due."""
        turn = self._transact(_take)
        if turn is None:
            return False
        if self._transact(lambda env: _hold_reborn(env, turn)):
            return True
        if not self._ready(turn.connection_id):
            self._transact(lambda env: _put_off(env, turn, "not_running"))
            return True
        prepare, conclude = (_lines, _decide) if turn.deciding else (_partners, _compare)
        try:
            work, spar_ids, since = self._transact(lambda env: prepare(env, turn))
        except SelectionUnusable as error:
            _logger.warning(
                "spar: comparison %s is paused: its selection cannot be searched (%s)",
                turn.run_id,
                type(error.__cause__).__name__,
            )
            self._transact(lambda env: _pause(env, turn))
            return True
        try:
            answers = self._ask(turn, spar_ids)
        except RequestError as error:
            self._stop(turn.connection_id, error, self._clients[turn.connection_id])
            code = error.code
            self._transact(lambda env: _put_off(env, turn, code))
            return True
        self._transact(lambda env: conclude(env, turn, work, answers, since))
        return True

    def _ask(self, turn, spar_ids):
        """{SPAR id: SPAR's answer} of those it answers for."""
        if not spar_ids:
            return {}
        known = dict(enumerate(sorted(spar_ids)))
        said = recheck.ask(self._clients[turn.connection_id], list(known.items()))
        return {known[number]: answer for number, answer in said.items()}

    def _ready(self, connection_id, busy=False):
        """Also where nothing is sent, but SPAR is asked."""
        return super()._ready(connection_id, busy) or (
            connection_id in self._clients
            and self._transact(
                lambda env: env["spar.connection"].browse(connection_id)._compares_while_paused()
            )
        )


def _take(env):
    """Lease the next batch that is due, or None."""
    now = database_now(env.cr)
    env.cr.execute(
        f"SELECT id FROM ({FIRST}) AS first WHERE due <= %s ORDER BY due LIMIT 1", (now,)
    )
    row = env.cr.fetchone()
    if not row:
        return None
    run = env["spar.reconciliation"].browse(row[0])
    token = uuid4().hex
    run.write(
        {
            "lease_token": token,
            "lease_until": now + timedelta(seconds=run.connection_id.lease_seconds),
        }
    )
    return Turn(
        run_id=run.id,
        connection_id=run.connection_id.id,
        token=token,
        deciding=bool(run.decision),
    )


def _hold_reborn(env, turn):
    """Rows that a restored database would send are held first. True while there are more."""
    run = env["spar.reconciliation"].browse(turn.run_id)
    if run.purpose != "registry_restored" or run.reborn_held:
        return False
    connection = run.connection_id
    held, left = env["spar.submission"]._hold_reborn(
        connection, connection.restored_to, HELD_AT_ONCE
    )
    # One that somebody else's transaction holds on to is not due before that is over.
    again = database_now(env.cr) + timedelta(seconds=AGAIN if left else 0)
    run._advance(turn.token, reborn_held=not held and not left, next_at=again)
    return True


def _partners(env, turn):
    """(what to compare, the SPAR ids to ask about, database time)"""
    run = env["spar.reconciliation"].browse(turn.run_id)
    partners = run._next_partners(run.connection_id.batch_size)
    asked = run._asked(partners)
    spar_ids = {spar_id for ids in asked.values() for spar_id in ids}
    return (partners.ids, asked), spar_ids, database_now(env.cr)


def _compare(env, turn, work, answers, since):
    ids, asked = work
    run = env["spar.reconciliation"].browse(turn.run_id)
    if not _goes_on(env, run, turn, ids):
        return
    if ids:
        run._compare(asked, answers, since)
    else:
        run._end()
        _logger.info("spar: comparison %s is done: %s", run.id, run.found)


def _lines(env, turn):
    run = env["spar.reconciliation"].browse(turn.run_id)
    lines = run._next_lines(run.connection_id.batch_size)
    return lines.ids, set(lines.mapped("spar_id")), database_now(env.cr)


def _decide(env, turn, ids, answers, since):
    run = env["spar.reconciliation"].browse(turn.run_id)
    if not _goes_on(env, run, turn, ids):
        return
    if ids:
        env["spar.reconciliation.line"].browse(ids).exists()._settle(
            run.decision, run.decided_by, answers, since
        )
    else:
        run._end()


def _goes_on(env, run, turn, ids):
    """Write down that this batch is done, and when the next one may be, at the manager's rate."""
    now = database_now(env.cr)
    if not run.exists():
        return False
    vals = {"next_at": now, "trouble": False}
    if ids:
        earliest = max(run.next_at or now, now - timedelta(seconds=CATCH_UP))
        wait = timedelta(minutes=len(ids) / run.connection_id.reconcile_rate)
        vals.update(last_id=max(ids), done=run.done + len(ids), next_at=earliest + wait)
    return run._advance(turn.token, **vals)


def _put_off(env, turn, code):
    """SPAR cannot be asked: nothing is written down about anybody."""
    run = env["spar.reconciliation"].browse(turn.run_id)
    again = database_now(env.cr) + timedelta(seconds=AGAIN)
    run._advance(turn.token, next_at=again, trouble=code)


def _pause(env, turn):
    """Its selection cannot be searched: a person looks; the connection's other runs go on."""
    run = env["spar.reconciliation"].browse(turn.run_id)
    run._advance(turn.token, state="paused", trouble="selection")


def _seconds_to_next(env):
    env.cr.execute(f"SELECT min(due) FROM ({FIRST}) AS first")
    at = env.cr.fetchone()[0]
    return None if at is None else max((at - database_now(env.cr)).total_seconds(), 1.0)
