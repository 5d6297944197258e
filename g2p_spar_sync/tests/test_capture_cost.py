from odoo import release
from odoo.tests import tagged

from .common import SparCase

#: far under one statement for each of the 40 records more
SLACK = 4


@tagged("post_install", "-at_install")
class TestCaptureCost(SparCase):
    """The number of SQL statements of a batch does not grow with the batch."""

    def _statements(self, work):
        self.env.flush_all()
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - before

    def _assert_constant(self, work):
        """``work(n)`` costs the same for 10 and for 50, once warm, but for what Odoo prefetches."""
        work(2)
        self.next_transaction()
        few = self._statements(lambda: work(10))
        self.next_transaction()
        many = self._statements(lambda: work(50))
        self.assertLess(many, few + SLACK)

    def _partners(self, number, **vals):
        return (
            self.env["res.partner"]
            .with_user(self.officer)
            .create([{"name": f"P{n}", **vals} for n in range(number)])
        )

    def test_rows_of_the_ledger(self):
        partners = self._partners(50)

        def work(number):
            self.Submission.with_user(self.officer).create(
                [{"partner_id": p.id, **self.bank_parts("1000000001")} for p in partners[:number]]
            )

        self._assert_constant(work)

    def test_held_rows(self):
        partners = self._partners(50)

        def work(number):
            self.Submission.with_user(self.officer).create(
                [{"partner_id": p.id, **self.bank_parts("N/A")} for p in partners[:number]]
            )

        self._assert_constant(work)

    def test_payment_fields(self):
        if release.version_info[0] < 18:
            self.skipTest("Odoo 17 calls an inverse record by record")
        partners = self._partners(50)
        self._assert_constant(
            lambda number: partners[:number].write(self.wallet_parts("0712345678"))
        )

    def test_created_with_payment_fields(self):
        if release.version_info[0] < 19:
            self.skipTest("Odoo 17 and 18 call an inverse record by record when they create")
        plain = {n: self._statements(lambda n=n: self._partners(n)) for n in (2, 10, 50)}
        full = {}
        for number in (2, 10, 50):
            full[number] = self._statements(
                lambda n=number: self._partners(n, **self.bank_parts("1000000001"))
            )
            self.next_transaction()
        self.assertLess(full[50] - plain[50], full[10] - plain[10] + SLACK)

    def test_bank_accounts(self):
        """More than Odoo itself does for accounts of those who are no registrants."""
        banks = self.env["res.partner.bank"].with_user(self.officer)

        def cost(number, **vals):
            partners = self._partners(number, **vals)
            spent = self._statements(
                lambda: banks.create(
                    [
                        {"partner_id": p.id, "acc_number": "1000000001", "bank_id": self.bank.id}
                        for p in partners
                    ]
                )
            )
            self.next_transaction()
            return spent

        cost(2), cost(2, is_company=True)
        few = cost(10) - cost(10, is_company=True)
        many = cost(50) - cost(50, is_company=True)
        self.assertLess(many, few + SLACK)

    def test_writes_that_do_not_concern_it_cost_nothing(self):
        partners = self._partners(10)
        account = self.env["res.partner.bank"].create(
            {"partner_id": partners[0].id, "acc_number": "1000000001", "bank_id": self.bank.id}
        )

        def work(name):
            account.write({"acc_holder_name": name})
            partners.write({"function": name})
            self.env.flush_all()

        work("warm")
        with self.assertLogs("odoo.sql_db", "DEBUG") as logged:
            work("measured")
        self.assertFalse([line for line in logged.output if "spar_" in line])
