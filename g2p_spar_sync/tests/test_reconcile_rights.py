from odoo.tests import new_test_user, tagged

from .common import SPAR, STAFF
from .test_reconcile import ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileRights(ReconcileCase):
    """A comparison goes by the rights of who started it, and of who decides on it."""

    def test_who_chose_them_may_not_see_them_any_more(self):
        """It stops, with words; the others of its connection go on."""
        leaver = new_test_user(self.env, "leaver", f"{STAFF},{SPAR}officer")
        partner = self.confirmed()
        del self.spar.table[partner.ref]
        run = self.runs.with_user(leaver)._start(
            self.connection, "compare", [("id", "in", partner.ids)]
        )
        leaver.write({"groups_id" if "groups_id" in leaver else "group_ids": [(5,)]})
        every = self.runs.with_user(self.manager)._start(self.connection)
        self.work()
        self.assertEqual((run.state, run.trouble, run.done), ("paused", "selection", 0))
        self.assertEqual((every.state, self.kinds(partner)), ("done", ["missing"]))
        run.with_user(self.officer).action_cancel()

    def test_all_is_decided_on_as_far_as_who_decides_sees(self):
        self.channel.second_person = False
        there = self.env["res.company"].create({"name": "Elsewhere"})
        hidden, seen = self.confirmed(company_id=there.id), self.confirmed()
        for partner in (hidden, seen):
            del self.spar.table[partner.ref]
        run = self.runs._start(self.connection, "resend", [("id", "in", (hidden | seen).ids)])
        self.work()
        self.assertEqual(self.kinds(hidden | seen), ["missing"] * 2)
        of_hidden = [("partner_id", "=", hidden.id)]
        self.assertFalse(self.lines.with_user(self.officer).search_count(of_hidden))
        run.with_user(self.officer).action_send_all()
        self.assertEqual(run.total, 1)
        self.work()
        self.drain()
        self.assertEqual((self.account(seen), self.account(hidden)), ("1000000001", None))
        self.assertEqual((run.state, self.kinds(hidden)), ("done", ["missing"]))

    def test_a_filter_means_what_its_list_shows(self):
        partner, archived = self.confirmed(), self.confirmed()
        archived.active = False
        both = [("id", "in", (partner | archived).ids)]
        wizard = self.env["spar.compare.wizard"].with_user(self.officer)
        for domain, count in ((both, 1), ([("active", "=", False), *both], 1)):
            context = {"active_model": "res.partner", "active_domain": domain}
            opened = wizard.with_context(**context).create({"scope": "filter"})
            self.assertEqual(opened.filter_count, count)
            opened.action_start()
            run = self.runs.search([], limit=1)
            self.work()
            self.assertEqual((run.state, run.done), ("done", count), domain)
