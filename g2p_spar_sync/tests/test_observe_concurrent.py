"""The mode is switched while workers drain, on connections of their own."""

from contextlib import contextmanager

from odoo.tests import tagged

from ..dispatch.drain import Drain
from .test_claim_concurrent import ConcurrentCase


@tagged("post_install", "-at_install", "standard")
class TestObserveConcurrent(ConcurrentCase):
    """What was taken up before the switch is finished; nothing after it is sent, none is lost."""

    def _switch(self, mode):
        with self.open_env() as env:
            env["spar.connection"].browse(self.connection).mode = mode

    def _drained(self, mode, after):
        """Drain, and switch to ``mode`` once so many transactions of the worker are over."""
        over = []

        @contextmanager
        def interrupted():
            with self.open_env() as env:
                yield env
            over.append(1)
            if len(over) == after:
                self._leased = self._states().count("sending")
                self._sent = len(self.spar.writes())
                self._switch(mode)

        Drain(interrupted, 60).run()

    def _states(self):
        with self.open_env() as env:
            rows = env["spar.submission"].search([("partner_id", "in", self.partners)])
            return rows.mapped("state")

    def _assert_all_there(self):
        Drain(self.open_env, 60).run()
        self.assertEqual(set(self._states()), {"done"})
        for ref in self._refs():
            sent = [account for _operation, account in self.spar.writes(ref)]
            self.assertEqual(sent, ["1000000001", "1000000002"], "each once, in order")

    def _refs(self):
        with self.open_env() as env:
            return env["res.partner"].browse(self.partners).mapped("ref")

    def test_from_live_to_observing_at_any_moment(self):
        for after in range(7, 22):
            with self.subTest(after=after):
                self.spar.reset()
                self._switch("live")
                self._submit(["1000000001", "1000000002"])
                self._drained("observe", after)
                self.assertLessEqual(len(self.spar.writes()), self._sent + self._leased)
                self.assertLess(len(self.spar.writes()), 2 * len(self.partners))
                settled = len(self.spar.writes())
                Drain(self.open_env, 60).run()
                self.assertEqual(len(self.spar.writes()), settled)
                self._switch("live")
                self._assert_all_there()
                self._forget()

    def test_from_observing_to_live_at_any_moment(self):
        for after in range(7, 22):
            with self.subTest(after=after):
                self.spar.reset()
                self._switch("observe")
                self._submit(["1000000001", "1000000002"])
                self._drained("live", after)
                self._assert_all_there()
                self._forget()

    def test_a_newer_row_that_comes_while_its_registrant_is_looked_at(self):
        self._switch("observe")
        self._submit(["1000000001"])
        turns = []

        @contextmanager
        def interrupted():
            with self.open_env() as env:
                yield env
            if "sending" not in self._states():
                return
            turns.append(1)
            if len(turns) == 2:
                self._submit(["1000000002"])

        Drain(interrupted, 60).run()
        self.assertGreaterEqual(len(turns), 2)
        with self.open_env() as env:
            rows = env["spar.submission"].search([("partner_id", "in", self.partners)])
            self.assertEqual(sorted(rows.mapped("observed")), ["behind"] * 12 + ["link"] * 12)
        self.assertFalse(self.spar.writes())
        self._switch("live")
        self._assert_all_there()
