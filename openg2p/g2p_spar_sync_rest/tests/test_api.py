from odoo.tests import tagged

from odoo.addons.extendable.tests.common import ExtendableMixin
from odoo.addons.fastapi.dependencies import authenticated_partner_env
from odoo.addons.g2p_registry_rest_api.routers.group import create_group
from odoo.addons.g2p_registry_rest_api.routers.individual import create_individual
from odoo.addons.g2p_registry_rest_api.schemas.group import GroupInfoRequest
from odoo.addons.g2p_registry_rest_api.schemas.individual import IndividualInfoRequest
from odoo.addons.g2p_spar_sync.tests.common import SparCase


@tagged("post_install", "-at_install")
class TestApi(ExtendableMixin, SparCase):
    """Requests to the registry's API are channel ``api``, with the fields of a payment address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.init_extendable_registry()
        cls.addClassCleanup(cls.reset_extendable_registry)
        cls.connection.registrant_domain = "[('is_registrant', '=', True)]"

    def _api(self, app="registry"):
        """The environment that the API's routes are handed."""
        endpoint = self.env["fastapi.endpoint"].create(
            {"name": f"Test {app}", "app": app, "root_path": f"/test-{app}"}
        )
        depends = endpoint._get_app().dependency_overrides[authenticated_partner_env]
        public = self.env.ref("base.public_user")
        return depends(self.env["res.partner"].with_user(public).browse(public.partner_id.id))

    def _person(self, **payment):
        return {
            "name": "One, Ada",
            "given_name": "Ada",
            "family_name": "One",
            "gender": None,
            **payment,
        }

    def _created(self, response):
        return self.rows(self.env["res.partner"].browse(response.id))

    def test_an_individual(self):
        person = IndividualInfoRequest(**self._person(**self.bank_parts("1000000001")))
        row = self._created(create_individual(person, self._api()))
        self.assertEqual((row.channel, row.state, row.way), ("api", "pending", "fields"))

    def test_bad_data_is_held(self):
        person = IndividualInfoRequest(**self._person(**self.wallet_parts("12")))
        row = self._created(create_individual(person, self._api()))
        self.assertEqual((row.state, row.hold_reason), ("held", "phone_malformed"))

    def test_without_a_payment_address(self):
        person = IndividualInfoRequest(**self._person())
        self.assertFalse(self._created(create_individual(person, self._api())))

    def test_a_household_and_its_members(self):
        member = self._person(**self.bank_parts("1000000002"))
        request = GroupInfoRequest(
            name="Household", members=[member], **self.bank_parts("1000000001")
        )
        household = self.env["res.partner"].browse(create_group(request, self._api()).id)
        members = household.group_membership_ids.individual
        for partner, account in ((household, "1000000001"), (members, "1000000002")):
            row = self.rows(partner)
            self.assertEqual(row.channel, "api")
            self.assertEqual(row._address()["given"]["payment_account"], account)
