from odoo.exceptions import UserError
from odoo.tests import tagged

from ..dispatch.carrier import Carrier
from ..dispatch.settle import settle
from ..models.tools import database_now
from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestDispatchLate(DispatchCase):
    """Workers that die and requests that arrive late."""

    def _carry(self, batch, reader):
        client = self.connection._client()
        self.addCleanup(client.close)
        carrier = Carrier(client, reader, batch.deadline)
        carrier.run(batch.lines)
        return carrier

    def test_killed_before_the_request(self):
        partner = self.registrant()
        row = self.submit(partner, "1000000001")
        self._claim()
        self.assertEqual(row.state, "sending")
        self.assertGreater(self.drain(), 30)
        self.assertEqual((row.state, self.spar.log), ("sending", []), "its lease still stands")
        self.later(61)
        self.drain()
        self.assertEqual((row.state, row.attempts), ("done", 0))
        self.assertIn(("taken_over", False), self.events(row))
        self.assertEqual(self.spar.log[0][0], "resolve", "it may have been sent: asked first")

    def test_killed_between_spars_answer_and_the_commit(self):
        partner = self.registrant()
        row = self.submit(partner, "1000000001")
        self._carry(*self._claim())
        self.assertEqual(hostile.account(self.spar.table[partner.ref]), "1000000001")
        self.later(61)
        self.drain()
        self.assertEqual((row.state, row.outcome, row.confirmed), ("done", "nothing", True))
        self.assertEqual(len(self.spar.writes()), 1)

    def test_the_same_for_an_update_and_a_removal(self):
        for operation, account, left in (
            ("set", "1000000002", "1000000002"),
            ("remove", "1000000001", None),
        ):
            with self.subTest(operation):
                partner = self.confirmed()
                row = self.submit(partner, account, operation=operation)
                self._carry(*self._claim())
                self.later(61)
                self.drain()
                self.assertEqual((row.state, row.confirmed), ("done", True))
                self.assertEqual(hostile.account(self.spar.table.get(partner.ref)), left)
                self.assertEqual(len(self.spar.writes(partner.ref)), 2)

    def test_a_worker_that_wakes_up_too_late_settles_nothing(self):
        row = self.submit(self.registrant(), "1000000001")
        batch, reader = self._claim()
        self.spar.always["link"] = hostile.error_in_200
        slow = self._carry(batch, reader)
        self.spar.always.clear()
        self.later(61)
        self.drain()
        self.assertEqual(row.state, "done")
        with self.open_env() as env:
            settle(env, env["spar.connection"].browse(self.connection.id), batch, slow)
        self.assertEqual((row.state, row.confirmed), ("done", True))

    def test_nor_while_another_holds_the_row(self):
        row = self.submit(self.registrant(), "1000000001")
        batch, reader = self._claim()
        self.spar.always["link"] = hostile.error_in_200
        slow = self._carry(batch, reader)
        self.later(61)
        with self.open_env() as env:
            env["spar.submission"]._take_over(database_now(env.cr))
        self._claim()
        with self.open_env() as env:
            settle(env, env["spar.connection"].browse(self.connection.id), batch, slow)
        self.assertEqual((row.state, row.hold_reason), ("sending", False))

    def test_a_follower_waits_for_what_is_on_its_way_to_another_id(self):
        partner = self.registrant(ref="old")
        self.submit(partner, "1000000001")
        self._claim()
        partner.ref = "new"
        follower = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual((follower.state, self.spar.writes()), ("pending", []))
        self.later(61)
        self.drain()
        self.assertEqual(
            self.spar.writes("new"), [("link", "1000000001"), ("update", "1000000002")]
        )

    def test_nothing_is_sent_after_the_deadline(self):
        row = self.submit(self.registrant(), "1000000001")
        batch, reader = self._claim()
        client = self.connection._client()
        self.addCleanup(client.close)
        carrier = Carrier(client, reader, deadline=0)
        carrier.run(batch.lines)
        self.assertEqual(self.spar.log, [])
        self.assertEqual(carrier.verdicts[row.id].state, "pending")
        self.assertFalse(carrier.verdicts[row.id].burns)

    def test_an_older_value_that_lands_late_is_repaired(self):
        partner, newest = self.overtaken_by_a_late_one()
        self.spar.land()
        self.assertEqual(hostile.account(self.spar.table[partner.ref]), "1000000002")
        self.later(61)
        self.drain()
        self.assertEqual(hostile.account(self.spar.table[partner.ref]), "1000000003")
        self.assertIn(("repaired", "landed_late"), self.events(newest))
        self.assertEqual((newest.state, newest.confirmed), ("done", True))
        self.later(3600)
        self.drain()
        self.assertFalse(any(self.rows(partner).mapped("suspect_until")))
        self.assertFalse(any(self.rows(partner).mapped("recheck_at")))

    def test_a_late_request_of_a_row_in_conflict_is_repaired(self):
        """Its request travels still while a stranger's value stands; then it lands over that."""
        partner = self.confirmed("1000000001")
        late = self.submit(partner, "1000000002")
        self.spar.next(hostile.travel, "update")
        self.drain()
        mine = self.spar.table[partner.ref]
        self.spar.table[partner.ref] = mine.replace("1000000001", "7777")
        self.later(10)
        self.drain()
        self.assertEqual(late.state, "conflict")
        self.spar.table[partner.ref] = mine
        self.spar.land()
        self.assertEqual(hostile.account(self.spar.table[partner.ref]), "1000000002")
        self.later(61)
        self.drain()
        self.assertEqual(hostile.account(self.spar.table[partner.ref]), "1000000001")

    def test_a_late_request_over_what_was_kept_is_repaired(self):
        """SPAR's own was accepted in place of a row whose request travels still."""
        partner = self.confirmed("1000000001")
        late = self.submit(partner, "1000000002")
        self.spar.next(hostile.travel, "update")
        self.drain()
        mine = self.spar.table[partner.ref]
        self.spar.table[partner.ref] = mine.replace("1000000001", "7777777777")
        self.later(10)
        self.drain()
        self.assertEqual(late.state, "conflict")
        late.with_user(self.second_officer).action_keep_spars()
        self.spar.land()
        self.assertEqual(hostile.account(self.spar.table[partner.ref]), "1000000002")
        self.later(61)
        self.drain()
        self.assertEqual(hostile.account(self.spar.table[partner.ref]), "7777777777")

    def test_looked_again_and_all_is_well(self):
        partner, newest = self.overtaken_by_a_late_one()
        writes = len(self.spar.writes(partner.ref))
        self.later(61)
        self.drain()
        self.assertFalse(newest.recheck_at)
        self.assertFalse(any(self.rows(partner).mapped("suspect_until")))
        self.assertEqual(len(self.spar.writes(partner.ref)), writes)

    def test_a_strangers_value_is_not_repaired(self):
        partner, newest = self.overtaken_by_a_late_one()
        self.spar.table[partner.ref] = self.spar.table[partner.ref].replace("1000000003", "7777")
        self.later(61)
        self.drain()
        self.assertEqual(hostile.account(self.spar.table[partner.ref]), "7777")
        self.assertIn(("answered", "differs"), self.events(newest))
        self.assertFalse(newest.recheck_at)

    def test_a_late_removal_is_repaired(self):
        partner = self.confirmed("1000000001")
        self.submit(partner, "1000000001", operation="remove")
        self.spar.next(hostile.travel, "unlink")
        self.drain()
        self.later(10)
        self.drain()
        newest = self.submit(partner, "1000000001")
        self.drain()
        self.assertEqual(newest.state, "done")
        self.spar.land()
        self.assertFalse(self.spar.table)
        self.later(61)
        self.drain()
        self.assertEqual(hostile.account(self.spar.table[partner.ref]), "1000000001")
        self.assertEqual((newest.state, newest.outcome), ("done", "link"))

    def test_the_recheck_waits_while_spar_is_away(self):
        partner, newest = self.overtaken_by_a_late_one()
        self.spar.land()
        self.spar.always["resolve"] = hostile.bad_signature
        self.later(61)
        self.drain()
        self.assertTrue(newest.recheck_at)
        self.spar.always.clear()
        self.later(180)
        self.drain()
        self.assertEqual(hostile.account(self.spar.table[partner.ref]), "1000000003")

    def test_nothing_is_cancelled_while_it_may_arrive(self):
        row = self.submit(self.registrant(), "1000000001")
        self.spar.always["link"] = hostile.cut
        self.drain()
        officer = row.with_user(self.officer)
        with self.assertRaisesRegex(UserError, row.reference):
            officer.action_cancel()
        self.assertEqual(row.state, "pending")
        self.later(61)
        officer.action_cancel()
        self.assertEqual(row.state, "cancelled")
        self.assertFalse(row.sudo().address_sealed)
        self.drain()
        self.assertEqual(len(self.spar.writes()), 1)

    def test_what_has_arrived_unnoticed_is_not_cancelled(self):
        """SPAR pays to it: a cancelled row would say that nobody does."""
        row = self.submit(self.registrant(), "1000000001")
        self.spar.next(hostile.cut_applied, "link")
        self.drain()
        self.later(61)
        with self.assertRaisesRegex(UserError, "has reached SPAR"):
            row.with_user(self.officer).action_cancel()
        self.drain()
        self.assertEqual((row.state, row.outcome), ("done", "nothing"))

    def test_nor_is_the_repair_of_what_is_confirmed(self):
        _partner, newest = self.overtaken_by_a_late_one()
        self.spar.land()
        self.later(61)
        with self.open_env() as env:
            rows = env["spar.submission"].browse(newest.id)
            older = env["spar.submission"].search(
                [("suspect_until", "!=", False), ("partner_id", "=", rows.partner_id.id)]
            )
            rows._rechecked(older.address_hash, database_now(env.cr))
        self.assertEqual((newest.state, newest.confirmed), ("pending", True))
        with self.assertRaisesRegex(UserError, newest.reference):
            newest.with_user(self.officer).action_cancel()

    def test_what_was_overtaken_elsewhere_is_not_suspect_for_ever(self):
        """Nothing is confirmed at the id it was for, so no recheck of that would end it."""
        other, partner = self.registrant(), self.registrant(ref="one")
        row = self.submit(partner, "1000000001")
        self._claim()
        self.later(3600)
        other.ref = "one"
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "duplicate_id"))
        self.assertTrue(row.suspect_until)
        partner.ref = "two"
        self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual(row.state, "superseded")
        self.assertTrue(row.suspect_until, "its request may arrive still")
        self.later(3600)
        self.drain()
        self.assertFalse(row.suspect_until)
        asked = self.rows(partner).filtered(lambda other: other.way == "old_id")
        self.assertEqual((asked.state, asked.spar_id), ("held", "one"))
