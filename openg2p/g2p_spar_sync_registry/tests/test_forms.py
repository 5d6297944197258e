from lxml import etree

from odoo.tests import tagged

from .common import RegistryCase

FORMS = ("g2p_registry_individual.view_individuals_form", "g2p_registry_group.view_groups_form")


@tagged("post_install", "-at_install")
class TestForms(RegistryCase):
    """The registry's own forms have the page, for those who may see it, and drafts have none."""

    def _arch(self, view, user):
        partners = self.env["res.partner"].with_user(user)
        return etree.fromstring(partners.get_view(self.env.ref(view).id, "form")["arch"])

    def test_viewers_get_page_and_button(self):
        for view in FORMS:
            with self.subTest(view):
                arch = self._arch(view, self.viewer)
                [page] = arch.xpath("//page[@name='spar_payment_address']")
                [button] = arch.xpath("//button[@name='action_spar_submissions']")
                self.assertTrue(page.xpath(".//widget[@name='spar_panel']"))
                for node in (page, button):
                    self.assertIn("context.get('draft')", node.get("invisible"))

    def test_others_get_neither(self):
        for view in FORMS:
            with self.subTest(view):
                self.assertNotIn(b"spar_", etree.tostring(self._arch(view, self.staff)))

    def test_the_button_lists_the_whole_line(self):
        head = self.individual("V-1")
        household = self.household(head)
        rows = self.carried(head, "1000000001") | self.carried(household, "1000000002")
        action = household.with_user(self.viewer).action_spar_submissions()
        found = self.env["spar.submission"].with_user(self.viewer).search(action["domain"])
        self.assertEqual(found, rows)
