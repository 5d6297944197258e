from odoo.tests import tagged

from ..spar import AddressError
from .common import SparCase


@tagged("post_install", "-at_install")
class TestCaptureJudgement(SparCase):
    """Bad data is kept, held with its reason, and never raises."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.strict_bank = cls.env["res.bank"].create(
            {
                "name": "Strict",
                "spar_code": f"S{cls.bank.spar_code}",
                "spar_number_form": "digits",
                "spar_number_lengths": "10",
            }
        )

    def _bad(self):
        """{code: parts that must be held for it}, of every code an address can be refused by."""
        bank, wallet = self.bank_parts, self.wallet_parts
        strict = {"payment_provider": self.strict_bank.spar_code}
        return {
            "method_unknown": bank("1000000001", payment_method="cash"),
            "provider_missing": bank("1000000001", payment_provider=False),
            "provider_unknown": bank("1000000001", payment_provider="NO-SUCH"),
            "account_missing": bank(False),
            "account_malformed": bank("N/A"),
            "account_form": bank("12345678901", **strict),
            "account_check_digits": bank("GB00BUKB20201555555555"),
            "phone_malformed": wallet("07123"),
            "phone_country": wallet("+999123456789"),
            "email_malformed": self.email_parts("no at example.org"),
            "spreadsheet_number": bank("1.2E+10"),
            "spreadsheet_zeros": bank("12345678", **strict),
            "unsafe_text": bank("1000.branch_name:x"),
            "nul_character": bank("10000\x0000001"),
            "too_long": bank("1" * 100),
            "branch_malformed": bank("1000000001", payment_branch="12#4"),
        }

    def test_every_address_error_holds_with_its_code(self):
        bad = self._bad()
        self.assertEqual(
            set(AddressError.MESSAGES) - bad.keys(),
            # A bank without a code comes by a bank account alone; an id is judged at dispatch.
            {"bank_code_missing", "id_malformed"},
        )
        for code, parts in bad.items():
            with self.subTest(code):
                partner = self.registrant()
                partner.with_user(self.officer).write(parts)
                [row] = self.rows(partner)
                self.assertEqual((row.state, row.hold_reason), ("held", code))
                self.assertTrue(row.explanation)
                self.assertNotIn("%(", row.explanation)
                self.assertFalse(row.address_hash)
                self.assertFalse(row.account_mask)
                self.assertEqual(self.events(row), [("held", code)])

    def test_a_nul_in_any_part_is_held(self):
        for part in ("payment_method", "payment_provider", "payment_branch"):
            with self.subTest(part):
                partner = self.registrant()
                good = self.bank_parts("1000000001", payment_branch="001")
                partner.with_user(self.officer).write({**good, part: good[part] + "\x00"})
                [row] = self.rows(partner)
                self.assertEqual(row.state, "held")

    def test_a_nul_in_a_row_of_the_ledger_is_held(self):
        partner = self.registrant()
        row = self.submit(partner, "1000\x000001", actor="x", origin_ref="a")
        self.assertEqual((row.state, row.hold_reason), ("held", "nul_character"))

    def test_numbers_instead_of_text(self):
        """JSON importers hand in integers."""
        partner = self.registrant()
        partner.with_user(self.officer).write(self.bank_parts(1000000001))
        self.assertEqual(self.rows(partner).state, "pending")
        row = self.submit(self.registrant(), 1000000001)
        self.assertEqual(row.state, "pending")

    def test_the_expected_form_is_told(self):
        partner = self.registrant()
        partner.with_user(self.officer).write(self._bad()["spreadsheet_zeros"])
        [row] = self.rows(partner)
        self.assertEqual(row.hold_params, {"form": "digits, length 10"})

    def test_a_bank_without_code(self):
        partner = self.registrant()
        bank = self.env["res.bank"].create({"name": "Found by name only"})
        self.env["res.partner.bank"].with_user(self.officer).create(
            {"partner_id": partner.id, "acc_number": "1000000001", "bank_id": bank.id}
        )
        self.assertEqual(self.rows(partner).hold_reason, "bank_code_missing")

    def test_the_bic_stands_in_for_the_code(self):
        bank = self.env["res.bank"].create({"name": "By BIC", "bic": "TESTKENX"})
        partner = self.registrant()
        parts = self.bank_parts("1000000001", payment_provider="testkenx ")
        partner.with_user(self.officer).write(parts)
        row = self.rows(partner)
        self.assertEqual((row.state, row.payment_provider), ("pending", bank.bic))

    def test_bad_and_good_in_one_batch(self):
        bad = self._bad()
        vals = [{"name": code, **parts} for code, parts in bad.items()]
        vals.append({"name": "good", **self.bank_parts("1000000001")})
        partners = self.env["res.partner"].with_user(self.officer).create(vals)
        rows = self.rows(partners)
        self.assertEqual(rows.mapped("hold_reason"), [*bad, False])

    def test_what_was_given_is_kept_sealed(self):
        partner = self.registrant()
        partner.with_user(self.officer).write(self.bank_parts("N/A"))
        row = self.rows(partner)
        self.assertEqual(row._address()["given"], self.bank_parts("N/A"))
        self.assertIsNone(row._address()["address"])

    def test_digits_of_any_script_and_invisible_marks(self):
        one, other = self.registrant(), self.registrant()
        self.submit(one, "1000000001")
        self.submit(
            other, "\u200f\u0661\u0660\u0660\u0660 \u0660\u0660\u0660\u0660\u0660\u0661\u200b"
        )
        rows = self.rows(one | other)
        self.assertEqual(len(set(rows.mapped("address_hash"))), 1)

    def test_names_of_kinds_in_any_case(self):
        partner = self.registrant()
        parts = self.bank_parts("1000000001", payment_method=" Bank_Account ")
        partner.with_user(self.officer).write(parts)
        self.assertEqual(self.rows(partner).payment_method, "bank_account")

    def test_a_time_that_is_none_of_odoos_is_refused(self):
        """An offset that was dropped without a word would make an old address a new one."""
        partner = self.registrant()
        with self.assertRaises(ValueError):
            self.submit(partner, "1000000001", collected_at="2026-01-01T10:00:00+03:00")
        self.assertFalse(self.rows(partner))
