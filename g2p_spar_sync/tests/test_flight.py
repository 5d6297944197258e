from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from ..dispatch import flight
from ..dispatch.drain import Drain
from . import hostile_spar as hostile
from .test_claim_concurrent import ConcurrentCase


@tagged("post_install", "-at_install", "standard")
class TestFlight(ConcurrentCase):
    """A batch is claimed while SPAR has the one before it: four batches of three."""

    def _column(self, name):
        # By SQL: while tests run, only their own thread can have an Environment.
        with self.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT %s FROM spar_submission WHERE partner_id IN %s",
                    SQL.identifier(name),
                    tuple(self.partners),
                )
            )
            return [row[0] for row in cr.fetchall()]

    def _states(self):
        return sorted(self._column("state"))

    def _sizes(self):
        return [len(items) for operation, items in self.spar.log if operation == "link"]

    def _hold_second(self, until, answer):
        """SPAR answers its second request by ``answer``, and not before ``until(states)``."""
        seen = []

        def waiting(handler, operation, rows):
            for _look in range(500):
                if until(self._states()):
                    break
                self.spar.released.wait(0.01)
            seen.append(self._states())
            answer(handler, operation, rows)

        self.spar.next(hostile.well, "link")
        self.spar.next(waiting, "link")
        return seen

    def test_while_spar_works_the_next_is_claimed_and_the_last_settled(self):
        self._submit(["1000000001"])
        seen = self._hold_second(
            lambda states: (states.count("done"), states.count("sending")) == (3, 6), hostile.well
        )
        Drain(self.open_env, 60).run()
        self.assertEqual(seen, [["done"] * 3 + ["pending"] * 3 + ["sending"] * 6])
        self.assertEqual(self._states(), ["done"] * 12)
        self.assertEqual(self._sizes(), [3, 3, 3, 3])

    def test_what_was_claimed_behind_trouble_goes_back_unsent(self):
        self._submit(["1000000001"])
        seen = self._hold_second(lambda states: states.count("sending") == 6, hostile.html)
        Drain(self.open_env, 60).run()
        self.assertEqual(len(seen), 1)
        self.assertEqual(self._states(), ["done"] * 3 + ["pending"] * 9)
        self.assertEqual(self._sizes(), [3, 3], "the third batch did not reach SPAR")
        self.assertEqual(set(self._column("attempts")), {None}, "and nobody's attempt is burned")
        with self.open_env() as env:
            self.assertEqual(env["spar.connection"].browse(self.connection).state, "waiting")

    def test_behind_a_slow_batch_none_is_claimed(self):
        self._submit(["1000000001"])
        most = []

        @contextmanager
        def watched():
            with self.open_env() as env:
                yield env
            most.append(self._states().count("sending"))

        with patch.object(flight, "QUICK", 0):
            Drain(watched, 60).run()
        self.assertEqual((max(most), self._states()), (3, ["done"] * 12))
