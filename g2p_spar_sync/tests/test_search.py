from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import SparCase


@tagged("post_install", "-at_install")
class TestSearch(SparCase):
    """How submissions are found."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.registrant()

    def _found(self, *leaf):
        own = ("partner_id", "=", self.partner.id)
        return self.Submission.with_user(self.viewer).search([own, leaf]).with_env(self.env)

    def test_by_the_reference_that_people_quote(self):
        row = self.submit(self.partner, "1000000001")
        for text in (row.reference, str(row.id), f"spar-{row.id}"):
            self.assertEqual(self._found("reference", "=", text), row)

    def test_by_age(self):
        rows = self.Submission
        for number, days in enumerate((8, 2, 0), start=1):
            row = self.submit(self.partner, f"100000000{number}")
            self.env.cr.execute(
                "UPDATE spar_submission SET create_date = create_date - make_interval(days => %s) "
                "WHERE id = %s",
                (days, row.id),
            )
            rows |= row
        self.env.invalidate_all()
        week, days, today = rows
        self.assertEqual(rows.mapped("age_days"), [8, 2, 0])
        for leaf, found in (
            ((">=", 1), week | days),
            ((">=", 2), week | days),
            ((">", 2), week),
            ((">=", 7), week),
            ((">=", 100_000), self.Submission),
            (("<", 2), today),
            (("<=", 2), days | today),
        ):
            self.assertEqual(self._found("age_days", *leaf), found, leaf)
        with self.assertRaisesRegex(UserError, "at least"):
            self._found("age_days", "=", 2)
