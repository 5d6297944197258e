"""Drain: claim, carry, settle, over and over, until nothing is due or the time is up."""

import logging
import time

import psycopg2.errors

from ..models.master_key import MasterKeyUnusable
from ..models.tools import database_now
from ..spar import RequestError, SignatureRefused, pause
from . import observe, recheck
from .carrier import Carrier
from .claim import claim, in_order
from .settle import settle

_logger = logging.getLogger(__name__)

JUDGE_AT_ONCE = LOOK_AT_ONCE = 500
TRIES = 5
#: What two workers that meet at one row may raise; the loser tries again.
COLLISIONS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.UniqueViolation,
)


class Drain:
    """One worker's turn.

    :param open_env: context manager factory: an Environment with a cursor of its own, committed at
        the end
    :param budget: seconds
    """

    def __init__(self, open_env, budget):
        self._open_env = open_env
        self._until = time.monotonic() + budget
        #: {connection id: client}, and what each was made of
        self._clients = {}
        self._marks = {}
        self._called_another = False

    def run(self):
        """Work off what is due. Returns seconds until there is more, 0 for at once, or None."""
        while self._in_time() and self._transact(_judge):
            pass
        self._transact(_take_over)
        self._transact(_look_for_ids)
        for connection in self._transact(lambda env: env["spar.connection"].search([]).ids):
            while self._in_time() and self._round(connection):
                pass
            self._recheck(connection)
        for client in self._clients.values():
            client.close()
        return self._transact(_seconds_to_next) if self._in_time() else 0

    def _in_time(self):
        return time.monotonic() < self._until

    def _transact(self, work):
        """``work(env)`` in a transaction of its own, again when another worker was faster."""
        for attempt in range(1, TRIES + 1):
            try:
                with self._open_env() as env:
                    return work(env)
            except COLLISIONS as error:
                if attempt == TRIES:
                    raise
                _logger.info("spar: met another worker (%s), again", type(error).__name__)

    def _round(self, connection_id):
        """One batch. False when nothing of this connection is due, or SPAR cannot take it."""
        started = time.monotonic()
        if not self._ready(connection_id):
            return False
        batch, reader = self._transact(lambda env: self._claim(env, connection_id))
        if batch is None:
            return self._transact(lambda env: observe.wake(env, connection_id))
        batch = self._transact(lambda env: in_order(env, batch))
        if not batch.lines:
            return True
        carrier = Carrier(self._clients[connection_id], reader, batch.deadline)
        carrier.run(batch.lines)
        self._transact(
            lambda env: settle(env, env["spar.connection"].browse(connection_id), batch, carrier)
        )
        _logger.info(
            "spar: connection %s carried %s submissions in %.2f s",
            connection_id,
            len(batch.lines),
            time.monotonic() - started,
        )
        if carrier.trouble:
            self._stop(connection_id, carrier.trouble)
        return carrier.trouble is None

    def _claim(self, env, connection_id):
        identify, _key = env["spar.vault"]._identifier()
        connection = env["spar.connection"].browse(connection_id)
        batch = claim(env, connection, identify)
        if batch and len(batch.lines) == connection.batch_size and not self._called_another:
            # SPAR works on one batch while the other's is claimed or settled.
            env["spar.dispatcher"]._call_another()
            self._called_another = True
        return batch, connection._reader()

    def _ready(self, connection_id):
        """Is the connection running, with a client? One that waits for SPAR is probed when due."""

        def look(env):
            connection = env["spar.connection"].browse(connection_id)
            waits = connection.state == "waiting"
            probe_due = waits and connection.probe_at <= database_now(env.cr)
            try:
                client = self._client(connection)
            except RequestError as error:
                client = None
                if connection.state == "running" or probe_due:
                    connection._stop_for(error, _pause(connection, error))
            return connection.state, probe_due, client

        state, probe_due, client = self._transact(look)
        if client is None:
            return False
        if state == "running":
            return True
        return probe_due and self._probe(connection_id, client)

    def _client(self, connection):
        """The client of this turn; another one where keys or settings are others by now."""
        held = self._clients.get(connection.id)
        if held:
            connection._follow(held)
        mark = connection._client_mark()
        if not held or mark != self._marks[connection.id]:
            client = connection._client()
            if held:
                held.close()
            self._clients[connection.id], self._marks[connection.id] = client, mark
        return self._clients[connection.id]

    def _probe(self, connection_id, client):
        try:
            client.probe()
        except RequestError as error:
            self._stop(connection_id, error)
            return False
        self._transact(lambda env: env["spar.connection"].browse(connection_id)._go_on())
        _logger.info("spar: connection %s answers again", connection_id)
        return True

    def _stop(self, connection_id, error):
        _logger.warning("spar: connection %s waits for SPAR: %s", connection_id, error)

        def stop(env):
            connection = env["spar.connection"].browse(connection_id)
            if (
                isinstance(error, SignatureRefused)
                and connection._client_mark() != self._marks[connection_id]
            ):
                return  # By a key that is the connection's no longer.
            connection._stop_for(error, _pause(connection, error))

        self._transact(stop)

    def _recheck(self, connection_id):
        """Look again where a request may have landed late; carry what this, or a probe, freed."""
        if connection_id not in self._clients or not self._ready(connection_id):
            return
        while self._in_time() and self._look_again(connection_id):
            pass
        while self._in_time() and self._round(connection_id):
            pass

    def _look_again(self, connection_id):
        """One batch. False when there is nothing to look at, or SPAR cannot be asked."""
        rows = self._transact(
            lambda env: recheck.due(env, env["spar.connection"].browse(connection_id), 100)
        )
        if not rows:
            return False
        try:
            answers = recheck.ask(self._clients[connection_id], rows)
        except RequestError as error:
            self._stop(connection_id, error)
            return False
        self._transact(
            lambda env: recheck.conclude(
                env, env["spar.connection"].browse(connection_id)._reader(), answers
            )
        )
        return True


def _judge(env):
    try:
        env["spar.vault"]._check_open()
    except MasterKeyUnusable as error:
        _logger.error("spar: nothing is judged: %s", error.code)
        return 0
    return env["spar.submission"]._judge_new(JUDGE_AT_ONCE)


def _take_over(env):
    return env["spar.submission"]._take_over(database_now(env.cr))


def _look_for_ids(env):
    env["spar.submission"]._look_for_ids(database_now(env.cr), LOOK_AT_ONCE)


def _pause(connection, error):
    """Seconds until the next probe."""
    return pause(error, connection.probes + 1)


def _seconds_to_next(env):
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
