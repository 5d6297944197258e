from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_reconcile import FOREIGN, ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileShown(ReconcileCase):
    """What an officer sees of a difference, and is told to do about it."""

    def setUp(self):
        super().setUp()
        self.channel.second_person = False

    def _found(self, partner):
        self.compare(partner)
        return self.line_of(partner)

    def test_what_cannot_be_sent_is_not_offered(self):
        lost, unreadable, unread, unknown, shared, moved = (
            self.confirmed(),
            self.confirmed(),
            self.registrant(),
            self.registrant(),
            self.confirmed(),
            self.confirmed(),
        )
        del self.spar.table[lost.ref]
        del self.spar.table[moved.ref]
        for partner in (unreadable, unread):
            self.spar.table[partner.ref] = "something else"
        self.spar.table[unknown.ref] = FOREIGN
        everybody = lost | unreadable | unread | unknown | shared | moved
        self.registrant(ref=shared.ref)
        self.compare(everybody)
        moved.ref = f"{moved.ref}-new"
        for partner, may, words in (
            (lost, True, None),
            (unreadable, True, None),
            (unread, False, "confirmed here: submit an address"),
            (unknown, False, "or accept SPAR's"),
            (shared, False, "correct the wrong one"),
            (moved, False, "another id by now"),
        ):
            line = self.line_of(partner)
            self.assertEqual(line.can_send, may, line.kind)
            if not may:
                with self.assertRaisesRegex(UserError, words):
                    line.action_send_ours()

    def test_what_cannot_be_accepted_says_why(self):
        unread, shared = self.confirmed(), self.confirmed()
        self.spar.table[unread.ref] = "something else"
        self.registrant(ref=shared.ref)
        for partner, words in ((unread, "no readable address"), (shared, "correct the wrong one")):
            with self.assertRaisesRegex(UserError, words):
                self._found(partner).action_accept_spars()

    def test_compared_again_from_the_difference(self):
        partner = self.confirmed()
        kept = self.spar.table.pop(partner.ref)
        line = self._found(partner)
        self.spar.table[partner.ref] = kept
        with self.assertRaises(AccessError):
            line.with_user(self.viewer).action_compare_again()
        line.action_compare_again()
        self.work()
        self.assertEqual(line.state, "gone")

    def test_an_account_of_the_same_number_at_another_bank(self):
        partner = self.confirmed()
        ours = self.rows(partner)
        self.put(partner, "1000000001")
        self.spar.table[partner.ref] = (
            self.spar.table[partner.ref]
            .replace(f"bank_code:{self.bank.spar_code}", "bank_code:OTHER")
            .replace("branch_code:", "branch_code:B7")
        )
        line = self._found(partner).with_user(self.viewer)
        self.assertEqual(line.our_mask, line.spar_mask)
        self.assertEqual((line.our_provider, line.spar_provider), (ours.payment_provider, "OTHER"))
        self.assertEqual((line.our_branch, line.spar_branch), (ours.payment_branch, "B7"))

    def test_who_decided_what_is_shown(self):
        self.channel.second_person = True
        partner, other = self.confirmed(), self.confirmed()
        for each in (partner, other):
            del self.spar.table[each.ref]
        self.compare(partner | other)
        line = self.line_of(partner)
        line.action_send_ours()
        line.with_user(self.second_officer).action_send_ours()
        self.line_of(other)._ignore("agreed")
        shown = line.with_user(self.viewer).event_ids
        self.assertEqual(
            shown.mapped("detail"),
            ["difference:missing:send:decided", "difference:missing:send:proposed"],
        )
        self.assertEqual(
            shown.mapped("words"),
            ["Send ours: decided (Missing in SPAR)", "Send ours: proposed (Missing in SPAR)"],
        )
        self.assertEqual(shown.user_id, self.officer | self.second_officer)

    def test_why_it_was_not_decided_stands_on_it(self):
        partner, waits = self.confirmed(), self.confirmed()
        for each in (partner, waits):
            del self.spar.table[each.ref]
        self.compare(partner | waits)
        lines = self.line_of(partner) | self.line_of(waits)
        self.submit(waits, "1000000002")
        self.spar.table[partner.ref] = FOREIGN
        lines.action_send_ours()
        self.assertIn("changed since", self.line_of(partner).undecided)
        self.assertIn("open", self.line_of(waits).undecided)
        self.line_of(partner).action_accept_spars()
        self.assertFalse(self.line_of(partner).undecided)

    def test_why_one_of_many_was_not_decided_stands_on_it(self):
        partner = self.registrant()
        self.spar.table[partner.ref] = FOREIGN
        line = self._found(partner)
        line._decide_part("action_send_ours", line.seen_at)
        self.assertIn("or accept SPAR's", line.undecided)
        with patch.object(type(line), "_are_many", return_value=False):
            line._decide_part("action_accept_spars", line.seen_at)
        self.assertEqual((line.state, line.undecided), ("accepted", False))
