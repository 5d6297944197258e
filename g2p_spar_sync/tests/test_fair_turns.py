from itertools import count
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import tagged

from ..dispatch import drain, due
from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestFairTurns(DispatchCase):
    """A backlog leaves time to the other connections, and to looking again.

    The clock ticks with each request, so that a turn of eight seconds is one of eight requests.
    """

    def setUp(self):
        super().setUp()
        self.spar2 = hostile.HostileSpar()
        self.addCleanup(self.spar2.stop)
        self.elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.other = self.connection.copy({"name": "2", "company_id": False, "sequence": 50})
        self.other.write({"company_id": self.elsewhere.id, "base_url": self.spar2.url})
        (self.connection | self.other).batch_size = 1

    def _requests(self):
        return len(self.spar.log) + len(self.spar2.log)

    def _turn(self, seconds, clock=None):
        """A turn so long by ``clock``, by default that of the requests; how many they were."""
        before = self._requests()
        clock = clock or (lambda: self._requests() - before)
        with patch.object(drain, "time", SimpleNamespace(monotonic=clock)):
            self.drain(budget=seconds)
        return self._requests() - before

    def _submit_many(self, number, **vals):
        for _number in range(number):
            self.submit(self.registrant(**vals), "1000000001")

    def test_each_connection_has_its_share_of_a_turn(self):
        self._submit_many(12)
        self._submit_many(12, company_id=self.elsewhere.id)
        self._turn(8)
        self.assertGreaterEqual(len(self.spar.log), 4)
        self.assertGreaterEqual(len(self.spar2.log), 4)

    def test_what_one_leaves_of_its_share_is_the_others(self):
        self._submit_many(12)
        self._submit_many(1, company_id=self.elsewhere.id)
        self._turn(9)
        self.assertGreaterEqual(len(self.spar.log), 8)
        self.assertEqual(len(self.spar2.log), 1)

    def _at_spar(self, partner):
        return hostile.account(self.spar.table[partner.ref])

    def test_what_landed_late_is_mended_before_a_backlog(self):
        partner, _newest = self.overtaken_by_a_late_one()
        self.later(70)
        self.spar.land()
        self.assertEqual(self._at_spar(partner), "1000000002")
        self._submit_many(9)
        self._turn(5)
        self.assertEqual(self._at_spar(partner), "1000000003")

    def test_and_between_its_batches(self):
        partner, _newest = self.overtaken_by_a_late_one()
        self._submit_many(9)

        def then_it_lands(handler, operation, rows):
            self.spar.land()
            hostile.well(handler, operation, rows)

        self.spar.next(then_it_lands, "link")
        is_due, times = drain.recheck.is_due, []

        def by_then(env, connection_id):
            times.append(connection_id)
            if len(times) == 2:
                env.cr.execute(
                    "UPDATE spar_submission SET recheck_at = recheck_at - interval '70 s' "
                    "WHERE recheck_at IS NOT NULL"
                )
            return is_due(env, connection_id)

        with patch.object(drain, "LOOK_EVERY", 2), patch.object(drain.recheck, "is_due", by_then):
            self._turn(9)
        self.assertEqual(self._at_spar(partner), "1000000003")
        self.assertLess(len(self.spar.table), 10, "the backlog is not through yet")

    def test_judging_leaves_time_to_send(self):
        for _number in range(30):
            self.env.cr.execute(
                "INSERT INTO spar_submission (partner_id, payment_method, payment_provider, "
                "payment_account) VALUES (%s, 'bank_account', %s, '1000000001')",
                (self.registrant().id, self.bank.spar_code),
            )
        self.env["spar.channel"].search([]).write({"first_link": "send"})
        self.next_transaction()
        with patch.object(due, "JUDGE_AT_ONCE", 1):
            sent = self._turn(28, clock=count().__next__)
        self.assertGreater(sent, 0)
