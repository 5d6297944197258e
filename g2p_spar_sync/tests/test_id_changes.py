from odoo.exceptions import UserError
from odoo.tests import tagged

from . import hostile_spar as hostile
from .moved_ids import MovedIdsCase


@tagged("post_install", "-at_install")
class TestIdChanges(MovedIdsCase):
    """An id that changes more than once, or comes back: the newest address is asked about."""

    def test_back_after_all_was_moved(self):
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        self.release(self.held(partner) | self.held(partner, "old_id"))
        self.assertEqual((self.at("one"), self.at("two")), (None, "1000000001"))
        partner.ref = "one"
        self.release(self.held(partner) | self.held(partner, "old_id"))
        self.assertEqual((self.at("one"), self.at("two")), ("1000000001", None))

    def test_emptied_removed_and_given_again(self):
        for first, again in (("one", "one"), ("two", "three")):
            with self.subTest(again):
                partner = self.confirmed(ref=first)
                partner.ref = False
                self.release(self.held(partner, "old_id"))
                self.assertFalse(self.held(partner))
                partner.ref = again
                partner.ref = again
                self.release(self.held(partner))
                self.assertEqual(self.at(again), "1000000001")

    def test_removed_again_and_again(self):
        """The last removal is the one that a person has not decided after."""
        for refs in (("one", False, "two", False, "three"), ("a", "b", "c", False, "d")):
            with self.subTest(refs):
                partner = self.confirmed(ref=refs[0])
                for ref in refs[1:]:
                    partner.ref = ref
                    self.release(self.held(partner) | self.held(partner, "old_id"))
                self.assertEqual({self.at(ref) for ref in refs[:-1]}, {None})
                self.assertEqual(self.at(refs[-1]), "1000000001")

    def test_back_with_a_newer_address(self):
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        newer = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual((newer.state, self.at("two")), ("done", "1000000002"))
        partner.ref = "one"
        self.assertEqual(self.held(partner).replaces_id, newer)
        self.release(self.held(partner))
        self.assertEqual(self.at("one"), "1000000002")

    def test_the_question_about_what_was_removed_is_kept(self):
        """Also where the id is written again, and another address is in use elsewhere."""
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        self.release(self.held(partner, "old_id"))
        asked = self.held(partner)
        partner.ref = "one"
        partner.ref = "one"
        self.assertEqual(self.held(partner), asked)
        self.release(asked)
        self.assertEqual(self.at("one"), "1000000001")

    def test_the_newest_of_two_ids_alone_is_offered_for_a_third(self):
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        newer = self.submit(partner, "1000000002")
        self.drain()
        partner.ref = "three"
        self.assertEqual(self.held(partner).replaces_id, newer)
        removals = self.held(partner, "old_id")
        self.assertEqual(set(removals.mapped("spar_id")), {"one", "two"})

    def test_what_was_removed_by_request_is_not_offered(self):
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        self.release(self.held(partner))
        removal = self.submit(partner, "1000000001", operation="remove")
        self.drain()
        self.assertEqual(removal.state, "done")
        partner.ref = "three"
        self.assertFalse(self.held(partner))

    def test_back_where_an_older_address_lies_than_was_removed(self):
        """It is in force again, whatever was removed elsewhere: that is asked, and once."""
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        self.release(self.held(partner))
        removal = self.submit(partner, "1000000001", operation="remove")
        self.drain()
        self.assertEqual((removal.state, self.at("two")), ("done", None))
        partner.ref = "one"
        asked = self.held(partner)
        self.assertEqual(asked.operation, "remove")
        partner.ref = "two"
        self.assertEqual(asked.state, "cancelled", "nothing lies there")
        partner.ref = "one"
        self.release(self.held(partner))
        self.assertIsNone(self.at("one"))
        partner.ref = "two"
        partner.ref = "one"
        self.assertFalse(self.held(partner))

    def test_what_was_removed_was_another_address(self):
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        self.submit(partner, "1000000002")
        self.drain()
        self.submit(partner, "1000000002", operation="remove")
        self.drain()
        self.assertEqual((self.at("one"), self.at("two")), ("1000000001", None))
        partner.ref = "one"
        self.release(self.held(partner))
        self.assertIsNone(self.at("one"))

    def test_the_older_address_is_not_released_over_a_newer_one_that_waits(self):
        """Whether that one is on its way, or waits for a person."""
        partner = self.confirmed(ref="one")
        partner.with_user(self.staff).write(self.bank_parts("1000000002"))
        newer = self.rows(partner).filtered(lambda row: row.state == "held")
        self.next_transaction()
        partner.ref = "two"
        asked = self.held(partner)
        with self.assertRaisesRegex(UserError, newer.reference):
            asked.with_user(self.second_officer).action_release()
        with self.assertRaisesRegex(UserError, newer.reference):
            (asked | newer).with_user(self.second_officer).action_release()
        newer.with_user(self.officer).action_release()
        self.drain()
        self.assertEqual((newer.state, asked.state), ("done", "superseded"))
        self.assertEqual(self.at("two"), "1000000002")

    def test_a_late_request_to_the_old_id_is_seen(self):
        partner = self.registrant(ref="one")
        first = self.submit(partner, "1000000001")
        self.spar.next(hostile.travel, "link")
        self.drain()
        partner.ref = "two"
        self.later(10)
        self.drain()
        self.assertEqual((first.state, first.spar_id), ("done", "two"))
        self.release(self.held(partner, "old_id"))
        self.spar.land()
        self.assertEqual(self.at("one"), "1000000001")
        self.later(600)
        self.drain()
        line = self.env["spar.reconciliation.line"].search([("partner_id", "=", partner.id)])
        self.assertEqual((line.spar_id, line.state), ("one", "open"))
        self.env["spar.channel"].search([]).write({"second_person": False})
        line.with_user(self.officer).action_send_ours()
        self.drain()
        self.assertIsNone(self.at("one"))
