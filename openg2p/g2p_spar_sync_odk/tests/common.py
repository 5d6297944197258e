from uuid import uuid4

from odoo.addons.g2p_spar_sync.tests.common import DispatchCase

from .odk_central import OdkCentral

#: As docs/odk.md has it.
INDIVIDUAL = """{
    name: .name,
    ref: .id_number,
    payment_method: .payment.method,
    payment_provider: .payment.provider,
    payment_account: .payment.account
}"""
HOUSEHOLD = """{
    name: .name,
    ref: .id_number,
    payment_method: .payment.method,
    payment_provider: .payment.provider,
    payment_account: .payment.account,
    group_membership_ids: [.members[] | {
        name: .name,
        payment_method: .payment.method,
        payment_provider: .payment.provider,
        payment_account: .payment.account,
        bank_ids: .bank_ids
    } | with_entries(select(.value != null))]
}"""


class OdkCase(DispatchCase):
    """Imports from a small ODK Central on a real port."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.registrant_domain = "[('is_registrant', '=', True)]"
        cls.central = OdkCentral()
        cls.addClassCleanup(cls.central.stop)
        cls.config = cls.env["odk.config"].create(
            {
                "name": "Field day",
                "base_url": cls.central.url,
                "username": "someone",
                "password": "secret",
                "project": "1",
                "form_id": "household-survey",
            }
        )

    def setUp(self):
        super().setUp()
        self.central.submissions = []

    def importer(self, target="individual", mapping=INDIVIDUAL):
        return self.env["odk.import"].create(
            {
                "odk_config": self.config.id,
                "json_formatter": mapping,
                "target_registry": target,
            }
        )

    def form(self, payment=None, **vals):
        """A submission that ODK Central serves from now on."""
        unique = uuid4().hex
        form = {
            "__id": f"uuid:{unique}",
            "__system": {
                "submissionDate": "2026-03-01T10:00:00.000Z",
                "submitterId": "17",
                "submitterName": "Enumerator Seventeen",
            },
            "name": f"R {unique}",
            "id_number": unique,
            "payment": payment or {},
            **vals,
        }
        self.central.submissions.append(form)
        return form

    def payment(self, account="+254712345678"):
        return {"method": "mobile_wallet", "provider": self.wallet.code, "account": account}

    def registrant_of(self, form):
        return self.env["res.partner"].search([("name", "=", form["name"])], order="id")

    def row_of(self, form):
        return self.rows(self.registrant_of(form))

    def line_of(self, form):
        return self.env["spar.odk.line"].search([("instance", "=", form["__id"])])
