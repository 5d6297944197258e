from lxml import html

from odoo.tests import tagged

from .common import ACCOUNT, PortalCase


@tagged("post_install", "-at_install")
class TestForms(PortalCase):
    """The section in the four forms, the judgement before posting, and the result page."""

    def setUp(self):
        super().setUp()
        self.enter(self.enumerator)

    def test_create_forms(self):
        for name, is_group in (("individual create", False), ("group create", True)):
            with self.subTest(name):
                data = self.filled(name)
                page = self.post(name, data)
                row = self.all_rows()[-1]
                self.assertEqual((row.channel, row.state), ("portal", "pending"))
                self.assertEqual(row.submitted_by, self.enumerator)
                self.assertEqual(row.partner_id.is_group, is_group)
                self.assertIn(row.partner_id, self.made(data))
                self.assertIn(row.reference, page.text)

    def test_update_forms(self):
        for name, is_group in (("individual update", False), ("group update", True)):
            with self.subTest(name):
                partner = self.mine(is_group=is_group)
                self.post(name, self.filled(name, partner))
                row = self.rows(partner)
                self.assertEqual((row.channel, row.state), ("portal", "pending"))

    def test_carried_to_spar(self):
        partner = self.mine(is_group=True)
        self.post("group update", self.filled("group update", partner))
        self.next_transaction()
        self.drain()
        self.assertEqual(self.spar.writes(partner.ref), [("link", ACCOUNT)])

    def test_without_a_payment_address_the_form_works_as_before(self):
        for name in ("individual create", "group create"):
            with self.subTest(name):
                nothing = dict.fromkeys(("spar_pay_to", "spar_account", "spar_account_again"), "")
                data = self.filled(name, **nothing)
                response = self.post(name, data, allow_redirects=False)
                self.assertEqual(response.status_code, 303)
                self.assertTrue(self.made(data))
        self.assertFalse(self.all_rows())

    def test_judged_before_anything_is_posted(self):
        for wrong, said in (
            ({"spar_account": "", "spar_account_again": ""}, "missing"),
            ({"spar_account_again": "1000000002"}, "differ"),
            ({"spar_pay_to": "bank_account:NOBODY"}, "not known"),
            ({"spar_pay_to": ""}, "not known"),
            ({"spar_pay_to": f"mobile_wallet:{self.wallet.code}"}, "phone number"),
        ):
            with self.subTest(said, wrong=wrong):
                data = self.filled("group create", **wrong)
                page = self.post("group create", data)
                [problem] = html.fromstring(page.text).xpath(
                    "//*[contains(@class,'o_spar_problem')]"
                )
                self.assertIn(said, problem.text)
                self.assertNotIn(ACCOUNT, page.text)
                self.assertFalse(self.made(data))
        self.assertFalse(self.all_rows())

    def test_the_same_form_twice_makes_one_registrant(self):
        data = self.filled("individual create")
        first = self.post("individual create", data)
        again = self.post("individual create", data)
        self.assertEqual(first.url, again.url)
        self.assertEqual(len(self.made(data)), 1)
        self.assertEqual(len(self.all_rows()), 1)

    def test_result_page(self):
        partner = self.mine()
        page = self.post("individual update", self.filled("individual update", partner))
        row = self.rows(partner)
        tree = html.fromstring(page.text)
        shown = {
            name: tree.xpath(f"//*[contains(@class, 'o_spar_{name}')]")[0].text
            for name in ("reference", "mask", "state")
        }
        self.assertEqual(shown["reference"], row.reference)
        self.assertEqual(shown["mask"], row.account_mask)
        self.assertNotIn(ACCOUNT, page.text)
        self.assertIn("looks again", page.text)
        row._transition("held", "held", hold_reason="policy_change")
        self.env.flush_all()
        self.assertIn("wait for an officer", self.url_open(page.url).text)

    def test_when_the_form_itself_fails_nothing_is_submitted(self):
        partner = self.mine()
        data = self.filled("individual update", partner, birthdate="no date")
        response = self.post("individual update", data, allow_redirects=False)
        self.assertEqual(response.status_code, 200)
        self.assertFalse(self.all_rows())

    def test_every_form_has_a_token_of_its_own(self):
        partner = self.mine(is_group=True)
        hidden = [self.hidden("group update", partner) for _form in range(2)]
        self.assertNotEqual(hidden[0]["spar_once"], hidden[1]["spar_once"])
