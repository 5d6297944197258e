from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import SparCase


@tagged("post_install", "-at_install")
class TestCaptureWatched(SparCase):
    """A connection names plain fields that a deployment already collects payment data into."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.write(
            {
                "watch_account": "function",
                "watch_provider": "street2",
                "watch_default_method": "bank_account",
            }
        )
        cls.watched = {"function": "1000000001", "street2": cls.bank.spar_code}

    def test_create(self):
        partner = (
            self.env["res.partner"]
            .with_user(self.officer)
            .create({"name": "watched", **self.watched})
        )
        row = self.rows(partner)
        self.assertEqual((row.way, row.state), ("watched", "pending"))
        self.assertEqual(row._address()["given"], self.bank_parts("1000000001"))

    def test_changed_and_unchanged(self):
        partner = self.registrant().with_user(self.officer)
        partner.write({"city": "Nairobi"})
        self.assertFalse(self.rows(partner))
        partner.write(self.watched)
        self.assertEqual(self.rows(partner).state, "pending")
        self.next_transaction()
        partner.write(self.watched)
        partner.write({"function": "1000000001"})
        self.assertEqual(len(self.rows(partner)), 1)
        partner.write({"function": "1000000002"})
        rows = self.rows(partner)
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows[1]._address()["given"], self.bank_parts("1000000002"))

    def test_one_field_at_a_time(self):
        partner = self.registrant().with_user(self.officer)
        for key, value in self.watched.items():
            partner.write({key: value})
        rows = self.rows(partner)
        self.assertEqual(rows[-1].state, "pending")
        self.assertEqual(rows[-1]._address()["given"], self.bank_parts("1000000001"))

    def test_explicit_fields_win(self):
        partner = self.registrant().with_user(self.officer)
        partner.write({**self.watched, **self.wallet_parts("0712345678")})
        self.assertEqual(self.rows(partner).mapped("way"), ["fields"])

    def test_emptied_is_no_submission(self):
        partner = self.registrant(**self.watched).with_user(self.officer)
        self.next_transaction()
        partner.write({"function": False})
        self.assertEqual(len(self.rows(partner)), 1)

    def test_only_registrants(self):
        company = self.registrant(is_company=True)
        company.with_user(self.officer).write(self.watched)
        self.assertFalse(self.rows(company))

    def test_by_nobody_we_know_is_held(self):
        partner = self.registrant()
        partner.with_user(self.staff).write(self.watched)
        self.assertEqual(self.rows(partner).hold_reason, "unknown_channel")

    def test_what_is_watched_may_change(self):
        partner = self.registrant().with_user(self.officer)
        partner.write({"city": "1000000001"})
        self.assertFalse(self.rows(partner))
        self.connection.watch_account = "city"
        partner.write({"street2": self.bank.spar_code, "city": "1000000002"})
        self.assertEqual(self.rows(partner)._address()["given"], self.bank_parts("1000000002"))
        self.connection.write({"watch_account": False, "watch_provider": False})
        self.next_transaction()
        partner.write(self.watched)
        self.assertEqual(len(self.rows(partner)), 1)

    def test_only_stored_text_fields(self):
        for name in ("no_such_field", "payment_account", "color", "parent_id"):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.connection.watch_account = name
