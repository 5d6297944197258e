from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestChangeWizard(DispatchCase):
    """The change form: beside what SPAR holds now, typed twice, refused at once."""

    def _open(self, partner, user=None):
        action = partner.with_user(user or self.officer).spar_change()
        return (
            self.env[action["res_model"]].with_user(user or self.officer).browse(action["res_id"])
        )

    def _fill(self, wizard, account, again=None, **vals):
        wizard.write(
            {
                "kind": "bank_account",
                "bank_id": self.bank.id,
                "account": account,
                "account_again": again or account,
                **vals,
            }
        )
        return wizard.action_submit()

    def test_submitted_beside_what_spar_holds(self):
        partner = self.confirmed("1000000001")
        wizard = self._open(partner)
        self.assertEqual((wizard.held_state, wizard.held_mask), ("linked", "•••• 001"))
        said = self._fill(wizard, "1000000002", note="lost the old one")
        row = self.rows(partner)[-1]
        self.assertIn(row.reference, said["params"]["message"])
        self.assertEqual((row.way, row.state, row.note), ("wizard", "pending", "lost the old one"))
        self.assertEqual(row.submitted_by, self.officer)
        self.assertTrue(row.sudo().shown_hash)
        self.drain()
        self.assertEqual(row.state, "done")

    def test_what_changed_after_the_look_is_a_conflict(self):
        partner = self.registrant()
        wizard = self._open(partner)
        self.assertEqual(wizard.held_state, "not_linked")
        self.submit(partner, "1000000001")
        self.drain()
        self._fill(wizard, "1000000002")
        self.drain()
        row = self.rows(partner)[-1]
        self.assertEqual((row.state, row.hold_reason), ("conflict", "changed_since_shown"))

    def test_refused_beside_the_field(self):
        partner = self.registrant()
        for account, again, field in (
            ("1000000001", "1000000002", "again_error"),
            ("N/A", "N/A", "account_error"),
        ):
            with self.subTest(field):
                wizard = self._open(partner)
                action = self._fill(wizard, account, again)
                self.assertEqual(action["res_id"], wizard.id)
                self.assertTrue(wizard[field])
                self.assertNotIn(account, wizard[field])
        self.assertFalse(self.rows(partner))

    def test_the_number_lies_nowhere_open(self):
        wizard = self._open(self.registrant())
        wizard.write({"account": "4711000815", "account_again": "4711000815"})
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT to_jsonb(w)::text FROM spar_change_wizard w WHERE id = %s", (wizard.id,)
        )
        self.assertNotIn("4711000815", self.env.cr.fetchone()[0])
        with self.refused(UserError, ValueError):
            wizard.read(["sealed"])
        self._fill(wizard, "4711000815")
        self.assertFalse(wizard.sudo().sealed)

    def test_removal(self):
        partner = self.confirmed("1000000001")
        wizard = self._open(partner)
        wizard.operation = "remove"
        wizard.action_submit()
        self.drain()
        self.assertFalse(self.spar.table)
        self.assertEqual(self.rows(partner)[-1].outcome, "unlink")

    def test_removal_of_what_changed_meanwhile_is_refused(self):
        partner = self.confirmed("1000000001")
        wizard = self._open(partner)
        self.submit(partner, "1000000002")
        self.drain()
        wizard.operation = "remove"
        wizard.action_submit()
        self.assertIn("changed", wizard.refusal)
        self.assertEqual(len(self.rows(partner)), 2)

    def test_while_spar_is_away(self):
        partner = self.registrant()
        self.spar.always["resolve"] = hostile.fail
        wizard = self._open(partner)
        self.assertEqual(wizard.held_state, "unreachable")
        self._fill(wizard, "1000000001")
        self.assertEqual(self.rows(partner).state, "pending")

    def test_only_an_officer(self):
        partner = self.registrant()
        for user in (self.viewer, self.manager, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                partner.with_user(user).spar_change()
        wizard = self._open(partner)
        for user in (self.viewer, self.manager, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                wizard.with_user(user).action_submit()
        with self.assertRaises(AccessError):
            wizard.with_user(self.second_officer).read(["account"])

    def test_what_was_shown_cannot_be_written(self):
        wizard = self._open(self.confirmed())
        other = self.registrant()
        for vals in (
            {"partner_id": other.id},
            {"held_mask": "x"},
            {"held_state": "not_linked"},
            {"shown_hash": ""},
            {"sealed": "x"},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                wizard.write(vals)
            with self.subTest(vals), self.assertRaises(AccessError):
                wizard.create(vals)
