"""Heads: who is first in each registrant's line, of those that are due."""

# A registrant's line stands still while an older row is open, waits for an id, or is on its way.
# A removal from an old id has its id, and waits for none; neither it nor a repair holds up what
# goes to another SPAR.
# What was sent before goes first: it may be at SPAR, and nothing older goes on top of it, such as
# a row that was released, or became visible, meanwhile. A stale snapshot only ever sees more rows
# open than there are, so it claims less, never too much; the unique index on (connection, SPAR id)
# of rows on their way settles what it cannot see, and ``in_order`` the rest.
# A row that was only looked at sleeps, without a due_at; one that would wait for a person blocks
# nobody, as it would not when sent.
#
# OFFSET 0 keeps the planner from making a join of it: before the table is analysed after a large
# import, it takes the index of open rows for empty, and reads all of it again for each row.
HEADS = """
SELECT s.id FROM spar_submission s
 WHERE s.state = 'pending' AND s.connection_id = %s
   AND s.due_at <= statement_timestamp() AT TIME ZONE 'UTC'
   AND NOT EXISTS (
       SELECT 1 FROM spar_submission o
        WHERE o.partner_id = s.partner_id AND o.id <> s.id
          AND (o.connection_id = s.connection_id
               OR (o.way = 'old_id' OR o.confirmed) IS NOT TRUE)
          AND (o.state = 'sending'
               OR (o.state = 'pending' AND o.sent_at IS NOT NULL
                   AND (s.sent_at IS NULL OR o.id > s.id))
               OR (o.id < s.id AND s.sent_at IS NULL
                   AND (o.state IN ('new', 'pending')
                        OR (o.waits_for_id AND s.way IS DISTINCT FROM 'old_id'))))
          AND (o.state IN ('new', 'pending', 'sending') OR o.waits_for_id)
          AND (o.observed IN ('differs', 'held', 'invalid') AND o.sent_at IS NULL) IS NOT TRUE
       OFFSET 0)
 ORDER BY s.due_at, s.id LIMIT %s
   FOR UPDATE OF s SKIP LOCKED
"""

# The index of what waits is in this order. PostgreSQL would rather sort: until it has analysed the
# table it takes the waiting rows for few, and later it minds the look at each line, so that it
# sorts all that are due, for each batch.
IN_ORDER = "SET LOCAL enable_sort = off"

#: What is read of a claimed row, in one statement; a submission has twice as many columns.
READ = (
    "partner_id channel way operation state connection_id spar_id due_at confirmed released_by "
    "decided address_sealed seal_key_id shown_hash collected_at sent_at attempts solo_failures "
    "solo_since adopted_by as_old_as_id"
).split()


def heads(env, connection):
    """The next batch of ``connection``, locked, and read as far as a batch needs it."""
    env.cr.execute(IN_ORDER)
    env.cr.execute(HEADS, (connection.id, connection.batch_size))
    rows = env["spar.submission"].browse([row[0] for row in env.cr.fetchall()])
    env.cr.execute("SET LOCAL enable_sort = DEFAULT")
    rows.fetch(READ)
    rows.partner_id.fetch(["active", *env["res.partner"]._spar_id_fields()])
    return rows
