from ast import literal_eval

from lxml import etree

from odoo.tests import tagged

from .common import RegistryCase


@tagged("post_install", "-at_install")
class TestFilters(RegistryCase):
    """The filters of the registry's lists, as the search views have them."""

    def _found(self, view, name, partners, user=None):
        arch = (
            self.env["res.partner"]
            .with_user(user or self.viewer)
            .get_view(self.env.ref(view).id, "search")["arch"]
        )
        [node] = etree.fromstring(arch).xpath(f"//filter[@name='{name}']")
        domain = [("id", "in", partners.ids), *literal_eval(node.get("domain"))]
        return self.env["res.partner"].with_user(user or self.viewer).search(domain)

    def test_individuals(self):
        view = "g2p_registry_individual.view_registry_individuals_filter"
        paid, missing, held, waiting = (self.individual(f"Q-{i}") for i in range(4))
        self.carried(paid, "1000000001")
        self.submit(held, "1000000002", user=self.officer)
        self.rows(held)._transition("held", "held", hold_reason="policy_change")
        self.submit(waiting, "1000000003")
        self.next_transaction()
        everybody = paid | missing | held | waiting
        self.assertEqual(self._found(view, "spar_missing", everybody), missing | held | waiting)
        self.assertEqual(self._found(view, "spar_waiting", everybody), waiting)
        self.assertEqual(self._found(view, "spar_needs_person", everybody), held)

    def test_what_differs_in_spar(self):
        view = "g2p_registry_individual.view_registry_individuals_filter"
        partner, same = self.individual("Q-5"), self.individual("Q-6")
        self.carried(partner, "1000000001")
        self.carried(same, "1000000002")
        self.spar.table["Q-5"] = self.spar.table["Q-6"]
        row = self.carried(partner, "1000000003")
        self.assertEqual(row.state, "conflict")
        self.assertEqual(self._found(view, "spar_differs", partner | same), partner)

    def test_a_household_is_paid_through_its_head(self):
        view = "g2p_registry_group.view_registry_groups_filter"
        head = self.individual("Q-7")
        household, other = self.household(head), self.household(self.individual("Q-8"))
        self.carried(head, "1000000001")
        self.assertEqual(self._found(view, "spar_missing", household | other), other)
        self.assertTrue(household.with_user(self.viewer).spar_address_confirmed)

    def test_nobody_else_gets_the_filters(self):
        view = self.env.ref("g2p_registry_group.view_registry_groups_filter").id
        arch = self.env["res.partner"].with_user(self.staff).get_view(view, "search")["arch"]
        self.assertNotIn("spar_", arch)
