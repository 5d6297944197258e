from uuid import uuid4

from lxml import html

from odoo.tests import HttpCase, new_test_user

from odoo.addons.g2p_spar_sync.tests.common import DispatchCase

ROOT = "/portal/registration"
FORMS = {
    "individual create": (f"{ROOT}/individual/create/", f"{ROOT}/individual/create/submit"),
    "group create": (f"{ROOT}/group/create/", f"{ROOT}/group/create/submit"),
    "individual update": (f"{ROOT}/individual/update/%s", f"{ROOT}/individual/update/submit"),
    "group update": (f"{ROOT}/group/update/%s", f"{ROOT}/group/update/submit/"),
}
ACCOUNT = "1000000001"


class PortalCase(DispatchCase, HttpCase):
    """An enumerator with the portal's forms, over HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.registrant_domain = "[('is_registrant', '=', True)]"
        cls.enumerator = cls._portal_user()
        cls.colleague = cls._portal_user()

    @classmethod
    def _portal_user(cls):
        login = f"enumerator{uuid4().hex[:8]}"
        return new_test_user(cls.env, login, "base.group_portal", password=f"{login}-password")

    def enter(self, user):
        self.authenticate(user.login, f"{user.login}-password")

    def mine(self, user=None, **vals):
        """A registrant this enumerator is responsible for."""
        return self.registrant(is_registrant=True, user_id=(user or self.enumerator).id, **vals)

    def hidden(self, name, partner=None):
        """The hidden fields of a form of ours, as a browser gets them."""
        url = FORMS[name][0]
        page = self.url_open(url % partner.id if partner else url)
        self.assertEqual(page.status_code, 200)
        section = html.fromstring(page.text).xpath("//div[contains(@class, 'o_spar_section')]")
        self.assertEqual(len(section), 1)
        self.assertTrue(section[0].xpath("ancestor::form"))
        return {i.get("name"): i.get("value") for i in section[0].xpath(".//input[@type='hidden']")}

    def payment(self, account=ACCOUNT, **more):
        return {
            "spar_pay_to": f"bank_account:{self.bank.spar_code}",
            "spar_account": account,
            "spar_account_again": account,
            **more,
        }

    def filled(self, form, partner=None, **more):
        """What a browser posts from the form of that name."""
        data = {**self.hidden(form, partner), **self.payment(), **more}
        if partner:
            return {"group_id": partner.id, **self.names(partner.name), **data}
        return {**self.names(f"P{uuid4().hex}"), **data}

    def names(self, name):
        return {
            "name": name,
            "given_name": name,
            "family_name": "Family",
            "addl_name": "",
            "birthdate": "1990-01-01",
        }

    def post(self, name, data, **options):
        return self.url_open(FORMS[name][1], data=data, **options)

    def made(self, data):
        """The registrants a create form made."""
        self.env.invalidate_all()
        return self.env["res.partner"].search(
            [("is_registrant", "=", True), ("name", "ilike", data["given_name"])]
        )

    def all_rows(self):
        self.env.invalidate_all()
        return self.Submission.search([("connection_id", "=", self.connection.id)], order="id")
