from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..dispatch.carrier import Carrier
from ..dispatch.claim import in_order
from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestDispatchUnknown(DispatchCase):
    """What was sent, and nobody knows how that ended: what comes after it, and before it."""

    def _sent_and_released(self):
        """(older, newer): the newer was sent, nobody knows how that ended, and the older one, which
        waited for a person, is released now."""
        partner = self.confirmed("1000000001")
        self.env["spar.channel"]._spar_by_code()["backend"].change = "hold"
        older = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual(older.hold_reason, "policy_change")
        self.env["spar.channel"]._spar_by_code()["backend"].change = "send"
        newer = self.submit(partner, "1000000003")
        self.spar.next(hostile.travel, "update")
        self.drain()
        self.assertTrue(newer.sent_at)
        self.assertEqual(newer.state, "pending")
        older.with_user(self.second_officer).action_release()
        return older, newer

    def test_what_may_be_at_spar_goes_before_an_older_row_that_is_released(self):
        """Else the older one would be put over the newer, which may have arrived already."""
        older, newer = self._sent_and_released()
        self.drain()
        self.assertEqual(older.state, "pending", "it waits behind the newer one")
        self.later(10)
        self.drain()
        self.assertEqual((newer.state, older.state), ("done", "superseded"))
        self.assertNotIn("1000000002", [value for _op, value in self.spar.writes()])

    def test_nor_when_the_older_was_claimed_at_that_very_moment(self):
        older, newer = self._sent_and_released()
        self.env.cr.execute("UPDATE spar_submission SET sent_at = NULL WHERE id = %s", (newer.id,))
        self.next_transaction()
        batch, _reader = self._claim()
        self.env.cr.execute(
            "UPDATE spar_submission SET sent_at = now() AT TIME ZONE 'UTC' WHERE id = %s",
            (newer.id,),
        )
        with self.open_env() as env:
            self.assertEqual(in_order(env, batch).lines, [])
        self.assertEqual(older.state, "pending")

    def test_a_value_that_travels_still_gives_nobody_a_right_to_change_it(self):
        """A change that waits for an officer waits, also while SPAR's value may land once more."""
        partner = self.confirmed("1000000001")
        self.submit(partner, "1000000002")
        self.spar.next(hostile.cut_applied, "update")
        self.drain()
        self.later(10)
        self.drain()
        self.assertEqual(hostile.account(self.spar.table[partner.ref]), "1000000002")
        self.env["spar.channel"]._spar_by_code()["backend"].change = "hold"
        change = self.submit(partner, "1000000003")
        self.drain()
        self.assertEqual((change.state, change.hold_reason), ("held", "policy_change"))

    def test_a_link_that_lands_after_the_removal_is_taken_away_again(self):
        """Whoever was removed is not paid because a request came late."""
        for changed in (False, True):
            with self.subTest(changed=changed):
                partner = self.registrant()
                self.submit(partner, "1000000001")
                self.spar.next(hostile.travel, "link")
                self.drain()
                self.later(10)
                self.drain()
                newest = "1000000001"
                if changed:
                    newest = "1000000002"
                    self.submit(partner, newest)
                    self.drain()
                removal = self.submit(partner, newest, operation="remove")
                self.drain()
                self.assertEqual((removal.state, self.spar.table.get(partner.ref)), ("done", None))
                self.spar.land()
                self.assertEqual(hostile.account(self.spar.table[partner.ref]), "1000000001")
                self.later(61)
                self.drain()
                self.assertIsNone(self.spar.table.get(partner.ref))
                self.assertEqual((removal.state, removal.confirmed), ("done", True))

    def test_a_row_that_is_held_after_its_worker_died_leaves_spar_as_confirmed(self):
        """It has reached SPAR, and then its registrant got another's id: nobody decided on it."""
        other = self.confirmed("2000000001")
        partner = self.confirmed("1000000001")
        ref, confirmed = partner.ref, self.rows(partner)
        row = self.submit(partner, "1000000002")
        client = self.connection._client()
        self.addCleanup(client.close)
        batch, reader = self._claim()
        Carrier(client, reader, batch.deadline).run(batch.lines)
        self.assertEqual(hostile.account(self.spar.table[ref]), "1000000002")
        partner.ref = other.ref
        self.later(61)
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "duplicate_id"))
        asked = self.rows(partner).filtered(lambda r: r.way == "old_id" and r.state == "held")
        self.assertEqual(asked.mapped("replaces_id"), confirmed | row, "of both at the old id")
        with self.assertRaises(UserError):
            row.with_user(self.officer).action_cancel()
        self.later(61)
        self.drain()
        self.assertEqual(hostile.account(self.spar.table[ref]), "1000000001")
        self.assertEqual(hostile.account(self.spar.table[other.ref]), "2000000001")
        self.drain()
        self.assertEqual((confirmed.state, row.suspect_until), ("done", False))

    def _at(self, spar_id):
        return hostile.account(self.spar.table[spar_id])

    def _left_without_an_answer(self):
        """A registrant whose first link reached SPAR without our knowing, archived since."""
        gone = self.registrant(ref="one")
        row = self.submit(gone, "1000000001")
        self.spar.next(hostile.cut_applied, "link")
        self.drain()
        gone.active = False
        self.later(10)
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "registrant_archived"))
        self.assertTrue(row.suspect_until)
        return gone

    def test_what_may_be_a_strangers_is_not_overwritten(self):
        self._left_without_an_answer()
        row = self.submit(self.registrant(ref="one"), "1000000002")
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("conflict", "never_confirmed"))
        self.assertEqual(self._at("one"), "1000000001")

    def test_what_may_be_the_households_own_is(self):
        head = self._left_without_an_answer()
        household = self.registrant(ref="one")
        together = (head.id, household.id)

        def lines(partners):
            return {id_: together if id_ in together else (id_,) for id_ in partners.ids}

        with patch.object(self.registry["res.partner"], "_spar_lines", lines):
            row = self.submit(household, "1000000002")
            self.drain()
        self.assertEqual((row.state, self._at("one")), ("done", "1000000002"))

    def test_over_a_strangers_late_one_goes_who_was_confirmed_before_it(self):
        before = self.confirmed("1000000001", ref="one")
        self.submit(before, "1000000002")
        self.spar.next(hostile.travel, "update")
        self.drain()
        before.active = False
        self.later(10)
        self.drain()
        partner = self.registrant(ref="one")
        row = self.submit(partner, "1000000003")
        self.drain()
        self.assertEqual(row.hold_reason, "never_confirmed")
        row.with_user(self.second_officer).action_send_ours()
        self.drain()
        self.assertEqual((row.state, self._at("one")), ("done", "1000000003"))
        self.spar.land()
        self.assertEqual(self._at("one"), "1000000002")
        newer = self.submit(partner, "1000000004")
        self.drain()
        self.assertEqual((newer.state, self._at("one")), ("done", "1000000004"))
