from datetime import datetime, timedelta

from odoo.tests import tagged

from .common import RegistryCase


@tagged("post_install", "-at_install")
class TestHouseholds(RegistryCase):
    """A household is paid through its head, and both are one line at SPAR."""

    def test_goes_by_its_heads_id(self):
        head = self.individual("H-1")
        household = self.household(head, value="own-1")
        self.join(household, self.individual("member-1"))
        self.assertEqual(household._spar_id(), {household.id: "H-1"})
        lines = (household | head)._spar_lines()
        self.assertEqual(set(lines[head.id]), {head.id, household.id})
        self.assertEqual(lines[head.id], lines[household.id])

    def test_goes_by_its_own_id_where_the_connection_says_so(self):
        self.connection.household_id = "own"
        head = self.individual("H-2")
        household = self.household(head, value="own-2")
        self.assertEqual(household._spar_id(), {household.id: "own-2"})
        self.assertEqual(household._spar_lines(), {household.id: (household.id,)})

    def test_without_a_head_it_waits_and_says_so(self):
        household = self.household(value="own-3")
        row = self.carried(household, "1000000001")
        self.assertTrue(row.waits_for_id)
        self.assertIn("no head", row.explanation)
        self.join(household, self.individual("H-3"), head=True)
        self.drain()
        self.assertEqual((row.state, row.spar_id), ("done", "H-3"))

    def test_head_without_an_id(self):
        row = self.carried(self.household(self.individual()), "1000000001")
        self.assertIn("head has no", row.explanation)

    def test_head_and_household_are_no_duplicates(self):
        head = self.individual("H-4")
        household = self.household(head)
        one = self.carried(household, "1000000001")
        two = self.carried(head, "1000000002")
        self.assertEqual((one.state, two.state), ("done", "done"))
        self.assertFalse(one.confirmed)
        self.assertTrue(two.confirmed)
        self.assertEqual(
            self.spar.writes("H-4"), [("link", "1000000001"), ("update", "1000000002")]
        )

    def test_their_rows_keep_their_order(self):
        head = self.individual("H-5")
        household = self.household(head)
        first = self.submit(head, "1000000001")
        self.next_transaction()
        second = self.submit(household, "1000000002")
        # The older one is to be tried later: the newer one must not go before it.
        first._update_rows({"due_at": datetime.now() + timedelta(hours=1)})
        self.next_transaction()
        self.drain()
        self.assertEqual((first.state, second.state), ("pending", "pending"))
        for _turn in range(2):
            (first | second)._update_rows({"due_at": datetime.now() - timedelta(seconds=1)})
            self.drain()
        self.assertEqual((first.state, second.state), ("done", "done"))
        self.assertEqual([account for _op, account in self.spar.writes("H-5")][-1], "1000000002")

    def test_late_row_of_the_line_is_superseded(self):
        head = self.individual("H-6")
        household = self.household(head)
        late = self.submit(household, "1000000001")
        late._update_rows({"due_at": datetime.now() + timedelta(hours=1)})
        newer = self.submit(head, "1000000002")
        self.env.cr.execute(
            "UPDATE spar_submission SET state = 'done', confirmed = true, spar_id = 'H-6' "
            "WHERE id = %s",
            (newer.id,),
        )
        late._update_rows({"due_at": datetime.now() - timedelta(seconds=1)})
        self.next_transaction()
        self.drain()
        self.assertEqual(late.state, "superseded")

    def test_a_stranger_with_the_heads_id(self):
        head = self.individual("H-7")
        household = self.household(head)
        self.carried(household, "1000000001")
        row = self.carried(self.individual("H-7"), "1000000002")
        self.assertEqual(row.hold_reason, "duplicate_id")
        self.assertEqual(self.carried(head, "1000000003").state, "done")

    def test_a_change_of_head(self):
        old, new = self.individual("H-8"), self.individual("H-9")
        household = self.household(old)
        confirmed = self.carried(household, "1000000001")
        membership = household.group_membership_ids
        membership.kind = [(5,)]
        self.join(household, new, head=True)
        self.drain()
        self.assertEqual(set(self.spar.table), {"H-8"})
        asked = self.rows(household) - confirmed
        self.assertEqual(set(asked.mapped("hold_reason")), {"id_changed", "old_id"})
        asked.with_user(self.officer).action_release()
        self.drain()
        self.drain()
        self.assertEqual(set(self.spar.table), {"H-9"})

    def test_a_headship_that_ended_does_not_count(self):
        head = self.individual("H-10")
        household = self.household(head)
        household.group_membership_ids.write(
            {
                "start_date": datetime.now() - timedelta(days=9),
                "ended_date": datetime.now() - timedelta(days=1),
            }
        )
        self.assertEqual(household._spar_id(), {})
