"""Flight: a claimed batch, at SPAR in a thread of its own while its worker claims and settles."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

#: Seconds. A batch that took longer leaves the one behind it too little of its lease.
QUICK = 5


def sender(dbname):
    """One thread: what is launched while another flight is under way goes when that has landed.

    :param dbname: what the thread's log lines are said to be about
    """

    def name():
        threading.current_thread().dbname = dbname

    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="spar", initializer=name)


class Flight:
    """A batch with its carrier.

    :ivar client: what it is carried by
    :ivar seconds: how long SPAR had it
    :ivar quick: it landed, and SPAR is fit to take the next one
    """

    def __init__(self, batch, carrier, client):
        self.batch = batch
        self.carrier = carrier
        self.client = client
        self.seconds = 0.0
        self.quick = False
        self._landing = None

    def launch(self, thread, behind):
        """Carry the batch in ``thread``, unless the flight ``behind`` which it goes was not quick:
        then its lines go back."""
        self._landing = thread.submit(self._carry, behind)

    def land(self):
        """Wait until every line has a verdict."""
        self._landing.result()

    def _carry(self, behind):
        if behind and not behind.quick:
            self.carrier.give_back(self.batch.lines)
            return
        began = time.monotonic()
        self.carrier.run(self.batch.lines)
        self.seconds = time.monotonic() - began
        self.quick = self.carrier.trouble is None and self.seconds < QUICK
