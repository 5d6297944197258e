from unittest.mock import patch

from odoo.tests import tagged

from . import hostile_spar as hostile
from .test_reconcile import FOREIGN, ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileAgain(ReconcileCase):
    """What is found once more: by another comparison, by a recheck, after a decision."""

    def _rechecked(self, partner, found):
        """A confirmed registrant whom a comparison found, and a recheck finds again."""
        row = self.submit(partner, "1000000002")
        self.spar.next(hostile.cut_applied, "update")
        self.drain()
        self.later(10)
        self.drain()
        self.assertEqual(row.state, "done")
        found()
        self.later(61)
        return self.compare(partner)

    def test_a_household_and_its_head_are_one_difference(self):
        head, household = self.registrant(ref="home"), self.registrant(ref="home")
        together = (head.id, household.id)

        def lines(records):
            return {p: together if p in together else (p,) for p in records.ids}

        self.connection.batch_size = 1
        with patch.object(self.registry["res.partner"], "_spar_lines", lines):
            self.submit(head, "1000000001")
            self.drain()
            del self.spar.table["home"]
            for _attempt in range(2):
                run = self.compare(head | household)
                self.assertEqual((run.open_count, run.found), (1, {"missing": 1}))

    def test_what_is_accepted_as_removed_can_be_removed_again(self):
        self.channel.second_person = False
        partner = self.confirmed()
        del self.spar.table[partner.ref]
        self.compare(partner)
        self.line_of(partner).action_accept_spars()
        self.spar.table[partner.ref] = FOREIGN
        self.compare(partner)
        self.line_of(partner).action_send_ours()
        self.drain()
        self.assertIsNone(self.account(partner))
        self.assertEqual(self.rows(partner)[-1].state, "done")

    def test_what_is_kept_as_removed_can_be_removed_again(self):
        """What was confirmed was sent again, and SPAR had been emptied by then."""
        self.channel.second_person = False
        partner = self.confirmed()
        first = self.rows(partner)
        first._send_again({first.id: "nothing like it"}, self.manager)
        del self.spar.table[partner.ref]
        self.next_transaction()
        self.drain()
        self.assertEqual((first.state, first.hold_reason), ("conflict", "gone"))
        first.with_user(self.second_officer).action_keep_spars()
        removal = self.rows(partner)[-1]
        self.assertTrue(removal._address())
        self.assertFalse(first._address())
        self.assertFalse(first.confirmed)
        decided = first.event_ids.filtered(lambda event: event.kind == "decided")
        self.assertEqual((decided.detail, decided.user_id), ("keep_spars", self.second_officer))
        self.spar.table[partner.ref] = FOREIGN
        self.compare(partner)
        self.line_of(partner).action_send_ours()
        self.drain()
        self.assertIsNone(self.account(partner))
        self.assertEqual((removal.state, removal.outcome), ("done", "unlink"))

    def test_a_recheck_leaves_a_difference_in_its_comparison(self):
        partner = self.confirmed()
        run = self._rechecked(partner, lambda: self.put(partner, "7777777777"))
        self.assertEqual(run.open_count, 1)
        self.drain()
        self.assertEqual((self.kinds(partner), run.open_count), (["elsewhere"], 1))

    def test_a_recheck_leaves_an_ignored_one_ignored(self):
        partner = self.confirmed()
        cancelled = self.submit(partner, "7777777777")
        cancelled.with_user(self.officer).action_cancel()
        self._rechecked(partner, lambda: self.put(partner, "7777777777"))
        line = self.line_of(partner)
        self.assertEqual(line.kind, "differs")
        line._ignore("agreed")
        self.drain()
        self.assertEqual((line.state, line.kind, line.note), ("ignored", "differs", "agreed"))

    def test_watched_fields_put_back_past_every_hook(self):
        self.connection.write({"watch_account": "function", "watch_default_method": "bank_account"})
        self.connection.watch_provider = "street2"
        partner = self.registrant(street2=self.bank.spar_code).with_user(self.officer)
        partner.function = "1000000001"
        self.drain()
        partner.function = "1000000002"
        self.drain()
        self.assertEqual(self.account(partner), "1000000002")
        self.compare(partner)
        self.assertFalse(self.kinds(partner))
        self.env.cr.execute(
            "UPDATE res_partner SET function = '1000000001' WHERE id = %s", (partner.id,)
        )
        self.env.invalidate_all()
        self.compare(partner)
        self.assertEqual(self.kinds(partner), ["not_handed_in"])
