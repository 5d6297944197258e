from odoo.tests import tagged

from ..models.res_partner_capture import PARTS
from .common import SparCase


@tagged("post_install", "-at_install")
class TestCaptureFields(SparCase):
    """The virtual payment fields: whatever writes them has submitted."""

    def test_create_and_write_are_submissions(self):
        partner = self.registrant(**self.bank_parts("1000000001"))
        [first] = self.rows(partner)
        self.assertEqual((first.way, first.operation), ("fields", "set"))
        self.assertEqual(first.payment_provider, self.bank.spar_code)
        self.next_transaction()
        partner.with_user(self.officer).write(self.wallet_parts("+254712345678"))
        second = self.rows(partner)[1]
        self.assertEqual(second.payment_method, "mobile_wallet")
        self.assertEqual((second.state, second.submitted_by), ("pending", self.officer))
        self.assertEqual(second.account_mask, "+254 •••• 678")

    def test_one_write_on_many_is_one_submission_each(self):
        partners = self.registrant() | self.registrant() | self.registrant()
        partners.with_user(self.officer).write(self.email_parts("pay@example.org"))
        rows = self.rows(partners)
        self.assertEqual(rows.partner_id, partners)
        self.assertEqual(len(rows), 3)
        self.assertEqual(set(rows.mapped("state")), {"pending"})

    def test_create_many_at_once_mixed_with_others(self):
        partners = (
            self.env["res.partner"]
            .with_user(self.officer)
            .create(
                [
                    {"name": "A", **self.bank_parts("1000000001")},
                    {"name": "B"},
                    {"name": "C", **self.wallet_parts("0712345678")},
                ]
            )
        )
        rows = self.rows(partners)
        self.assertEqual(rows.partner_id, partners[0] | partners[2])
        self.assertEqual(set(rows.mapped("channel")), {"backend"})

    def test_fragments_of_one_transaction_are_one_submission(self):
        partner = self.registrant().with_user(self.officer)
        for key, value in self.bank_parts("1000000001", payment_branch="001").items():
            partner.write({key: value})
        [row] = self.rows(partner)
        self.assertEqual(row.state, "pending")
        self.assertEqual(row.payment_branch, "001")
        self.assertFalse(row.hold_reason)

    def test_fragments_by_attribute(self):
        partner = self.registrant().with_user(self.officer)
        for key, value in self.wallet_parts("0712345678").items():
            partner[key] = value
        [row] = self.rows(partner)
        self.assertEqual((row.state, row.payment_method), ("pending", "mobile_wallet"))

    def test_a_key_given_twice_starts_another_submission(self):
        partner = self.registrant().with_user(self.officer)
        partner.write(self.bank_parts("1000000001"))
        partner.write(self.bank_parts("1000000002"))
        self.assertEqual(len(self.rows(partner)), 2)

    def test_fragments_of_two_transactions_stay_apart(self):
        partner = self.registrant().with_user(self.officer)
        partner.write({"payment_method": "bank_account"})
        self.next_transaction()
        partner.write({"payment_account": "1000000001"})
        self.assertEqual(
            self.rows(partner).mapped("hold_reason"), ["provider_missing", "method_unknown"]
        )

    def test_reads_back_empty(self):
        partner = self.registrant(**self.bank_parts("1000000001"))
        partner.write(self.bank_parts("1000000002"))
        self.assertEqual(set(partner.read(PARTS)[0].values()) - {partner.id}, {False})
        self.assertFalse(partner.payment_account)

    def test_is_no_column_and_not_exported(self):
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_name = 'res_partner' AND column_name LIKE 'payment\\_%'"
        )
        columns = {row[0] for row in self.env.cr.fetchall()}
        self.assertTrue(columns.isdisjoint(PARTS))
        for description in self.env["res.partner"].fields_get(PARTS).values():
            self.assertFalse(description["exportable"])
            self.assertFalse(description["store"])
        partner = self.registrant(**self.bank_parts("1000000001"))
        [exported] = partner.export_data(PARTS)["datas"]
        self.assertFalse(any(exported))

    def test_search_finds_nothing(self):
        partner = self.registrant(**self.bank_parts("1000000001"))
        for domain in (
            [("payment_account", "=", "1000000001")],
            [("payment_account", "!=", "1000000001")],
            [("payment_account", "ilike", "1")],
            [("payment_account", "=", False)],
            [("payment_account", "in", ["1000000001"])],
        ):
            found = self.env["res.partner"].search([("id", "=", partner.id), *domain])
            self.assertFalse(found, domain)

    def test_copy_submits_nothing(self):
        partner = self.registrant(**self.bank_parts("1000000001"))
        self.assertFalse(self.rows(partner.copy()))

    def test_who_is_no_registrant_is_held(self):
        company = self.registrant(is_company=True)
        company.with_user(self.officer).write(self.bank_parts("1000000001"))
        [row] = self.rows(company)
        self.assertEqual((row.state, row.hold_reason), ("held", "not_registrant"))

    def test_without_a_connection_it_is_held(self):
        self.connection.active = False
        partner = self.registrant()
        partner.with_user(self.officer).write(self.bank_parts("1000000001"))
        self.assertEqual(self.rows(partner).hold_reason, "no_connection")

    def test_nobody_is_registrant_by_default(self):
        fresh = self.env["spar.connection"].new({})
        self.assertEqual(fresh.registrant_domain, "[(0, '=', 1)]")
        self.connection.registrant_domain = fresh.registrant_domain
        self.assertFalse(self.registrant()._spar_is_registrant())

    def test_a_job_wakes_up_in_the_same_transaction(self):
        jobs = self.env["queue.job"]
        before = jobs.search([])
        self.registrant().with_user(self.officer).write(self.bank_parts("1000000001"))
        self.env.cr.flush()
        [job] = jobs.search([]) - before
        self.assertEqual((job.model_name, job.method_name), ("spar.dispatcher", "_drain_job"))
        self.assertEqual((job.args, job.kwargs), ([], {}))
        self.assertEqual(job.channel, "root.spar")
