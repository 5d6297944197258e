"""Drain: claim, carry, settle, over and over, until nothing is due or the time is up.

While SPAR works on one batch, the one before it is settled and the next one claimed.
"""

import logging
import time

import psycopg2.errors

from ..models.master_key import MasterKeyUnusable
from ..models.tools import database_now
from ..spar import RequestError, SignatureRefused, pause
from . import observe, recheck, unforeseen
from .carrier import Carrier
from .claim import claim, in_order
from .flight import Flight, sender
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
        #: {connection id: client}, and {client: what it was made of} of the whole turn
        self._clients = {}
        self._marks = {}
        self._called_another = False

    def run(self):
        """Work off what is due. Returns seconds until there is more, 0 for at once, or None."""
        while self._in_time() and self._transact(_judge):
            pass
        self._transact(_take_over)
        self._transact(_look_for_ids)
        dbname, connections = self._transact(_whereabouts)
        broken = []
        with sender(dbname) as thread:
            for connection in connections:
                try:
                    self._carry(connection, thread)
                    self._recheck(connection, thread)
                except Exception as error:
                    # Anything: the other connections are served first, then the turn fails of it.
                    unforeseen.tell(error, f"connection {connection}")
                    broken.append(error)
        self._close()
        if broken:
            raise broken[0]
        return self._transact(_seconds_to_next) if self._in_time() else 0

    def _close(self):
        for client in self._marks:
            client.close()

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

    def _carry(self, connection_id, thread):
        """Batch after batch, until nothing of this connection is due, or SPAR cannot take it."""
        under_way, hurry = None, False
        while True:
            ahead = self._next(connection_id, under_way) if hurry or not under_way else None
            if not ahead and not under_way:
                return
            if ahead:
                ahead.launch(thread, under_way)
            if under_way:
                under_way.land()
                # With little to do it lands first: a row whose line is under way is put off.
                hurry = under_way.quick and under_way.batch.full
                self._settle(connection_id, under_way)
            under_way = ahead

    def _next(self, connection_id, under_way):
        """The next batch, ready to be launched; None when there is none, or SPAR cannot take it."""
        while self._in_time() and self._ready(connection_id, busy=under_way is not None):
            batch, reader = self._transact(lambda env: self._claim(env, connection_id))
            if batch is None:
                # What is to be looked at again may stand behind what is under way.
                if under_way or not self._transact(lambda env: observe.wake(env, connection_id)):
                    return None
                continue
            batch = self._transact(lambda env, batch=batch: in_order(env, batch))
            if batch.lines:
                client = self._clients[connection_id]
                return Flight(batch, Carrier(client, reader, batch.deadline), client)
        return None

    def _settle(self, connection_id, flight):
        batch, carrier = flight.batch, flight.carrier
        self._transact(
            lambda env: settle(env, env["spar.connection"].browse(connection_id), batch, carrier)
        )
        _logger.info(
            "spar: connection %s carried %s submissions in %.2f s",
            connection_id,
            len(batch.lines),
            flight.seconds,
        )
        if carrier.trouble:
            self._stop(connection_id, carrier.trouble, flight.client)

    def _claim(self, env, connection_id):
        identify, _key = env["spar.vault"]._identifier()
        connection = env["spar.connection"].browse(connection_id)
        batch = claim(env, connection, identify)
        if batch and batch.full and not self._called_another:
            # Where SPAR has several processes, another batch is at another one of them.
            env["spar.dispatcher"]._call_another()
            self._called_another = True
        return batch, connection._reader()

    def _ready(self, connection_id, busy=False):
        """Is the connection running, with a client? One that waits for SPAR is probed when due.

        :param busy: its client is at work in the sender's thread, and not free to probe
        """

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
        return probe_due and not busy and self._probe(connection_id, client)

    def _client(self, connection):
        """The client of this turn; another one where keys or settings are others by now."""
        held = self._clients.get(connection.id)
        if held:
            connection._follow(held)
        mark = connection._client_mark()
        if not held or mark != self._marks[held]:
            # The one before may be at SPAR with a batch: it is closed when the turn is over.
            held = self._clients[connection.id] = connection._client()
            self._marks[held] = mark
        return held

    def _probe(self, connection_id, client):
        try:
            with unforeseen.as_trouble("a probe"):
                client.probe()
        except RequestError as error:
            self._stop(connection_id, error, client)
            return False
        self._transact(lambda env: env["spar.connection"].browse(connection_id)._go_on())
        _logger.info("spar: connection %s answers again", connection_id)
        return True

    def _stop(self, connection_id, error, client):
        _logger.warning("spar: connection %s waits for SPAR: %s", connection_id, error)

        def stop(env):
            connection = env["spar.connection"].browse(connection_id)
            if (
                isinstance(error, SignatureRefused)
                and connection._client_mark() != self._marks[client]
            ):
                return  # By a key that is the connection's no longer.
            connection._stop_for(error, _pause(connection, error))

        self._transact(stop)

    def _recheck(self, connection_id, thread):
        """Look again where a request may have landed late; carry what this, or a probe, freed."""
        if connection_id not in self._clients or not self._ready(connection_id):
            return
        while self._in_time() and self._look_again(connection_id):
            pass
        self._carry(connection_id, thread)

    def _look_again(self, connection_id):
        """One batch. False when there is nothing to look at, or SPAR cannot be asked."""
        rows = self._transact(
            lambda env: recheck.due(env, env["spar.connection"].browse(connection_id), 100)
        )
        if not rows:
            return False
        client = self._clients[connection_id]
        try:
            with unforeseen.as_trouble(f"{len(rows)} rechecks"):
                answers = recheck.ask(client, rows)
        except RequestError as error:
            self._stop(connection_id, error, client)
            return False
        self._transact(
            lambda env: recheck.conclude(
                env, env["spar.connection"].browse(connection_id)._reader(), answers
            )
        )
        return True


def _whereabouts(env):
    """(database, ids of its connections)"""
    return env.cr.dbname, env["spar.connection"].search([]).ids


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
