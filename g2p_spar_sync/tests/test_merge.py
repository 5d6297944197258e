from odoo.tests import tagged

from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestMerge(DispatchCase):
    """Odoo's own merge of contacts moves our rows by raw SQL."""

    def _merge(self, gone, kept):
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"]._merge((gone | kept).ids, kept)
        self.env.invalidate_all()
        self.next_transaction()

    def test_open_rows_are_held_and_none_is_lost(self):
        gone, kept = self.registrant(), self.registrant()
        rows = self.submit(gone, "1000000001") | self.submit(gone, "N/A")
        rows |= self.submit(kept, "1000000002")
        self._merge(gone, kept)
        self.assertFalse(gone.exists())
        self.assertEqual(self.rows(kept), rows)
        moved, malformed, own = rows.sorted("id")
        self.assertEqual((moved.state, moved.hold_reason), ("held", "merged"))
        self.assertEqual(moved.hold_params, {"partner": gone.id})
        self.assertIn(str(gone.id), moved.explanation)
        self.assertEqual(malformed.state, "held")
        self.assertEqual(own.state, "pending")
        self.assertIn(("held", "merged"), self.events(moved))
        self.drain()
        self.assertEqual(self.spar.writes(), [("link", "1000000002")])

    def test_a_moved_row_is_released(self):
        gone, kept = self.registrant(), self.registrant()
        row = self.submit(gone, "1000000001")
        self._merge(gone, kept)
        row.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(row.state, "done")
        self.assertEqual(self.spar.writes(kept.ref), [("link", "1000000001")])

    def test_finished_rows_move_as_they_are(self):
        gone, kept = self.confirmed("1000000001"), self.confirmed("1000000002")
        before = self.rows(gone)
        events = before.event_ids
        self._merge(gone, kept)
        self.assertEqual(before.state, "done")
        self.assertEqual(events.partner_id, kept)
        left = self.rows(kept) - before
        self.assertEqual(left.mapped("state"), ["done", "held"])
        self.assertEqual((left[1].hold_reason, left[1].spar_id), ("old_id", before.spar_id))
        change = self.submit(kept, "1000000003")
        self.drain()
        self.assertEqual((change.state, change.outcome), ("done", "update"))
        self.assertEqual(hostile.account(self.spar.table[kept.ref]), "1000000003")

    def test_merged_while_on_its_way(self):
        gone, kept = self.registrant(), self.registrant()
        row = self.submit(gone, "1000000001")
        with self.open_env() as env:
            row.with_env(env)._lease(
                "token",
                "2999-01-01 00:00:00",
                self.connection.with_env(env),
                {row.id: gone.ref},
            )
        self._merge(gone, kept)
        self.assertEqual((row.state, row.hold_reason), ("held", "merged"))
        self.assertFalse(row.sudo().lease_token)
        self.assertTrue(row.sent_at, "it may be at SPAR")

    def _merged_while_it_may_be_at_spar(self, how):
        """(registrant kept, the id of the one who is gone, its row, whose end nobody knows)"""
        gone, kept = self.registrant(), self.registrant()
        spar_id = gone.ref
        row = self.submit(gone, "1000000001")
        self.spar.next(how, "link")
        self.drain()
        row._update_rows({"due_at": "2999-01-01"})
        self.submit(kept, "1000000002")
        self.drain()
        self._merge(gone, kept)
        self.assertEqual((row.state, row.hold_reason), ("held", "merged"))
        row.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(row.state, "cancelled")
        self.assertEqual(hostile.account(self.spar.table[kept.ref]), "1000000001")
        return kept, spar_id, row

    def test_what_it_may_have_left_at_its_old_id_is_asked_about(self):
        """It goes on as a new row, since a newer one is done."""
        kept, spar_id, _row = self._merged_while_it_may_be_at_spar(hostile.cut_applied)
        asked = self.rows(kept).filtered(lambda row: row.way == "old_id")
        self.assertEqual((asked.state, asked.spar_id), ("held", spar_id))
        asked.with_user(self.officer).action_release()
        self.drain()
        asked.with_user(self.officer).action_send_ours()
        self.drain()
        self.assertEqual((asked.state, asked.outcome), ("done", "unlink"))
        self.assertNotIn(spar_id, self.spar.table)

    def test_what_lands_late_at_its_old_id_is_removed(self):
        kept, spar_id, _row = self._merged_while_it_may_be_at_spar(hostile.travel)
        asked = self.rows(kept).filtered(lambda row: row.way == "old_id")
        asked.with_user(self.officer).action_release()
        self.drain()
        self.assertEqual((asked.state, asked.outcome), ("done", "nothing"))
        self.spar.land()
        self.assertIn(spar_id, self.spar.table)
        self.later(120)
        self.drain()
        self.assertNotIn(spar_id, self.spar.table)

    def test_bank_accounts_of_both(self):
        gone, kept = self.registrant(), self.registrant()
        for partner, number in ((gone, "1000000001"), (kept, "1000000002")):
            self.env["res.partner.bank"].with_user(self.officer).create(
                {"partner_id": partner.id, "acc_number": number, "bank_id": self.bank.id}
            )
        self.drain()
        self._merge(gone, kept)
        self.drain()
        self.assertEqual(len(self.spar.writes()), 2, "a merge moves no money")
