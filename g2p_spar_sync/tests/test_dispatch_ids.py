from odoo.tests import tagged

from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestDispatchIds(DispatchCase):
    """A registrant's id that changes after SPAR holds an address for it."""

    def setUp(self):
        super().setUp()
        self.partner = self.confirmed(ref="old-1")
        self.at_old = self.rows(self.partner)

    def _asked(self):
        rows = self.rows(self.partner) - self.at_old
        return {row.hold_reason: row for row in rows if row.state == "held"}

    def test_nothing_is_sent_without_a_person(self):
        self.partner.ref = "new-1"
        before = len(self.spar.writes())
        self.drain()
        self.assertEqual(len(self.spar.writes()), before)
        self.assertEqual(set(self._asked()), {"id_changed", "old_id"})
        self.assertIn("old-1", self._asked()["old_id"].explanation)

    def test_released_the_new_id_is_linked_and_the_old_one_unlinked(self):
        for order in (("id_changed", "old_id"), ("old_id", "id_changed")):
            with self.subTest(order):
                partner = self.confirmed("2000000002")
                old = partner.ref
                confirmed = self.rows(partner)
                partner.ref = f"new-{old}"
                asked = {row.hold_reason: row for row in self.rows(partner) - confirmed}
                for reason in order:
                    asked[reason].with_user(self.second_officer).action_release()
                    self.drain()
                    self.assertEqual(asked[reason].state, "done", asked[reason].explanation)
                self.assertNotIn(old, self.spar.table)
                self.assertIn("2000000002", self.spar.table[partner.ref])
                self.assertFalse(confirmed.confirmed)

    def test_an_id_put_back_needs_no_decision(self):
        self.partner.ref = "new-2"
        asked = self.rows(self.partner) - self.at_old
        self.partner.ref = "old-1"
        self.env.invalidate_all()
        self.assertEqual(set(asked.mapped("state")), {"cancelled"})
        self.assertTrue(self.at_old.confirmed)

    def test_an_id_put_back_after_the_release_is_not_unlinked(self):
        """Else nobody is paid for an id that its registrant carries."""
        self.partner.ref = "new-6"
        removal = self._asked()["old_id"]
        removal.with_user(self.second_officer).action_release()
        self.partner.ref = "old-1"
        self.drain()
        self.assertEqual(removal.state, "cancelled")
        self.assertIn("old-1", self.spar.table)
        self.assertTrue(self.at_old.confirmed)

    def test_it_is_asked_once(self):
        self.partner.ref = "new-3"
        self.partner.ref = "new-4"
        self.assertEqual(len(self.rows(self.partner) - self.at_old), 2)

    def test_a_newer_address_leaves_the_question_of_the_old_id(self):
        self.partner.ref = "new-5"
        self.next_transaction()
        row = self.submit(self.partner, "3000000003")
        self.drain()
        self.assertEqual(row.state, "done")
        self.assertEqual(set(self._asked()), {"old_id"})

    def test_without_a_new_id_only_the_old_one_is_asked_about(self):
        self.partner.ref = False
        self.assertEqual(set(self._asked()), {"old_id"})
