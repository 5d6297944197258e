from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..models.channel_marks import CONTEXT_KEY, ODK, RECONCILE
from .common import DispatchCase

FOREIGN = "account_number:9999999999.branch_name:.branch_code:.bank_name:.bank_code:X.fa_type:BANK"


@tagged("post_install", "-at_install")
class TestDispatchPlan(DispatchCase):
    """What is done at SPAR, by what SPAR says, what we confirmed and what the channel may do."""

    def _by(self, mark, partner, account, **vals):
        submissions = self.Submission.sudo().with_context(**{CONTEXT_KEY: mark})
        row = submissions.create({"partner_id": partner.id, **self.bank_parts(account), **vals})
        return row.with_env(self.env)

    def test_first_link(self):
        partner = self.registrant()
        row = self.submit(partner, "1000000001")
        self.drain()
        self.assertEqual((row.state, row.outcome, row.confirmed), ("done", "link", True))
        self.assertEqual(
            self.spar.table[partner.ref],
            f"account_number:1000000001.branch_name:.branch_code:.bank_name:Test Bank"
            f".bank_code:{self.bank.spar_code}.fa_type:BANK_ACCOUNT",
        )
        self.assertEqual([operation for operation, _items in self.spar.log], ["link"])
        self.assertEqual(
            [kind for kind, _detail in self.events(row)], ["captured", "leased", "sent", "settled"]
        )
        sent = row.event_ids.filtered(lambda event: event.kind == "sent")
        self.assertEqual((sent.detail, len(sent.reference_id), len(sent.digest)), ("link", 32, 64))

    def test_link_update_and_unlink_in_one_batch(self):
        changes, leaves, joins = self.confirmed(), self.confirmed(), self.registrant()
        rows = self.submit(changes, "1000000002")
        rows |= self.submit(leaves, "1000000001", operation="remove")
        rows |= self.submit(joins, "1000000003")
        self.spar.log.clear()
        self.drain()
        self.assertEqual(rows.sorted("id").mapped("outcome"), ["update", "unlink", "link"])
        self.assertEqual(self.spar.table.keys(), {changes.ref, joins.ref})
        operations = [operation for operation, _items in self.spar.log]
        self.assertEqual(sorted(operations), ["link", "resolve", "unlink", "update"])

    def test_after_an_update_the_older_row_is_scrubbed(self):
        partner = self.confirmed()
        second = self.submit(partner, "1000000002")
        self.drain()
        first = self.rows(partner)[0]
        self.assertFalse(first.confirmed or first.sudo().address_sealed)
        self.assertTrue(first.account_mask and first.sudo().address_hash)
        self.assertEqual(second._address()["address"]["account_number"], "1000000002")

    def test_what_is_there_already_is_not_sent(self):
        partner = self.confirmed()
        row = self.submit(partner, "1000000001")
        self.drain()
        self.assertEqual((row.state, row.outcome, row.confirmed), ("done", "nothing", True))
        self.assertEqual(len(self.spar.writes(partner.ref)), 1)

    def test_remove_and_link_again(self):
        partner = self.confirmed()
        self.submit(partner, "1000000001", operation="remove")
        self.drain()
        row = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual(row.state, "done")
        self.assertEqual(
            [operation for operation, _account in self.spar.writes(partner.ref)],
            ["link", "unlink", "link"],
        )

    def test_a_channel_may_link_but_not_change(self):
        partner = self.registrant()
        first = self._by(ODK, partner, "1000000001")
        self.drain()
        change = self._by(ODK, partner, "1000000002")
        self.drain()
        self.assertEqual((first.state, change.state), ("done", "held"))
        self.assertEqual(change.hold_reason, "policy_change")
        change.with_user(self.officer).action_release()
        self.drain()
        self.assertEqual(self.spar.writes(partner.ref)[1:], [("update", "1000000002")])
        self.assertEqual(change.released_by, self.officer)

    def test_a_channel_whose_first_links_are_held(self):
        partner = self.registrant()
        row = self._by(RECONCILE, partner, "1000000001")
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "policy_first_link"))
        self.assertEqual(self.spar.writes(), [])
        row.with_user(self.officer).action_release()
        self.drain()
        self.assertEqual(row.outcome, "link")

    def test_what_we_never_sent_is_not_overwritten_by_any_policy(self):
        channels = self.env["spar.channel"].search([])
        channels.write({"first_link": "send", "change": "send", "on_conflict": "overwrite"})
        partner = self.registrant()
        self.spar.table[partner.ref] = FOREIGN
        row = self.submit(partner, "1000000001")
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("conflict", "never_confirmed"))
        self.assertEqual(self.spar.table[partner.ref], FOREIGN)

    def test_the_same_account_linked_by_somebody_else_is_taken_over(self):
        partner = self.registrant()
        self.spar.table[partner.ref] = (
            f"account_number:1000000001.branch_name:.branch_code:.bank_name:Other words"
            f".bank_code:{self.bank.spar_code}.fa_type:BANK"
        )
        row = self.submit(partner, "1000000001")
        self.drain()
        self.assertEqual((row.state, row.outcome, row.confirmed), ("done", "nothing", True))

    def _conflicts(self, reason, held, **vals):
        partner = self.confirmed()
        self.spar.table.pop(partner.ref)
        if held:
            self.spar.table[partner.ref] = held
        row = self.submit(partner, "1000000002", **vals)
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("conflict", reason))
        self.assertEqual(self.spar.table.get(partner.ref), held)
        self.assertTrue(row.explanation)
        return row

    def test_changed_at_spar_by_somebody_else(self):
        self._conflicts("differs_from_confirmed", FOREIGN)

    def test_unlinked_at_spar_by_somebody_else(self):
        self._conflicts("gone", None)

    def test_unreadable_at_spar(self):
        self._conflicts("unreadable", "something else")

    def test_removal_of_another_than_spar_holds(self):
        self._conflicts("differs", FOREIGN, operation="remove")

    def test_overwrite_where_the_policy_says_so(self):
        self.env.ref("g2p_spar_sync.channel_backend").on_conflict = "overwrite"
        partner = self.confirmed()
        self.spar.table[partner.ref] = FOREIGN
        row = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual((row.state, row.outcome), ("done", "update"))

    def test_collected_before_the_last_change(self):
        self.env.ref("g2p_spar_sync.channel_odk").change = "send"
        partner = self.confirmed()
        long_ago = fields.Datetime.now() - timedelta(days=30)
        row = self._by(ODK, partner, "1000000002", collected_at=long_ago)
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("conflict", "changed_since_collected"))
        row = self._by(
            ODK, partner, "1000000003", collected_at=fields.Datetime.now() + timedelta(days=1)
        )
        self.drain()
        self.assertEqual(row.state, "done")

    def test_changed_since_the_submitter_looked(self):
        partner = self.confirmed()
        parts = {"partner_id": partner.id, "channel": "backend", **self.bank_parts("1000000002")}
        row = self.Submission._hand_in([{**parts, "shown_hash": ""}])
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("conflict", "changed_since_shown"))

    def test_the_same_account_by_another_strategy(self):
        partner = self.confirmed()
        self.connection.bank_strategy_id = self.env.ref("g2p_spar_sync.strategy_5")
        row = self.submit(partner, "1000000001")
        self.drain()
        self.assertEqual((row.state, row.outcome), ("done", "update"))
        self.assertTrue(
            self.spar.table[partner.ref].endswith(".email_address:.fa_type:BANK_ACCOUNT")
        )

    def test_every_kind_of_address(self):
        partners = self.registrant() | self.registrant() | self.registrant()
        for partner, parts in zip(
            partners,
            (
                self.bank_parts("gb33 bukb 2020 1555 5555 55"),
                self.wallet_parts("0712 345 678"),
                self.email_parts("Pay.Me@EXAMPLE.org"),
            ),
            strict=True,
        ):
            partner.with_user(self.officer).write(parts)
        self.drain()
        self.assertEqual(
            [account for _operation, account in self.spar.writes()],
            ["GB33BUKB20201555555555", "+254712345678", "Pay.Me@example.org"],
        )
