from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from . import hostile_spar as hostile
from .common import SPAR, STAFF
from .moved_ids import MovedIdsCase
from .test_reconcile import FOREIGN


@tagged("post_install", "-at_install")
class TestIdAge(MovedIdsCase):
    """What is copied, removed from an old id or accepted for one is as old as it was."""

    def setUp(self):
        super().setUp()
        self.channel.second_person = False

    def _cancel(self, rows):
        rows.with_user(self.second_officer).action_cancel()

    def _moved_with_a_newer_one(self):
        """1000000001 at "one", then 1000000002 at "two"; the registrant."""
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        newer = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual((newer.state, newer.spar_id), ("done", "two"))
        return partner

    def _elsewhere(self, ref, account="7777777777"):
        mine = self.spar.table[ref]
        self.spar.table[ref] = mine.replace(hostile.account(mine), account)

    def test_what_is_kept_at_an_old_id_leaves_the_new_one_its_question(self):
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        self._elsewhere("one")
        self.release(self.held(partner, "old_id"))
        removal = self.rows(partner).filtered(lambda row: row.state == "conflict")
        removal.with_user(self.second_officer).action_keep_spars()
        asked = self.held(partner)
        self.assertTrue(asked)
        self.release(asked)
        self.assertEqual(self.at("two"), "1000000001")

    def test_what_is_kept_at_an_old_id_is_not_the_newest(self):
        for held in (None, FOREIGN):
            with self.subTest(held):
                self.spar.reset()
                partner = self._moved_with_a_newer_one()
                self._cancel(self.held(partner, "old_id"))
                self.spar.table.pop("one")
                if held:
                    self.spar.table["one"] = held
                self.compare(partner)
                line = self.lines.search([("partner_id", "=", partner.id), ("spar_id", "=", "one")])
                line.with_user(self.officer).action_accept_spars()
                partner.ref = "three"
                self.release(self.held(partner))
                self.assertEqual(self.at("three"), "1000000002")
                partner.ref = f"gone-{held}"

    def test_an_older_one_is_not_offered_where_the_newest_was_removed(self):
        partner = self._moved_with_a_newer_one()
        partner.ref = False
        newest = self.held(partner, "old_id").filtered(lambda row: row.spar_id == "two")
        self.release(newest)
        self.assertIsNone(self.at("two"))
        partner.ref = "three"
        self.release(self.held(partner))
        self.assertEqual(self.at("three"), "1000000002")

    def test_the_newest_of_a_household_and_its_head_alone_is_offered(self):
        household, head = self.confirmed(ref="one"), self.registrant(ref="zero")
        together = (household.id, head.id)

        def lines(records):
            return {p: together if p in together else (p,) for p in records.ids}

        with patch.object(self.registry["res.partner"], "_spar_lines", lines):
            (household | head).write({"ref": "two"})
            asked = self.held(household)
            newer = self.submit(head, "1000000002")
            self.drain()
            self.assertEqual((newer.state, self.at("two")), ("done", "1000000002"))
            self.assertEqual(asked.state, "superseded")
            (household | head).write({"ref": "three"})
            asked = self.held(household | head)
            self.assertEqual(asked.replaces_id, newer)
            self.release(asked)
        self.assertEqual(self.at("three"), "1000000002")

    def test_the_removal_from_each_old_id_is_asked(self):
        partner = self.registrant(ref="one")
        self.submit(partner, "1000000001")
        self.spar.next(hostile.travel, "link")
        self.drain()
        partner.ref = "two"
        self.later(10)
        self.drain()
        self.assertEqual(self.at("two"), "1000000001")
        partner.ref = "three"
        removals = self.held(partner, "old_id")
        self.assertEqual(set(removals.mapped("spar_id")), {"one", "two"})

    def test_a_copy_that_lands_late_at_an_id_of_the_past_is_seen(self):
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        copy = self.held(partner)
        self.spar.next(hostile.travel, "link")
        self.release(copy)
        self.assertTrue(copy.sent_at)
        partner.ref = "three"
        self.later(10)
        self.drain()
        self.assertEqual((copy.state, copy.spar_id), ("done", "three"))
        removal = self.held(partner, "old_id").filtered(lambda row: row.spar_id == "two")
        self.release(removal)
        self.assertEqual(removal.state, "done")
        self.spar.land()
        self.assertEqual(self.at("two"), "1000000001")
        self.later(600)
        self.drain()
        line = self.lines.search([("partner_id", "=", partner.id)])
        self.assertEqual((line.spar_id, line.state), ("two", "open"))

    def _timed_out(self):
        """1000000002, on its way to "one" with an unknown outcome as the id changed."""
        partner = self.confirmed(ref="one")
        self.submit(partner, "1000000002")
        self.spar.next(hostile.cut, "update")
        self.drain()
        partner.ref = "two"
        self.later(10)
        self.drain()
        return partner

    def test_a_removal_that_was_not_released_is_none_on_its_way(self):
        partner = self._timed_out()
        del self.spar.table["one"]
        self.later(600)
        self.drain()
        self.assertIsNone(self.at("one"), "nobody decided on it")
        self.compare(partner)
        self.assertIn("missing", self.kinds(partner))

    def test_a_removal_that_was_not_released_can_be_left(self):
        partner = self.registrant(ref="one")
        self.submit(partner, "1000000001")
        self.spar.next(hostile.cut, "link")
        self.drain()
        partner.ref = "two"
        self.later(10)
        self.drain()
        removal = self.held(partner, "old_id")
        self._cancel(removal)
        self.assertEqual(removal.state, "cancelled")

    def test_one_that_became_visible_late_goes_over_the_copy_of_an_older(self):
        partner = self.confirmed(ref="one")
        older = self.rows(partner)
        number = older.id + 5
        self.env.cr.execute("SELECT setval('spar_submission_id_seq', %s)", (number + 5,))
        partner.ref = "two"
        self.release(self.held(partner))
        self.assertEqual(self.at("two"), "1000000001")
        late = self.with_number(number, lambda: self.submit(partner, "1000000002"))
        late._update_rows({"released_by": self.second_officer.id})
        self.drain()
        self.assertEqual((late.state, self.at("two")), ("done", "1000000002"))

    def test_a_decided_removal_takes_no_one_elses(self):
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        self._elsewhere("one")
        self.registrant(ref="one")
        removal = self.held(partner, "old_id")
        self.release(removal)
        self.assertEqual(removal.state, "conflict")
        removal.with_user(self.second_officer).action_send_ours()
        self.drain()
        self.assertEqual((removal.state, removal.hold_reason), ("held", "duplicate_id"))
        self.assertEqual(self.at("one"), "7777777777")

    def test_who_decided_on_all_may_not_by_then(self):
        leaver = new_test_user(self.env, "leaver", f"{STAFF},{SPAR}officer")
        partner = self.confirmed()
        del self.spar.table[partner.ref]
        run = self.compare(partner, "resend")
        run.with_user(leaver).action_send_all()
        leaver.write({"groups_id" if "groups_id" in leaver else "group_ids": [(5,)]})
        self.work()
        self.assertEqual((run.state, run.trouble), ("paused", "selection"))
        with self.assertRaises(UserError):
            run.with_user(self.officer).action_send_all()
        run.with_user(self.officer).action_cancel()
