from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import DispatchCase

FOREIGN = "account_number:9999999999.branch_name:.branch_code:.bank_name:.bank_code:X.fa_type:BANK"


@tagged("post_install", "-at_install")
class TestKeepSpars(DispatchCase):
    """Keeping SPAR's takes the place of all that is older: nothing newer goes unseen with it."""

    def setUp(self):
        super().setUp()
        self.partner = self.confirmed(ref="home")
        foreign = FOREIGN.replace(":X", f":{self.bank.spar_code}")
        self.spar.table[self.partner.ref] = foreign
        self.row = self.submit(self.partner, "1000000002").with_user(self.second_officer)
        self.drain()
        self.assertEqual(self.row.state, "conflict")

    def _newer(self, state="held", partner=None):
        row = self.submit(partner or self.partner, "1000000003")
        row._update_rows({"state": state})
        self.next_transaction()
        return row

    def _assert_refused(self, newer):
        with self.assertRaisesRegex(UserError, self.row.reference):
            self.row.action_keep_spars()
        self.assertEqual(self.row.state, "conflict")
        self.assertTrue(newer._address())

    def test_not_over_a_newer_one_that_waits_for_a_person(self):
        newer = self._newer()
        for state in ("held", "conflict", "rejected"):
            newer._update_rows({"state": state})
            with self.subTest(state):
                self._assert_refused(newer)
                self.assertEqual(newer.state, state)
        newer.with_user(self.second_officer).action_cancel()
        self.row.action_keep_spars()
        self.assertEqual((self.row.state, newer.state), ("cancelled", "cancelled"))

    def test_not_over_a_newer_one_of_the_household(self):
        household = self.registrant(ref="home")
        together = (self.partner.id, household.id)

        def lines(partners):
            return {id_: together if id_ in together else (id_,) for id_ in partners.ids}

        with patch.object(self.registry["res.partner"], "_spar_lines", lines):
            self._assert_refused(self._newer(partner=household))

    def test_over_both_where_both_are_chosen(self):
        newer = self._newer()
        newer._update_rows(
            {"state": "conflict", "seen_hash": self.row.sudo().seen_hash, "spar_id": "home"}
        )
        (self.row | newer.with_user(self.second_officer)).action_keep_spars()
        self.assertEqual((self.row.state, newer.state), ("cancelled", "cancelled"))

    def test_not_over_one_of_both_for_which_spar_changed_since(self):
        newer = self._newer()
        newer._update_rows({"state": "conflict", "seen_hash": "another", "spar_id": "home"})
        rows = self.row | newer.with_user(self.second_officer)
        with self.assertRaisesRegex(UserError, self.row.reference):
            rows.action_keep_spars()
        self.assertEqual(newer.state, "conflict")
        self.assertTrue(newer._address())

    def _send_again(self):
        """What was confirmed goes over what SPAR holds; its row."""
        first = self.rows(self.partner)[0]
        first._send_again({first.id: self.row.sudo().seen_hash}, self.manager)
        self.next_transaction()
        return first

    def test_not_while_what_was_confirmed_is_sent_again(self):
        first = self._send_again()
        self._assert_refused(first)
        self.drain()
        self.assertEqual((first.state, first.outcome, first.confirmed), ("done", "update", True))
        self.assertTrue(first._address())

    def test_not_while_what_was_confirmed_is_on_its_way(self):
        first = self._send_again()
        self._claim()
        self.assertEqual(first.state, "sending")
        self._assert_refused(first)

    def test_not_while_what_the_household_confirmed_is_sent_again(self):
        household = self.registrant(ref="home")
        together = (self.partner.id, household.id)

        def lines(partners):
            return {id_: together if id_ in together else (id_,) for id_ in partners.ids}

        with patch.object(self.registry["res.partner"], "_spar_lines", lines):
            self.row = self.submit(household, "1000000003").with_user(self.second_officer)
            self.drain()
            self.assertEqual(self.row.state, "conflict")
            self._assert_refused(self._send_again())
