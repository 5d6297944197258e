"""Observe: what was looked at and not sent sleeps, until something makes it worth another look."""

from ..models.tools import database_now

WAKE_AT_ONCE = 1000

# Looked at by settings that changed since, or by none that are in force any more.
STALE = """
SELECT id FROM spar_submission
 WHERE connection_id = %s AND observed IN %s AND observe_round < %s AND state = 'pending'
 LIMIT %s FOR UPDATE SKIP LOCKED
"""

# Another row of a registrant came in: the one it stands behind is looked at again, with it.
BEFORE_A_NEWER = """
SELECT o.id FROM spar_submission s
  JOIN spar_submission o ON o.partner_id = s.partner_id AND o.id <> s.id
   AND (o.sent_at IS NOT NULL
        OR (o.id < s.id AND o.observed IN ('link', 'update', 'unlink', 'same', 'behind')))
 WHERE s.state = 'pending' AND s.connection_id = %s
   AND s.due_at <= clock_timestamp() AT TIME ZONE 'UTC'
   AND o.state = 'pending' AND o.observed IS NOT NULL
 LIMIT %s FOR UPDATE OF o SKIP LOCKED
"""


def wake(env, connection_id):
    """Make due what sleeps and is to be looked at again, or sent. False when there is none.

    Asked only when nothing else is due; a part at a time, so that going live over a million rows
    is no transaction over a million rows.
    """
    connection = env["spar.connection"].browse(connection_id)
    submissions = env["spar.submission"]
    kinds = tuple(submissions._fields["observed"].get_values(env))
    env.cr.execute(STALE, (connection_id, kinds, connection.observe_round, WAKE_AT_ONCE))
    found = env.cr.fetchall()
    if not found and any(c._observes() for c in connection.search([])):
        env.cr.execute(BEFORE_A_NEWER, (connection_id, WAKE_AT_ONCE))
        found = env.cr.fetchall()
    submissions.browse({row[0] for row in found})._make_due(database_now(env.cr))
    return bool(found)
