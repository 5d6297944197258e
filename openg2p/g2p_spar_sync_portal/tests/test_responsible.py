from odoo.tests import tagged

from .common import PortalCase


@tagged("post_install", "-at_install")
class TestResponsible(PortalCase):
    """Whom an enumerator is responsible for."""

    def _responsible(self, partner):
        return bool(partner._spar_responsible(self.enumerator))

    def test_by_assignment_and_by_creation(self):
        made = (
            self.env["res.partner"]
            .with_user(self.enumerator)
            .sudo()
            .create({"name": "made", "is_registrant": True})
        )
        self.assertTrue(self._responsible(self.mine()))
        self.assertTrue(self._responsible(made))
        self.assertFalse(self._responsible(self.mine(self.colleague)))
        self.assertFalse(self._responsible(self.registrant(is_registrant=True)))

    def test_never_for_archived_or_what_is_no_registrant(self):
        self.assertFalse(self._responsible(self.mine(active=False)))
        self.assertFalse(self._responsible(self.registrant(user_id=self.enumerator.id)))

    def test_by_the_odk_account(self):
        if "odk_app_user" not in self.env["res.partner"]._fields:
            self.skipTest("g2p_odk_user_mapping is not installed")
        account = self.env["odk.app.user"].create({"name": "E", "odk_user_id": 4711})
        self.enumerator.partner_id.odk_app_user = account
        collected = self.registrant(
            is_registrant=True,
            enumerator_id=self.env["g2p.enumerator"].create({"enumerator_user_id": "4711"}).id,
        )
        other = self.registrant(
            is_registrant=True,
            enumerator_id=self.env["g2p.enumerator"].create({"enumerator_user_id": "0"}).id,
        )
        self.assertTrue(self._responsible(collected))
        self.assertFalse(self._responsible(other))
