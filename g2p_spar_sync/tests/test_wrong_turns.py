"""Turns by which money went wrong once: found by review, kept as tests."""

from odoo.tests import tagged

from ..dispatch.carrier import Carrier
from ..dispatch.claim import claim
from ..dispatch.settle import settle
from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestWrongTurns(DispatchCase):
    def _at_spar(self, spar_id):
        held = self.spar.table.get(spar_id)
        return held and hostile.account(held)

    def _merge(self, gone, kept):
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"]._merge((gone | kept).ids, kept)
        self.env.invalidate_all()
        self.next_transaction()

    def _claimed(self):
        """(batch, carrier): a worker's batch between claim and carry."""
        with self.open_env() as env:
            connection = self.connection.with_env(env)
            batch = claim(env, connection, env["spar.vault"]._identifier()[0])
            carrier = Carrier(connection._client(), connection._reader(), batch.deadline)
        return batch, carrier

    def _settled(self, batch, carrier):
        carrier.run(batch.lines)
        with self.open_env() as env:
            settle(env, self.connection.with_env(env), batch, carrier)
        self.next_transaction()

    def _insert(self, partner):
        self.env.cr.execute(
            "INSERT INTO spar_submission (partner_id, payment_method, payment_provider, "
            "payment_account) VALUES (%s, 'bank_account', %s, '1000000001') RETURNING id",
            (partner.id, self.bank.spar_code),
        )
        return self.Submission.browse(self.env.cr.fetchone()[0])

    def test_a_merge_does_not_make_a_bad_address_releasable(self):
        gone, kept = self.registrant(), self.registrant()
        bad = self.submit(gone, "N/A")
        self.next_transaction()
        self._merge(gone, kept)
        self.assertEqual((bad.state, bad.hold_reason), ("held", "account_malformed"))

    def test_an_altered_seal_is_one_rows_matter(self):
        altered = self.submit(self.registrant(), "1000000001")
        good = self.submit(self.registrant(), "1000000002")
        self.env.cr.execute(
            "UPDATE spar_submission SET address_sealed = 'x' WHERE id = %s", (altered.id,)
        )
        self.next_transaction()
        self.drain()
        self.assertEqual((altered.state, altered.hold_reason), ("held", "unjudgeable"))
        self.assertEqual(good.state, "done")

    def test_a_question_refused_for_one_id_stops_nobody_else(self):
        refused, well = self.confirmed(), self.confirmed("1000000005")
        bad, good = self.submit(refused, "1000000002"), self.submit(well, "1000000006")

        def behave(handler, operation, rows):
            one = any(row["id"] == refused.ref for row in rows)
            (hostile.refuse_request if one else hostile.well)(handler, operation, rows)

        self.spar.always["resolve"] = behave
        self.drain()
        self.assertEqual((bad.state, good.state), ("rejected", "done"))

    def test_a_repair_stays_with_its_id(self):
        partner = self.registrant(ref="id-one")
        self.submit(partner, "1000000001")
        self.drain()
        self.submit(partner, "1000000002")
        self.spar.next(hostile.travel, "update")
        self.drain()
        self.later(20)
        self.drain()
        self.submit(partner, "1000000003")
        self.drain()
        partner.with_user(self.officer).write({"ref": "id-two"})
        newest = self.submit(partner, "1000000004")
        self.drain()
        self.spar.land()
        self.later(70)
        self.drain()
        self.assertEqual(self._at_spar("id-one"), "1000000003")
        self.assertEqual(self._at_spar("id-two"), "1000000004")
        self.assertTrue(newest.confirmed)

    def test_an_id_corrected_under_a_timeout_asks_about_the_old_one(self):
        partner = self.registrant(ref="wrong-id")
        row = self.submit(partner, "1000000001")
        self.spar.next(hostile.cut_applied, "link")
        self.drain()
        partner.with_user(self.officer).write({"ref": "right-id"})
        self.later(100)
        self.drain()
        self.assertEqual((row.state, row.spar_id), ("done", "right-id"))
        asked = self.rows(partner).filtered(lambda r: r.way == "old_id" and r.state == "held")
        self.assertEqual(asked.spar_id, "wrong-id")

    def test_an_id_corrected_before_the_answer_asks_about_both(self):
        partner = self.registrant(ref="wrong-id")
        row = self.submit(partner, "1000000001")
        batch, carrier = self._claimed()
        partner.with_user(self.officer).write({"ref": "right-id"})
        self._settled(batch, carrier)
        self.assertEqual((row.state, row.spar_id), ("done", "wrong-id"))
        held = self.rows(partner).filtered(lambda r: r.state == "held")
        self.assertEqual(set(held.mapped("hold_reason")), {"id_changed", "old_id"})

    def test_an_old_id_that_is_anothers_by_now_is_not_unlinked(self):
        first = self.registrant(ref="shared-x")
        self.submit(first, "1000000001")
        self.drain()
        first.with_user(self.officer).write({"ref": "y-id"})
        other = self.submit(self.registrant(ref="shared-x"), "1000000001")
        self.drain()
        old = self.rows(first).filtered(lambda r: r.way == "old_id")
        old.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual((old.state, old.hold_reason), ("held", "duplicate_id"))
        self.assertEqual((other.state, self._at_spar("shared-x")), ("done", "1000000001"))

    def test_an_id_of_one_connection_never_goes_over_another(self):
        partner = self.registrant(ref="77")
        self.connection.id_prefix = "A-"
        row = self.submit(partner, "1000000001")
        second = self.connection.copy({"name": "2", "sequence": 1, "id_prefix": "B-"})
        second.base_url = "http://127.0.0.1:9"
        self.drain()
        self.assertFalse(self.spar.table)
        self.assertEqual(row.connection_id, second)

    def test_a_merge_while_sending_leaves_it_suspect(self):
        gone, kept = self.registrant(), self.registrant()
        row = self.submit(gone, "1000000001")
        self._claimed()
        self._merge(gone, kept)
        self.assertEqual((row.state, row.hold_reason), ("held", "merged"))
        self.assertTrue(row.suspect_until)

    def test_a_row_moved_before_it_was_judged_is_held(self):
        gone, kept = self.registrant(), self.registrant()
        row = self._insert(gone)
        self.env.cr.execute(
            "UPDATE spar_submission SET channel = 'selfservice' WHERE id = %s", (row.id,)
        )
        self.next_transaction()
        self._merge(gone, kept)
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "merged"))

    def test_a_row_behind_anothers_id_waits_without_turning(self):
        first = self.registrant(ref="hot")
        row = self.submit(first, "1000000001")
        with self.open_env() as env:
            connection = self.connection.with_env(env)
            row.with_env(env)._lease("t", "2999-01-01", connection, {row.id: "hot"})
        self.env.cr.execute("UPDATE res_partner SET ref = 'cold' WHERE id = %s", (first.id,))
        first.invalidate_recordset()
        behind = self.submit(self.registrant(ref="hot"), "1000000002")
        self.next_transaction()
        before = behind.due_at
        self.drain()
        self.assertEqual(behind.state, "pending")
        self.assertGreater(behind.due_at, before)

    def test_send_ours_overwrites_only_what_the_conflict_was_about(self):
        partner = self.confirmed()
        ours = self.spar.table[partner.ref]
        self.spar.table[partner.ref] = ours.replace("1000000001", "6660000666")
        row = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual(row.state, "conflict")
        self.spar.table[partner.ref] = ours.replace("1000000001", "8880000888")
        self.env.cr.cache.pop("spar_resolve", None)
        row.with_user(self.second_officer).action_send_ours()
        self.drain()
        self.assertEqual((row.state, self._at_spar(partner.ref)), ("conflict", "8880000888"))
        row.with_user(self.second_officer).action_send_ours()
        self.drain()
        self.assertEqual((row.state, self._at_spar(partner.ref)), ("done", "1000000002"))
