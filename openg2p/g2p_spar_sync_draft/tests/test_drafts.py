import json

from odoo.tests import tagged

from odoo.addons.g2p_spar_sync.tests.common import SparCase

ACCOUNT = "1000000001"


@tagged("post_install", "-at_install")
class TestDrafts(SparCase):
    """No payment address lies open in a draft, and publishing one submits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.registrant_domain = "[('is_registrant', '=', True)]"

    def setUp(self):
        super().setUp()
        self.draft = self.env["draft.record"].create(
            {
                "name": "draft",
                "given_name": "Ada",
                "family_name": "One",
                "addl_name": "",
                "gender": False,
                "region": False,
                "phone": False,
            }
        )
        self.bank_ids = [[0, 0, {"acc_number": ACCOUNT, "bank_id": self.bank.id}]]

    def _save(self, **vals):
        form = self.env["res.partner"].with_context(
            draft="yes", active_model="draft.record", active_id=self.draft.id
        )
        form.action_save_to_draft({"given_name": "Ada", "family_name": "One", **vals})
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT partner_data::text FROM draft_record WHERE id = %s", (self.draft.id,)
        )
        return self.env.cr.fetchone()[0]

    def test_bank_accounts_are_sealed(self):
        stored = self._save(bank_ids=self.bank_ids)
        self.assertNotIn(ACCOUNT, stored)
        self.assertIn("Ada", stored)

    def test_they_come_back_where_the_draft_is_opened(self):
        self._save(bank_ids=self.bank_ids)
        context, _more = self.draft._process_json_data(json.loads(self.draft.partner_data))
        self.assertEqual(context["default_bank_ids"], self.bank_ids)

    def test_payment_fields_are_not_kept(self):
        nested = [[0, 0, self.bank_parts(ACCOUNT)]]
        stored = self._save(submission_ids=nested, **self.bank_parts(ACCOUNT))
        self.assertNotIn(ACCOUNT, stored)
        written = json.dumps({"given_name": "Ada", **self.bank_parts(ACCOUNT)})
        self.draft.partner_data = written
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT partner_data::text FROM draft_record WHERE id = %s", (self.draft.id,)
        )
        self.assertNotIn(ACCOUNT, self.env.cr.fetchone()[0])

    def test_our_fields_are_no_part_of_a_draft(self):
        fields = self.env["res.partner"].get_fields_in_view()
        self.assertIn("given_name", fields)
        self.assertFalse([name for name in fields if name.startswith("spar_")])
        self.assertTrue(fields.isdisjoint({"submission_ids", *self.bank_parts("1")}))

    def test_published(self):
        """Whoever publishes hands it in: an officer's is sent, anybody else's waits for one."""
        for user, state in ((self.officer, "pending"), (self.staff, "held")):
            with self.subTest(user.login):
                self.setUp()
                self._save(bank_ids=self.bank_ids)
                before = self.env["res.partner"].search([], order="id desc", limit=1).id
                self.draft.with_user(user).sudo().action_publish()
                partner = self.env["res.partner"].search(
                    [("id", ">", before), ("is_registrant", "=", True)]
                )
                self.assertEqual(self.rows(partner).state, state)
                handed_in = self.rows(partner)._address()["given"]
                self.assertEqual(handed_in["payment_account"], ACCOUNT)
