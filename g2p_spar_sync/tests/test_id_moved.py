from odoo.exceptions import UserError
from odoo.tests import tagged

from ..dispatch.carrier import Carrier
from ..dispatch.settle import settle
from . import hostile_spar as hostile
from .moved_ids import MovedIdsCase


@tagged("post_install", "-at_install")
class TestIdMoved(MovedIdsCase):
    """An id that changes while addresses are on their way, or wait for a person."""

    def test_the_question_about_the_old_address_ends_with_a_newer_one_at_the_new_id(self):
        partner = self.confirmed("1000000001", ref="one")
        self.spar.always["update"] = hostile.unavailable
        newer = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual(newer.state, "pending")
        partner.ref = "two"
        self.spar.always.clear()
        self.later(70)
        self.drain()
        self.assertEqual((newer.state, newer.spar_id), ("done", "two"))
        self.assertFalse(self.held(partner, "id_changed"))
        self.assertEqual(self.at("two"), "1000000002")

    def test_an_older_address_is_not_released_while_a_newer_one_is_on_its_way(self):
        partner = self.confirmed("1000000001", ref="one")
        self.spar.always["update"] = hostile.unavailable
        newer = self.submit(partner, "1000000002")
        self.drain()
        partner.ref = "two"
        asked = self.held(partner, "id_changed")
        with self.assertRaisesRegex(UserError, newer.reference):
            asked.with_user(self.second_officer).action_release()
        self.spar.always.clear()
        self.later(70)
        self.drain()
        self.later(70)
        self.drain()
        self.assertEqual((newer.state, newer.spar_id), ("done", "two"))
        self.assertEqual(self.at("two"), "1000000002")

    def test_the_newest_address_alone_is_asked_about(self):
        partner = self.confirmed("1000000001", ref="one")
        newer = self.submit(partner, "1000000002")
        batch, reader = self._claim()
        partner.ref = "two"
        client = self.connection._client()
        carrier = Carrier(client, reader, batch.deadline)
        carrier.run(batch.lines)
        with self.open_env() as env:
            settle(env, env["spar.connection"].browse(self.connection.id), batch, carrier)
        self.next_transaction()
        self.assertEqual(newer.state, "done")
        held = self.held(partner, "id_changed")
        self.assertEqual(held.mapped("replaces_id"), newer)

    def test_a_removal_goes_to_the_spar_that_holds_it(self):
        other = self.connection.copy({"name": "2", "company_id": False, "sequence": 50})
        company = self.env["res.company"].create({"name": "Elsewhere"})
        spar2 = hostile.HostileSpar()
        self.addCleanup(spar2.stop)
        other.write({"company_id": company.id, "base_url": spar2.url})
        partner = self.confirmed("1000000001", ref="one")
        partner.ref = "two"
        partner.company_id = company
        self.held(partner, "old_id").with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(spar2.log, [])
        self.assertNotIn("one", self.spar.table)

    def test_sending_ours_to_an_old_id_stays_at_the_old_id(self):
        partner = self.confirmed("1000000001", ref="one")
        first = self.rows(partner)
        partner.ref = "two"
        newer = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual((newer.state, self.at("two")), ("done", "1000000002"))
        mine = self.spar.table["one"]
        first._send_again({first.id: "nothing like it"}, self.manager)
        self.spar.table["one"] = mine.replace("1000000001", "7777777777")
        self.next_transaction()
        self.drain()
        self.assertEqual(first.state, "conflict")
        first.with_user(self.second_officer).action_send_ours()
        self.drain()
        self.assertEqual(self.at("two"), "1000000002")
        self.assertEqual(self.at("one"), "1000000001")
        self.assertEqual((first.state, first.confirmed), ("done", True))

    def test_a_removal_waits_for_no_id(self):
        partner = self.confirmed("1000000001", ref="one")
        waiting = self.submit(partner, "1000000002")
        partner.ref = False
        self.drain()
        self.assertTrue(waiting.waits_for_id)
        removal = self.held(partner, "old_id")
        removal.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(removal.state, "done")
        self.assertNotIn("one", self.spar.table)

    def test_what_is_confirmed_for_an_old_id_keeps_its_conflict(self):
        partner, first = self._in_conflict_at_an_old_id()
        newer = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual((newer.state, self.at("two")), ("done", "1000000002"))
        self.assertEqual(
            (first.state, first.confirmed, bool(first.address_sealed)), ("conflict", True, True)
        )

    def _in_conflict_at_an_old_id(self):
        """(registrant, its confirmed row, in conflict at "one" since it was sent again)"""
        partner = self.confirmed("1000000001", ref="one")
        first = self.rows(partner)
        mine = self.spar.table["one"]
        first._send_again({first.id: "nothing like it"}, self.manager)
        self.spar.table["one"] = mine.replace("1000000001", "7777777777")
        self.next_transaction()
        self.drain()
        self.assertEqual(first.state, "conflict")
        partner.ref = "two"
        return partner, first

    def _remove_from_the_old_id(self, partner):
        removal = self.held(partner, "old_id")
        self.release(removal)
        removal.with_user(self.second_officer).action_send_ours()
        self.drain()
        self.assertEqual((removal.state, removal.confirmed), ("done", True))
        self.assertNotIn("one", self.spar.table)

    def test_a_conflict_at_an_old_id_is_over_with_the_removal_from_there(self):
        """Its address is gone: nothing is left to be decided on, and to be sent again."""
        partner, first = self._in_conflict_at_an_old_id()
        newer = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual((newer.state, self.at("two")), ("done", "1000000002"))
        self._remove_from_the_old_id(partner)
        self.assertEqual((first.state, first.confirmed), ("done", False))
        self.assertFalse(first.hold_reason)
        self.assertIn(("superseded", "newer_done"), self.events(first))
        with self.assertRaisesRegex(UserError, first.reference):
            first.with_user(self.second_officer).action_send_ours()

    def test_what_was_confirmed_counts_for_done_after_its_removal(self):
        """What is older, and becomes visible only now, does not go to the new id."""
        self.env.cr.execute("SELECT nextval('spar_submission_id_seq')")
        [drawn] = self.env.cr.fetchone()
        partner, _first = self._in_conflict_at_an_old_id()
        self._remove_from_the_old_id(partner)
        late = self.with_number(drawn, lambda: self.submit(partner, "1000000003"))
        self.drain()
        self.assertEqual((late.state, self.at("two")), ("superseded", None))

    def test_whoever_notes_the_end_of_what_is_on_its_way_meets_the_change(self):
        """Both would commit otherwise, and nobody would be asked about the old id."""
        partner = self.confirmed("1000000001", ref="one")
        newer = self.submit(partner, "1000000002")
        self._claim()
        version = "SELECT ctid::text FROM spar_submission WHERE id = %s AND state = 'sending'"
        self.env.cr.execute(version, (newer.id,))
        before = self.env.cr.fetchone()
        self.assertTrue(before)
        partner.ref = "two"
        self.env.cr.execute(version, (newer.id,))
        self.assertNotEqual(self.env.cr.fetchone(), before)
