from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..dispatch.reconcile import Reconcile
from . import hostile_spar as hostile
from .test_reconcile import ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileRuns(ReconcileCase):
    """How a comparison goes on, stops, and goes on where it was."""

    def test_nothing_is_written_down_while_spar_is_away(self):
        partner = self.confirmed()
        del self.spar.table[partner.ref]
        self.spar.always["resolve"] = hostile.unavailable
        run = self.runs._start(self.connection, "compare", [("id", "in", partner.ids)])
        self.assertGreater(self.work(), 5)
        self.assertEqual((run.state, run.done, self.kinds(partner)), ("running", 0, []))
        self.assertTrue(run.trouble)
        self.spar.always.clear()
        self.later(300)
        self.work()
        self.assertEqual((run.state, self.kinds(partner)), ("done", ["missing"]))

    def test_a_killed_worker(self):
        """What it had written down is not done again; the rest goes on when its lease is out."""
        partners = self.env["res.partner"].union(*(self.confirmed() for _ in range(5)))
        for partner in partners:
            del self.spar.table[partner.ref]
        self.connection.batch_size = 2
        run = self.runs._start(self.connection, "compare", [("id", "in", partners.ids)])

        class Killed(BaseException):
            pass

        worker, batches = Reconcile(self.open_env, 60), []
        asked = worker._ask

        def once(turn, ids):
            if batches:
                raise Killed
            batches.append(ids)
            return asked(turn, ids)

        # Not assertRaises, which takes back what was written before.
        with patch.object(worker, "_ask", once), suppress(Killed):
            worker.run()
        self.next_transaction()
        self.assertEqual((run.done, len(self.kinds(partners))), (2, 2))
        self.assertGreater(self.work(), 30, "its lease still stands")
        self.later(61)
        self.work()
        self.assertEqual((run.state, run.done), ("done", 5))
        self.assertEqual(self.kinds(partners), ["missing"] * 5)

    def test_pause_and_cancel(self):
        partner = self.confirmed()
        del self.spar.table[partner.ref]
        run = self.runs._start(self.connection, "compare", [("id", "in", partner.ids)])
        officer = run.with_user(self.officer)
        officer.action_pause()
        self.assertIsNone(self.work())
        self.assertFalse(self.kinds(partner))
        officer.action_go_on()
        self.work()
        self.assertEqual(run.state, "done")
        with self.assertRaises(UserError):
            officer.action_cancel()

    def test_cancelled_in_the_middle(self):
        partner = self.confirmed()
        del self.spar.table[partner.ref]
        run = self.runs._start(self.connection, "compare", [("id", "in", partner.ids)])
        worker = Reconcile(self.open_env, 60)
        asked = worker._ask

        def cancel(turn, ids):
            run.with_user(self.officer).action_cancel()
            return asked(turn, ids)

        with patch.object(worker, "_ask", cancel):
            worker.run()
        self.assertEqual((run.state, self.kinds(partner)), ("cancelled", []))

    def test_what_a_decision_left_takes_two_officers_again(self):
        partner = self.confirmed("1000000001")
        del self.spar.table[partner.ref]
        run = self.compare(partner, "resend")
        self.submit(partner, "1000000002")
        second, first = (run.with_user(user) for user in (self.second_officer, self.officer))
        second.action_send_all()
        self.work()
        self.drain()
        self.assertEqual(self.kinds(partner), ["missing"], "something was on its way")
        second.action_send_all()
        self.work()
        self.drain()
        self.assertIsNone(self.account(partner), "one officer decided it alone")
        first.action_send_all()
        self.work()
        self.drain()
        self.assertEqual(self.account(partner), "1000000001")

    def test_one_of_all_registrants_at_a_time(self):
        manager = self.connection.with_user(self.manager)
        manager.action_compare()
        with self.assertRaisesRegex(UserError, "already"):
            manager.action_compare()
        self.runs._start(self.connection, "compare", [("id", "=", 0)])

    def test_all_registrants(self):
        """Also whoever was confirmed and is no registrant any more."""
        self.env.cr.execute("UPDATE res_partner SET is_company = true")
        self.env.invalidate_all()
        left, here = self.confirmed(), self.confirmed()
        for partner in (left, here):
            del self.spar.table[partner.ref]
        left.is_company = True
        self.connection.batch_size = 1
        self.connection.with_user(self.manager).action_compare()
        self.work()
        self.assertEqual(self.kinds(left | here), ["missing"] * 2)

    def test_whoever_is_paid_over_another_connection(self):
        company = self.env["res.company"].create({"name": "Other"})
        partner = self.registrant(company_id=company.id)
        self.env["res.partner.bank"].create(
            {"partner_id": partner.id, "acc_number": "1000000001", "bank_id": self.bank.id}
        )
        self.env.cr.execute("DELETE FROM res_partner_bank WHERE partner_id = %s", (partner.id,))
        self.spar.table[partner.ref] = "not ours"
        own = self.connection.copy({"name": "Own", "company_id": company.id, "sequence": 1})
        self.assertEqual(partner._spar_connections()[partner.id], own)
        run = self.runs._start(self.connection, "compare", [("id", "=", partner.id)])
        self.work()
        self.assertEqual((run.done, self.kinds(partner), self.spar.log), (1, [], []))

    def test_the_rate(self):
        partners = self.env["res.partner"].union(*(self.registrant() for _ in range(4)))
        self.connection.write({"reconcile_rate": 1, "batch_size": 2})
        run = self.runs._start(self.connection, "compare", [("id", "in", partners.ids)])
        seconds = self.work()
        self.assertEqual((run.state, run.done), ("running", 2))
        self.assertGreater(seconds, 100)
        self.later(121)
        self.work()
        self.assertEqual(run.done, 4)

    def test_by_the_calendar(self):
        scheduled = self.env["spar.connection"]._reconcile_on_schedule
        scheduled()
        self.assertFalse(self.runs.search([("connection_id", "=", self.connection.id)]))
        self.connection.reconcile_days = 7
        scheduled()
        scheduled()
        run = self.runs.search([("connection_id", "=", self.connection.id)])
        self.assertEqual((len(run), run.state), (1, "running"))
        run.write({"state": "done", "started_at": "2020-01-01 00:00:00"})
        scheduled()
        self.assertEqual(self.runs.search_count([("connection_id", "=", self.connection.id)]), 2)

    def test_why_it_waits_is_said_in_words(self):
        partner = self.confirmed()
        run = self.runs._start(self.connection, "compare", [("id", "in", partner.ids)])
        self.connection.with_user(self.manager).action_pause()
        self.work()
        shown = run.with_user(self.viewer)
        self.assertIn("once that is resumed", shown.trouble_explanation)
        self.assertIn("A person paused it", shown.trouble_explanation)
        self.connection.with_user(self.manager).action_resume()
        self.assertIn("within a minute", shown.trouble_explanation)
        self.spar.always["resolve"] = hostile.unavailable
        self.later(60)
        self.work()
        self.assertIn("goes on by itself", shown.trouble_explanation)
        self.assertIn(self.connection.pause_explanation, shown.trouble_explanation)
        self.spar.always.clear()
        self.later(300)
        self.work()
        self.assertEqual((run.state, shown.trouble_explanation), ("done", False))
