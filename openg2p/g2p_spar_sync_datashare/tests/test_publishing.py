from odoo.tests import tagged

from odoo.addons.g2p_spar_sync.tests.common import SparCase

ACCOUNT = "1000000001"


@tagged("post_install", "-at_install")
class TestPublishing(SparCase):
    """No payment address in the jobs of event publishing."""

    def _jobs(self, work):
        jobs = self.env["queue.job"].search([])
        result = work()
        self.env.flush_all()
        new = self.env["queue.job"].search([]) - jobs
        published = new.filtered(lambda job: job.method_name == "publish_event")
        self.assertTrue(published)
        for job in new:
            self.assertNotIn(ACCOUNT, f"{job.args}{job.kwargs}{job.func_string}{job.name}")
        return result, published

    def test_create(self):
        self.connection.registrant_domain = "[('is_registrant', '=', True)]"
        bank = [(0, 0, {"acc_number": ACCOUNT, "bank_id": self.bank.id})]
        for vals in (self.bank_parts(ACCOUNT), {"bank_ids": bank}):
            with self.subTest(vals.keys()):
                partner, jobs = self._jobs(
                    lambda vals=vals: self.registrant(is_registrant=True, email="a@b.c", **vals)
                )
                self.assertEqual(len(self.rows(partner)), 1)
                self.assertIn("a@b.c", str(jobs.mapped("args")))

    def test_write(self):
        partner = self.registrant(is_registrant=True)
        self._jobs(lambda: partner.write(self.bank_parts(ACCOUNT)))
        self._jobs(
            lambda: (
                partner.with_user(self.officer)
                .sudo()
                .write({"submission_ids": [(0, 0, self.bank_parts(ACCOUNT))]})
            )
        )

    def test_watched_fields(self):
        self.connection.write(
            {
                "registrant_domain": "[('is_registrant', '=', True)]",
                "watch_account": "function",
                "watch_default_method": "mobile_wallet",
            }
        )
        partner = self.registrant(is_registrant=True)
        self._jobs(lambda: partner.write({"function": ACCOUNT}))
