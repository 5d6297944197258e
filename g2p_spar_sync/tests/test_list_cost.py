from odoo.tests import tagged

from .common import DispatchCase

SHOWN = ("reference", "partner_id", "state", "hold_reason", "explanation", "account_mask")


@tagged("post_install", "-at_install")
class TestListCost(DispatchCase):
    """The number of SQL statements of a list does not grow with its rows."""

    def _statements(self, rows):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        rows.with_user(self.viewer).read(SHOWN)
        return self.env.cr.sql_log_count - before

    def _assert_constant(self, rows):
        self._statements(rows[:2])
        self.assertEqual(self._statements(rows), self._statements(rows[:2]))

    def _rows(self, refs):
        return self.Submission.browse(
            [self.submit(self.registrant(ref=ref), "1000000001").id for ref in refs]
        )

    def test_that_wait_for_an_id(self):
        rows = self._rows([False] * 20)
        self.drain()
        self.assertEqual(set(rows.mapped("hold_reason")), {"no_id"})
        self._assert_constant(rows)

    def test_whose_id_another_one_carries(self):
        refs = [f"shared-{number}" for number in range(20)]
        rows = self._rows([ref for ref in refs for _twice in range(2)])
        self.drain()
        held = rows.filtered(lambda row: row.hold_reason == "duplicate_id")
        self.assertGreaterEqual(len(held), 20)
        self._assert_constant(held)
