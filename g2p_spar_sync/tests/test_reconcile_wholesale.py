from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_reconcile import ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileWholesale(ReconcileCase):
    """What is decided on all that a comparison found, whatever else was compared meanwhile."""

    def _lost(self, count=2):
        """Confirmed registrants whom SPAR lost."""
        partners = self.env["res.partner"].union(*(self.confirmed() for _ in range(count)))
        for partner in partners:
            del self.spar.table[partner.ref]
        return partners

    def _send_all(self, run):
        for user in (self.officer, self.second_officer):
            run.with_user(user).action_send_all()
        self.work()
        self.drain()

    def test_compared_again_before_the_second_officer(self):
        """A comparison of the calendar, or of a few rows, takes nothing out of it."""
        partners = self._lost()
        run = self.compare(partners, "spar_restored")
        self.compare(partners[0])
        later = self.compare(partners)
        self.assertEqual((run.open_count, later.open_count), (2, 2))
        self.assertEqual((run.may_send, run.may_accept, later.may_send), (True, False, False))
        self.assertEqual(self.lines.search(run.action_open_lines()["domain"]).partner_id, partners)
        run.with_user(self.second_officer).action_send_all()
        self.assertEqual(run.total, 2)
        self.work()
        self.drain()
        self.assertEqual([self.account(partner) for partner in partners], ["1000000001"] * 2)

    def test_what_was_found_to_be_another_since_is_looked_at(self):
        partner = self._lost(1)
        self.channel.second_person = False
        run = self.compare(partner, "registry_restored")
        self.put(partner, "7777777777")
        self.compare(partner)
        with self.assertRaisesRegex(UserError, "nothing to decide"):
            run.with_user(self.officer).action_accept_all()
        self.assertEqual(self.kinds(partner), ["elsewhere"])

    def test_a_selection_takes_only_what_it_can_decide_on(self):
        partner = self.confirmed()
        self.put(partner, "7777777777")
        run = self.compare(partner, "registry_restored")
        self.compare(partner, "resend")
        self.assertEqual(run.open_count, 1)
        for user in (self.officer, self.second_officer):
            run.with_user(user).action_accept_all()
        self.work()
        self.assertEqual(self.line_of(partner).state, "accepted")

    def test_nothing_to_decide_on_is_said(self):
        partner = self.confirmed()
        run = self.compare(partner, "spar_restored")
        self.assertFalse(run.may_send)
        for user in (self.officer, self.second_officer):
            with self.assertRaisesRegex(UserError, "nothing to decide"):
                run.with_user(user).action_send_all()
        self.assertEqual((run.state, run.decision), ("done", False))

    def test_pressed_again_for_what_was_left(self):
        """Whoever had a submission that waited for a person, once that is decided."""
        partner = self.confirmed()
        self.put(partner, "7777777777")
        waits = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual(waits.state, "conflict")
        run = self.compare(partner, "registry_restored")
        for user in (self.officer, self.second_officer):
            run.with_user(user).action_accept_all()
        self.work()
        self.assertEqual((run.state, self.kinds(partner)), ("done", ["elsewhere"]))
        waits.with_user(self.officer).action_cancel()
        self.compare(partner)
        for user in (self.officer, self.second_officer):
            run.with_user(user).action_accept_all()
        self.work()
        self.assertEqual(self.line_of(partner).state, "accepted")

    def test_who_starts_it_is_the_first_officer_only_as_an_officer(self):
        partner = self._lost(1)
        domain = [("id", "=", partner.id)]
        for user, proposer in (
            (self.manager, self.env["res.users"]),
            (self.env.user, self.env["res.users"]),
            (self.officer, self.officer),
        ):
            run = self.runs.with_user(user)._start(self.connection, "spar_restored", domain)
            self.work()
            self.assertEqual(run.with_env(self.env).proposed_by, proposer)
        run.with_user(self.second_officer).action_send_all()
        self.work()
        self.drain()
        self.assertEqual(self.account(partner), "1000000001")

    def test_what_is_decided_is_told_from_what_is_compared(self):
        partners = self._lost(3)
        self.connection.batch_size = 2
        run = self.compare(partners | self.confirmed(), "spar_restored")
        self.assertEqual((run.phase, run.done, run.compared), ("done", 4, 4))
        run.with_user(self.second_officer).action_send_all()
        self.assertEqual((run.phase, run.done, run.total, run.compared), ("deciding", 0, 3, 4))
        self.work()
        self.assertEqual((run.phase, run.done, run.total, run.compared), ("done", 3, 3, 4))
        again = self.runs._start(self.connection, "compare", [("id", "in", partners.ids)])
        self.assertEqual(again.phase, "comparing")

    def test_a_decision_that_is_called_off_can_be_taken_again(self):
        partners = self._lost(3)
        self.connection.batch_size = 1
        run = self.compare(partners, "spar_restored")
        run.with_user(self.second_officer).action_send_all()
        worker = self.worker()
        asked = worker._ask

        def call_off(turn, ids):
            if run.done:
                run.with_user(self.manager).action_cancel()
            return asked(turn, ids)

        with patch.object(worker, "_ask", call_off):
            worker.run()
        self.next_transaction()
        self.assertEqual((run.state, run.decision, run.decided_by.ids), ("done", False, []))
        self.assertEqual((run.done, run.total, run.open_count, run.may_send), (3, 3, 2, True))
        self._send_all(run)
        self.assertEqual([self.account(partner) for partner in partners], ["1000000001"] * 3)

    def test_what_is_another_while_it_is_decided_on_is_looked_at(self):
        partner, other = self.confirmed(), self.confirmed()
        self.channel.second_person = False
        for one in (partner, other):
            self.put(one, "7777777777")
        run = self.compare(partner | other, "registry_restored")
        self.put(partner, "8888888888")
        run.with_user(self.officer).action_accept_all()
        self.work()
        self.assertEqual(self.line_of(other).state, "accepted")
        self.assertIn("changed since", self.line_of(partner).undecided)
        with self.assertRaisesRegex(UserError, "nothing to decide"):
            run.with_user(self.officer).action_accept_all()
        self.assertEqual(self.kinds(partner), ["elsewhere"])

    def test_what_another_offer_found_again_stays_where_it_was(self):
        partner = self._lost(1)
        self.channel.second_person = False
        run = self.compare(partner, "registry_restored")
        self.compare(partner, "resend")
        run.with_user(self.officer).action_accept_all()
        self.work()
        self.assertEqual(self.line_of(partner).state, "accepted")

    def test_what_was_called_off_can_be_decided_on(self):
        partners = self._lost()
        self.channel.second_person = False
        self.compare(partners, "spar_restored")
        later = self.compare(partners, "spar_restored")
        later.sudo().write({"state": "running"})
        later.with_user(self.officer).action_cancel()
        self.assertEqual((later.state, later.may_send), ("cancelled", True))
        later.with_user(self.officer).action_send_all()
        self.work()
        self.drain()
        self.assertEqual([self.account(partner) for partner in partners], ["1000000001"] * 2)
