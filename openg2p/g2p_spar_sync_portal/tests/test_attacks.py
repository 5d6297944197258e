from urllib.parse import urlencode

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FORMS, PortalCase

UPDATES = ("individual update", "group update")


@tagged("post_install", "-at_install")
class TestAttacks(PortalCase):
    """What a portal user must not be able to do with a payment address."""

    def setUp(self):
        super().setUp()
        self.enter(self.enumerator)

    def _theirs(self, name):
        return self.mine(self.colleague, is_group=name.startswith("group"))

    def test_other_peoples_registrants(self):
        for name in UPDATES:
            with self.subTest(name):
                theirs, mine = self._theirs(name), self.mine(is_group=name.startswith("group"))
                data = self.filled(
                    name, mine, group_id=theirs.id, name="Stolen", given_name="Stolen"
                )
                self.assertEqual(self.post(name, data).status_code, 403)
                self.env.invalidate_all()
                self.assertNotIn("Stolen", theirs.name)
        self.assertFalse(self.all_rows())

    def test_a_create_form_that_names_a_registrant(self):
        theirs = self._theirs("group create")
        data = self.filled("group create", group_id=theirs.id)
        self.assertEqual(self.post("group create", data).status_code, 403)
        self.assertFalse(self.all_rows())

    def test_registrants_that_are_none(self):
        mine = self.mine()
        for target in ("0", "-1", "999999999", "1e3", "abc", "1 OR 1=1"):
            with self.subTest(target):
                data = self.filled("individual update", mine, group_id=target)
                self.assertEqual(self.post("individual update", data).status_code, 403)
        self.assertFalse(self.all_rows())

    def test_get_submits_nothing(self):
        for name, (_form, url) in FORMS.items():
            with self.subTest(name):
                partner = self._theirs(name) if name in UPDATES else None
                mine = self.mine(is_group=name.startswith("group")) if partner else None
                data = self.filled(name, mine)
                self.assertEqual(self.url_open(f"{url}?{urlencode(data)}").status_code, 400)
                self.assertFalse(not partner and self.made(data))
        self.assertFalse(self.all_rows())

    def test_without_a_valid_token(self):
        partner = self.mine()
        for token in ("", "x", "0" * 40):
            with self.subTest(token):
                data = self.filled("individual update", partner, spar_csrf_token=token)
                self.assertEqual(self.post("individual update", data).status_code, 400)
        data = self.filled("individual update", partner, spar_once="short")
        self.assertEqual(self.post("individual update", data).status_code, 400)
        self.assertFalse(self.all_rows())

    @mute_logger("odoo.addons.g2p_registration_portal_base.controllers.main")
    def test_the_registrys_own_fields_never_reach_the_routes_behind(self):
        """They write whatever is posted, of whomever: here nothing of it is a submission."""
        raw = {
            "payment_method": "bank_account",
            "payment_provider": self.bank.spar_code,
            "payment_account": "1000000009",
            "submission_ids": "x",
            "bank_ids": "x",
        }
        for name in FORMS:
            with self.subTest(name):
                theirs = self._theirs(name)
                data = {**self.names("N"), **raw}
                if name in UPDATES:
                    data["group_id"] = theirs.id
                self.post(name, data)
                self.url_open(f"{FORMS[name][1]}?{urlencode(data)}")
        self.assertFalse(self.all_rows())

    def test_other_peoples_results(self):
        data = self.filled("individual create")
        page = self.post("individual create", data)
        self.enter(self.colleague)
        self.assertEqual(self.url_open(page.url).status_code, 404)
        # Nor does knowing the token help to hand in for others.
        stolen = self.filled("individual create", spar_once=data["spar_once"])
        with mute_logger("odoo.sql_db", "odoo.http"):
            self.post("individual create", stolen)
        held = self.all_rows().filtered(lambda row: row.hold_reason == "origin_reused")
        self.assertEqual((len(self.all_rows()), len(held)), (2, 1))
        self.assertEqual((held.submitted_by, held.state), (self.colleague, "held"))

    def test_the_public_gets_nowhere(self):
        data = self.filled("individual create")
        self.authenticate(None, None)
        for name in FORMS:
            response = self.post(name, data, allow_redirects=False)
            self.assertIn("/web/login", response.headers.get("Location", ""))
        self.assertIn("/web/login", self.url_open(f"/portal/payment/{'0' * 32}").url)
        self.assertFalse(self.all_rows())

    def test_rpc_as_an_enumerator(self):
        partner = self.mine()
        self.assertEqual(partner.with_user(self.enumerator).spar_panel()["state"], "no_right")
        row = self.submit(partner, "1000000001")
        for model, ids in (("spar.submission", row.ids), ("spar.connection", self.connection.ids)):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.enumerator).browse(ids).read(["display_name"])
