from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.tests import tagged

from ..dispatch import spar_dispatcher
from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestDispatcher(DispatchCase):
    """The wake-up: a job in the writer's own transaction, its successors, and the sweeper."""

    def setUp(self):
        super().setUp()
        self.env.cr.flush()
        self.before = self.env["queue.job"].search([])

    def _jobs(self):
        self.env.flush_all()
        self.env.cr.flush()
        return self.env["queue.job"].search([("model_name", "=", "spar.dispatcher")]) - self.before

    def test_ten_thousand_in_one_transaction_are_one_job(self):
        partners = self.env["res.partner"].create([{"name": "many"}] * 1000)
        parts = self.bank_parts("1000000001")
        for _ in range(10):
            self.Submission.with_user(self.officer).create(
                [{"partner_id": partner.id, **parts} for partner in partners]
            )
        self.assertEqual(len(self._jobs()), 1)
        self.assertEqual(self.Submission.search_count([("partner_id", "in", partners.ids)]), 10000)

    def test_held_rows_wake_nobody(self):
        self.submit(self.registrant(), "N/A")
        self.assertFalse(self._jobs())

    def test_a_savepoint_loses_no_wake_up(self):
        class Undo(Exception):
            pass

        self.submit(self.registrant(), "1000000001")
        with self.env.cr.savepoint():
            self.submit(self.registrant(), "1000000001")
        self.assertTrue(self._jobs())
        self.before |= self._jobs()
        try:
            with self.env.cr.savepoint():
                self.submit(self.registrant(), "1000000001")
                raise Undo
        except Undo:
            self.assertFalse(self._jobs())
        self.submit(self.registrant(), "1000000001")
        self.assertTrue(self._jobs())

    def test_a_job_carries_nothing(self):
        self.submit(self.registrant(), "1000000001")
        job = self._jobs()
        self.assertEqual((job.args, job.kwargs, job.user_id.id), ([], {}, 1))
        self.assertEqual((job.channel, job.state), ("root.spar", "pending"))

    def test_the_job_drains_and_leaves_a_successor(self):
        done, stuck = (self.submit(self.registrant(), "1000000001") for _ in range(2))

        def picky(handler, operation, items):
            ours = any(item["id"] == stuck.partner_id.ref for item in items)
            (hostile.unavailable if ours else hostile.well)(handler, operation, items)

        self.connection.batch_size = 1
        self.spar.always["link"] = picky
        self.before |= self._jobs()
        with self._test_mode():
            self.env["spar.dispatcher"]._drain_job()
        self.assertEqual((done.state, stuck.state), ("done", "pending"))
        successor = self._jobs().filtered("eta")
        self.assertEqual(len(successor), 1)
        self.assertGreaterEqual(successor.eta, stuck.due_at.replace(microsecond=0))

    def test_a_full_batch_calls_another_worker_once(self):
        self.connection.batch_size = 2
        for _ in range(5):
            self.submit(self.registrant(), "1000000001")
        self.before |= self._jobs()
        with self._test_mode():
            self.env["spar.dispatcher"]._drain_job()
        self.assertEqual(len(self._jobs()), 1)
        self.before |= self._jobs()
        self.submit(self.registrant(), "1000000001")
        self.before |= self._jobs()
        with self._test_mode():
            self.env["spar.dispatcher"]._drain_job()
        self.assertFalse(self._jobs())

    def test_a_turn_that_ends_before_its_work_leaves_a_successor_for_at_once(self):
        self.submit(self.registrant(), "1000000001")
        self.before |= self._jobs()
        with self._test_mode(), patch.object(spar_dispatcher, "LONGEST_TURN", 0):
            self.env["spar.dispatcher"]._drain_job()
        [successor] = self._jobs()
        self.assertFalse(successor.eta)

    def test_no_wake_up_before_its_time(self):
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        self.env["spar.dispatcher"]._enqueue(1.5)
        self.assertGreaterEqual(self._jobs().eta, now + timedelta(seconds=1.5))

    def test_nothing_left_no_successor(self):
        self.submit(self.registrant(), "1000000001")
        self.before |= self._jobs()
        with self._test_mode():
            self.env["spar.dispatcher"]._drain_job()
        self.assertFalse(self._jobs())

    def test_the_sweeper_needs_no_queue(self):
        row = self.submit(self.registrant(), "1000000001")
        self._jobs().unlink()
        with self._test_mode():
            self.env["spar.dispatcher"]._cron_sweep()
        self.assertEqual(row.state, "done")

    def test_wake_ups_close_together_are_one(self):
        dispatcher = self.env["spar.dispatcher"]
        dispatcher._enqueue(3600)
        dispatcher._enqueue(3600)
        self.assertLessEqual(len(self._jobs()), 2)
        dispatcher._enqueue(3600)
        dispatcher._enqueue(3600)
        self.assertLessEqual(len(self._jobs()), 2)
