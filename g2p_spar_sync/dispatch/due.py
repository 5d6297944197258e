"""Due: what a turn does for all connections, and when there is more to do."""

import logging

from ..models.master_key import MasterKeyUnusable
from ..models.tools import database_now

_logger = logging.getLogger(__name__)

JUDGE_AT_ONCE = LOOK_AT_ONCE = 500


def whereabouts(env):
    """(database, ids of its connections)"""
    return env.cr.dbname, env["spar.connection"].search([]).ids


def judge(env):
    try:
        env["spar.vault"]._check_open()
    except MasterKeyUnusable as error:
        _logger.error("spar: nothing is judged: %s", error.code)
        return 0
    return env["spar.submission"]._judge_new(JUDGE_AT_ONCE)


def take_over(env):
    return env["spar.submission"]._take_over(database_now(env.cr))


def look_for_ids(env):
    env["spar.submission"]._look_for_ids(database_now(env.cr), LOOK_AT_ONCE)


def seconds_to_next(env):
    """Only what is due later: what is due and was left stands behind something else."""
    now = database_now(env.cr)
    env.cr.execute(
        """
        SELECT min(at) FROM (
            SELECT due_at AS at FROM spar_connection c
             CROSS JOIN LATERAL (SELECT due_at FROM spar_submission
                                  WHERE connection_id = c.id AND state = 'pending'
                                    AND due_at > %(now)s ORDER BY due_at LIMIT 1) s
             WHERE c.active AND c.state = 'running'
            UNION ALL
            SELECT probe_at FROM spar_connection c
             WHERE c.active AND c.state = 'waiting' AND EXISTS (
                   SELECT 1 FROM spar_submission
                    WHERE connection_id = c.id AND state = 'pending')
            UNION ALL
            SELECT min(lease_until) FROM spar_submission WHERE state = 'sending'
            UNION ALL
            SELECT min(recheck_at) FROM spar_submission WHERE recheck_at > %(now)s
        ) AS later
        """,
        {"now": now},
    )
    at = env.cr.fetchone()[0]
    return None if at is None else max((at - now).total_seconds(), 1.0)
