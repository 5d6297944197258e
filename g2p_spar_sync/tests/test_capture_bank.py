from odoo.tests import tagged

from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestCaptureBank(DispatchCase):
    """A changed primary bank account is a submission; adding or removing one moves no money."""

    def _account(self, partner, number, **vals):
        return (
            self.env["res.partner.bank"]
            .with_user(self.officer)
            .create(
                {"partner_id": partner.id, "acc_number": number, "bank_id": self.bank.id, **vals}
            )
        )

    def _asked(self, partner):
        """What the rows since the last turn of a worker ask for."""
        self.next_transaction()
        rows = self.rows(partner) - self.seen
        self.seen |= rows
        return [
            (
                (row._address() or {}).get("given", {}).get("payment_account"),
                row.operation,
                row.hold_reason,
            )
            for row in rows
        ]

    def setUp(self):
        super().setUp()
        self.seen = self.Submission

    def test_the_first_account(self):
        partner = self.registrant()
        self._account(partner, "1000000001")
        self.assertEqual(self._asked(partner), [("1000000001", "set", False)])
        self.assertEqual(self.seen.way, "bank")

    def test_two_at_once(self):
        partner = (
            self.env["res.partner"]
            .with_user(self.officer)
            .create(
                {
                    "name": "two",
                    "bank_ids": [
                        (0, 0, {"acc_number": number, "bank_id": self.bank.id})
                        for number in ("1000000001", "1000000002")
                    ],
                }
            )
        )
        self.assertEqual(
            self._asked(partner),
            [("1000000001", "set", False), ("1000000002", "set", "second_account")],
        )

    def test_changed_in_place_and_unchanged(self):
        partner = self.registrant()
        account = self._account(partner, "1000000001")
        self._asked(partner)
        account.write({"acc_number": "1000000001", "bank_id": self.bank.id})
        self.assertEqual(self._asked(partner), [])
        account.write({"acc_number": "1000000002"})
        self.assertEqual(self._asked(partner), [("1000000002", "set", False)])
        other = self.env["res.bank"].create({"name": "Other", "spar_code": "OTHERBANK"})
        account.bank_id = other
        self.assertEqual(self._asked(partner), [("1000000002", "set", False)])
        self.assertEqual(self.seen[-1].payment_provider, "OTHERBANK")

    def test_the_same_account_written_otherwise_is_unchanged(self):
        partner = self.registrant()
        account = self._account(partner, "1000000001")
        self._asked(partner)
        account.acc_number = "1000-0000 01"
        self.assertEqual(self._asked(partner), [])

    def test_a_second_account_is_held(self):
        partner = self.registrant()
        self._account(partner, "1000000001", sequence=10)
        self._asked(partner)
        self._account(partner, "1000000002", sequence=10)
        self.assertEqual(self._asked(partner), [("1000000002", "set", "second_account")])
        self._account(partner, "1000000003", sequence=1)
        self.assertEqual(self._asked(partner), [("1000000003", "set", "second_account")])

    def test_a_reorder_is_a_change(self):
        partner = self.registrant()
        self._account(partner, "1000000001", sequence=1)
        second = self._account(partner, "1000000002", sequence=2)
        self._asked(partner)
        second.sequence = 0
        self.assertEqual(self._asked(partner), [("1000000002", "set", False)])

    def test_a_change_of_another_than_the_primary_is_none(self):
        partner = self.registrant()
        self._account(partner, "1000000001", sequence=1)
        second = self._account(partner, "1000000002", sequence=2)
        self._asked(partner)
        second.write({"acc_number": "1000000003", "sequence": 3})
        self.assertEqual(self._asked(partner), [])

    def test_removal_and_archive_wait_for_a_decision(self):
        for remove in ("unlink", "action_archive"):
            with self.subTest(remove):
                partner = self.registrant()
                account = self._account(partner, "1000000001")
                self._asked(partner)
                getattr(account, remove)()
                self.assertEqual(
                    self._asked(partner), [("1000000001", "remove", "account_removed")]
                )

    def test_removal_of_the_primary_promotes_nobody(self):
        partner = self.registrant()
        account = self._account(partner, "1000000001", sequence=1)
        self._account(partner, "1000000002", sequence=2)
        self._asked(partner)
        account.active = False
        self.assertEqual(self._asked(partner), [("1000000001", "remove", "account_removed")])

    def test_removal_of_another_is_nothing(self):
        partner = self.registrant()
        self._account(partner, "1000000001", sequence=1)
        second = self._account(partner, "1000000002", sequence=2)
        self._asked(partner)
        second.unlink()
        self.assertEqual(self._asked(partner), [])

    def test_moved_to_another_registrant(self):
        one, other = self.registrant(), self.registrant()
        account = self._account(one, "1000000001")
        self._asked(one)
        account.partner_id = other
        self.assertEqual(self._asked(one), [("1000000001", "remove", "account_removed")])
        self.assertEqual(self._asked(other), [("1000000001", "set", False)])

    def test_moved_beside_the_address_in_use(self):
        """The older account has the lower id, so it becomes primary: money must not follow it."""
        one, other = self.registrant(), self.registrant()
        account = self._account(one, "1000000001")
        self._account(other, "1000000002")
        self._asked(one | other)
        account.partner_id = other
        self.assertEqual(self._asked(other), [("1000000001", "set", "second_account")])

    def test_beside_a_wallet_in_use(self):
        partner = self.registrant()
        partner.with_user(self.officer).write(self.wallet_parts("0712345678"))
        self._asked(partner)
        account = self._account(partner, "1000000001")
        self.assertEqual(self._asked(partner), [("1000000001", "set", "second_account")])
        self.drain()
        account.acc_number = "1000000002"
        self.assertEqual(self._asked(partner), [("1000000002", "set", "second_account")])
        self.drain()
        self.assertEqual(self.spar.writes(partner.ref), [("link", "+254712345678")])

    def test_explicit_fields_win(self):
        bank_ids = [(0, 0, {"acc_number": "1000000001", "bank_id": self.bank.id})]
        partners = self.env["res.partner"].with_user(self.officer)
        partner = partners.create(
            {"name": "both", "bank_ids": bank_ids, **self.wallet_parts("0712345678")}
        )
        later = self.registrant().with_user(self.officer)
        later.write(self.wallet_parts("0712345678"))
        later.write({"bank_ids": bank_ids})
        for one in (partner, later):
            rows = self.rows(one).filtered(lambda row: row.state != "superseded")
            self.assertEqual(rows.mapped("payment_method"), ["mobile_wallet"])
            self.assertEqual(rows.state, "pending")

    def test_whose_accounts(self):
        company = self.registrant(is_company=True)
        self._account(company, "1000000001")
        self.assertFalse(self.rows(company))
        partner = self.registrant()
        self.env["res.partner.bank"].with_user(self.staff).create(
            {"partner_id": partner.id, "acc_number": "1000000001", "bank_id": self.bank.id}
        )
        self.assertEqual(self._asked(partner), [("1000000001", "set", "unknown_channel")])
