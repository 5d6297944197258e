"""Drain: claim, carry, settle, over and over, until nothing is due or the time is up.

While SPAR works on one batch, the one before it is settled and the next one claimed.
"""

import logging
import random
import time

from ..models.tools import database_now
from ..spar import RequestError, SignatureRefused, pause
from . import due, observe, recheck, unforeseen
from .carrier import Carrier
from .claim import claim, in_order
from .flight import Flight, sender
from .settle import settle

_logger = logging.getLogger(__name__)

#: Of a turn, how much is judging at most, while there is something to send.
JUDGING = 0.25
#: So many batches are carried before rechecks are looked at, and so many of those in between.
LOOK_EVERY, LOOKS = 10, 5
TRIES = 5


class Drain:
    """One worker's turn.

    :param open_env: context manager factory: an Environment with a cursor of its own, committed at
        the end
    :param budget: seconds
    """

    def __init__(self, open_env, budget):
        self._open_env = open_env
        self._budget = budget
        self._end = time.monotonic() + budget
        #: what is worked at now has time until then
        self._until = self._end
        #: {connection id: client}, and {client: what it was made of} of the whole turn
        self._clients = {}
        self._marks = {}
        #: {connection id: what nobody foresaw}
        self._broken = {}
        self._called_another = False

    def run(self):
        """Work off what is due. Returns seconds until there is more, 0 for at once, or None."""
        more = True
        while more:
            unjudged = self._judge()
            self._transact(due.take_over)
            self._transact(due.look_for_ids)
            self._serve(*self._transact(due.whereabouts))
            more = unjudged and self._in_time()
        self._close()
        if self._broken:
            raise next(iter(self._broken.values()))
        return self._transact(due.seconds_to_next) if self._in_time() else 0

    def _judge(self):
        """Judge for a share of the turn. Returns whether there may be more to judge."""
        self._until = min(self._end, time.monotonic() + JUDGING * self._budget)
        more = True
        while more and self._in_time():
            more = self._transact(due.judge)
        self._until = self._end
        return more

    def _serve(self, dbname, connections):
        """Each connection has its share of the time that is left; what it leaves is the others'."""
        # One that overruns its share takes it from those behind it: not always from the same.
        random.shuffle(connections)
        with sender(dbname) as thread:
            while connections and self._in_time():
                rest = []
                for place, connection in enumerate(connections):
                    now = time.monotonic()
                    self._until = now + (self._end - now) / (len(connections) - place)
                    if self._work(connection, thread):
                        rest.append(connection)
                self._until = self._end
                connections = rest

    def _work(self, connection_id, thread):
        """Look again where that is due, and carry. Returns whether time alone put an end to it."""
        if connection_id in self._broken:
            return False
        try:
            self._look(connection_id)
            while self._in_time():
                cut_short = self._carry(connection_id, thread)
                if not self._look(connection_id) and not cut_short:
                    break
        except Exception as error:
            # Anything: the other connections are served first, then the turn fails of it.
            unforeseen.tell(error, f"connection {connection_id}")
            self._broken[connection_id] = error
            return False
        return not self._in_time()

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
            except unforeseen.COLLISIONS as error:
                if attempt == TRIES:
                    raise
                _logger.info("spar: met another worker (%s), again", type(error).__name__)

    def _carry(self, connection_id, thread):
        """Batch after batch, until nothing of this connection is due, or SPAR cannot take it.

        Returns whether it stopped for what is to be looked at again: the client is at work here.
        """
        under_way, hurry, launched, look = None, False, 0, False
        while True:
            go_on = not look and (hurry or not under_way)
            ahead = self._next(connection_id, under_way) if go_on else None
            if not ahead and not under_way:
                return look
            if ahead:
                ahead.launch(thread, under_way)
                launched += 1
                if launched % LOOK_EVERY == 0:
                    look = self._transact(lambda env: recheck.is_due(env, connection_id))
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

    def _look(self, connection_id):
        """Look again where a request may have landed late. Returns whether there was any."""
        looks = 0
        if self._ready(connection_id):
            while looks < LOOKS and self._in_time() and self._look_again(connection_id):
                looks += 1
        return looks > 0

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


def _pause(connection, error):
    """Seconds until the next probe."""
    return pause(error, connection.probes + 1)
