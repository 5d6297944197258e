from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.channel_marks import CONTEXT_KEY, ODK
from . import hostile_spar as hostile
from .common import DispatchCase

FOREIGN = "account_number:9999999999.branch_name:.branch_code:.bank_name:.bank_code:X.fa_type:BANK"


@tagged("post_install", "-at_install")
class TestDecisions(DispatchCase):
    """What officers decide, and that nobody decides alone on what they submitted."""

    def setUp(self):
        super().setUp()
        self.partner = self.confirmed()

    def _held_change(self, account="1000000002", user=None):
        submissions = self.Submission.with_user(user or self.officer)
        row = submissions.with_context(**{CONTEXT_KEY: ODK}).create(
            {"partner_id": self.partner.id, **self.bank_parts(account)}
        )
        self.drain()
        row = row.with_env(self.env)
        self.assertEqual((row.state, row.hold_reason), ("held", "policy_change"))
        return row

    def _conflict(self, held=FOREIGN, account="1000000002"):
        self.spar.table.pop(self.partner.ref, None)
        if held:
            self.spar.table[self.partner.ref] = held
        row = self.submit(self.partner, account)
        self.drain()
        self.assertEqual(row.state, "conflict")
        return row.with_user(self.second_officer)

    def test_a_second_person_releases(self):
        row = self._held_change()
        with self.assertRaisesRegex(UserError, row.reference):
            row.with_user(self.officer).action_release()
        with self.assertRaises(UserError):
            row.with_user(self.officer).sudo().action_release()
        row.with_user(self.second_officer).action_release()
        self.assertEqual((row.state, row.released_by), ("pending", self.second_officer))
        self.drain()
        self.assertEqual(hostile.account(self.spar.table[self.partner.ref]), "1000000002")

    def test_in_bulk_too(self):
        own = self._held_change()
        others = self.submit(self.registrant(active=False), "1000000001", user=self.second_officer)
        self.drain()
        with self.assertRaises(UserError):
            (own | others).with_user(self.officer).action_release()
        self.assertEqual((own | others).mapped("state"), ["held", "held"])

    def test_unless_the_channel_allows_one(self):
        row = self._held_change()
        self.env.ref("g2p_spar_sync.channel_odk").second_person = False
        row.with_user(self.officer).action_release()
        self.assertEqual(row.state, "pending")

    def test_bad_data_is_not_released(self):
        row = self.submit(self.partner, "N/A").with_user(self.second_officer)
        with self.assertRaisesRegex(UserError, "no account number"):
            row.action_release()
        self.assertEqual(row.state, "held")

    def test_only_what_is_in_the_right_state(self):
        done = self.rows(self.partner).with_user(self.second_officer)
        for method in (
            "action_release",
            "action_retry",
            "action_cancel",
            "action_send_ours",
            "action_keep_spars",
        ):
            with self.subTest(method), self.assertRaisesRegex(UserError, done.reference):
                getattr(done, method)()

    def test_released_where_a_newer_one_is_confirmed(self):
        """The order is the number's: the old row is replaced by a new one."""
        self.env.cr.execute("SELECT nextval('spar_submission_id_seq')")
        [drawn] = self.env.cr.fetchone()
        newer = self.submit(self.partner, "1000000003")
        self.drain()
        late = self.with_number(
            drawn,
            lambda: (
                self.Submission.with_user(self.staff)
                .sudo()
                .create({"partner_id": self.partner.id, **self.bank_parts("1000000002")})
                .with_env(self.env)
            ),
        )
        self.next_transaction()
        self.assertEqual((late.state, late.hold_reason), ("held", "unknown_channel"))
        late.with_user(self.officer).action_release()
        fresh = self.rows(self.partner)[-1]
        self.assertEqual(late.state, "cancelled")
        self.assertEqual((fresh.replaces_id, fresh.state), (late, "pending"))
        self.assertGreater(fresh.id, newer.id)
        self.assertEqual((fresh.channel, fresh.submitted_by), ("unknown", self.staff))
        self.drain()
        self.assertEqual(fresh.state, "done")
        self.assertEqual(hostile.account(self.spar.table[self.partner.ref]), "1000000002")

    def test_held_ones_are_superseded_by_a_later_done(self):
        held = self._held_change()
        conflict = self._conflict(account="1000000003")
        self.spar.table[self.partner.ref] = FOREIGN.replace("9999999999", "1000000001").replace(
            "bank_code:X", f"bank_code:{self.bank.spar_code}"
        )
        done = self.submit(self.partner, "1000000004")
        self.drain()
        self.assertEqual(
            (held.state, conflict.state, done.state), ("superseded", "superseded", "done")
        )

    def test_send_ours(self):
        row = self._conflict()
        with self.assertRaises(UserError):
            row.with_user(self.officer).action_send_ours()
        row.action_send_ours()
        self.drain()
        self.assertEqual((row.state, row.outcome, row.confirmed), ("done", "update", True))
        self.assertIn(("decided", "send_ours"), self.events(row))

    def test_send_ours_over_nothing_and_over_the_unreadable(self):
        for held, outcome in ((None, "link"), ("something else", "update")):
            with self.subTest(outcome):
                self.partner = self.confirmed()
                row = self._conflict(held)
                row.action_send_ours()
                self.drain()
                self.assertEqual((row.state, row.outcome), ("done", outcome))

    def test_send_ours_holds_for_what_was_seen_only(self):
        row = self._conflict()
        row.action_send_ours()
        self.spar.table[self.partner.ref] = FOREIGN.replace("9999999999", "8888888888")
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("conflict", "changed_since_shown"))

    def test_keep_spars(self):
        row = self._conflict()
        row.action_keep_spars()
        accepted = self.rows(self.partner)[-1]
        self.assertEqual((row.state, accepted.state), ("cancelled", "done"))
        self.assertEqual((accepted.outcome, accepted.confirmed), ("accepted", True))
        decided = row.event_ids.filtered(lambda event: event.kind == "decided")
        self.assertEqual((decided.detail, decided.user_id), ("keep_spars", self.second_officer))
        self.assertEqual(accepted.submitted_by, self.second_officer)
        self.drain()
        self.assertEqual(self.spar.table[self.partner.ref], FOREIGN)
        change = self.submit(self.partner, "1000000005")
        self.drain()
        self.assertEqual((change.state, change.outcome), ("done", "update"))

    def test_keep_that_spar_holds_nothing(self):
        self._conflict(None).action_keep_spars()
        self.drain()
        self.assertFalse(self.spar.table)
        again = self.submit(self.partner, "1000000005")
        self.drain()
        self.assertEqual((again.state, again.outcome), ("done", "link"))

    def test_nothing_is_decided_while_spar_cannot_be_asked(self):
        row = self._conflict()
        self.spar.always["resolve"] = hostile.fail
        for method in ("action_send_ours", "action_keep_spars"):
            with self.subTest(method), self.assertRaisesRegex(UserError, "nothing was decided"):
                getattr(row, method)()
        self.assertEqual(row.state, "conflict")

    def test_retry_sends_at_once(self):
        row = self.submit(self.registrant(), "1000000001")
        self.spar.next(hostile.unavailable, "link")
        self.assertGreater(self.drain(), 0.5)
        row.with_user(self.officer).action_retry()
        self.drain()
        self.assertEqual(row.state, "done")
        refused = self.submit(self.registrant(), "1000000001")
        self.spar.next(hostile.error_in_200, "link")
        self.drain()
        self.assertEqual(refused.state, "rejected")
        refused.with_user(self.officer).action_retry()
        self.drain()
        self.assertEqual((refused.state, refused.hold_reason), ("done", False))

    def test_cancel(self):
        row = self._held_change()
        row.with_user(self.officer).action_cancel()
        self.drain()
        self.assertEqual(row.state, "cancelled")
        self.assertEqual(len(self.spar.writes(self.partner.ref)), 1)

    def test_retry_is_no_release(self):
        self.env.ref("g2p_spar_sync.channel_backend").change = "hold"
        row = self.submit(self.partner, "1000000002")

        def refuse(handler, operation, rows):
            handler.answer(
                operation,
                [
                    {
                        "reference_id": item["reference_id"],
                        "status": "rjct",
                        "status_reason_code": "rjct.id.invalid",
                    }
                    for item in rows
                ],
            )

        self.spar.next(refuse, "resolve")
        self.drain()
        self.assertEqual(row.state, "rejected")
        row.with_user(self.officer).action_retry()
        self.assertEqual((row.state, row.attempts), ("pending", 0))
        self.assertFalse(row.released_by)
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "policy_change"))

    def test_asked_is_about_the_id_in_conflict(self):
        row = self._conflict()
        old = self.partner.ref
        self.partner.ref = "moved-meanwhile"
        self.spar.table["moved-meanwhile"] = FOREIGN.replace("9999999999", "7777777777")
        row.action_keep_spars()
        accepted = self.rows(self.partner).filtered(lambda r: r.outcome == "accepted")
        self.assertEqual((accepted.spar_id, accepted.account_mask), (old, "•••• 999"))

    def test_goes_on_as_a_new_row_with_all_that_was_given(self):
        """Also where nothing was given, as what was made from SPAR's own value."""
        self._conflict(FOREIGN.replace(":X", f":{self.bank.spar_code}")).action_keep_spars()
        self.drain()
        self.partner.ref = f"{self.partner.ref}-new"
        copy = self.rows(self.partner).filtered(lambda r: r.hold_reason == "id_changed")
        self.env.cr.execute("UPDATE spar_submission SET note = 'why' WHERE id = %s", (copy.id,))
        copy.invalidate_recordset()
        self.assertEqual(copy._as_input()["payment_account"], "9999999999")
        self.assertEqual(copy._as_input()["payment_provider"], self.bank.spar_code)
        self.assertEqual((copy._as_input()["note"], copy._as_input()["way"]), ("why", "row"))
