from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import HOUSEHOLD, OdkCase


@tagged("post_install", "-at_install")
class TestReport(OdkCase):
    """What the supervisor sees of an import."""

    def test_what_came_in_was_held_and_was_lost(self):
        good = self.form(self.payment())
        bad = self.form(self.payment("12"))
        none = self.form()
        self.importer().import_records()
        self.drain()
        lines = self.line_of(good), self.line_of(bad), self.line_of(none)
        self.assertEqual([line.came_in for line in lines], [1, 1, 0])
        self.assertEqual([line.done for line in lines], [1, 0, 0])
        self.assertEqual([line.held for line in lines], [0, 1, 0])
        self.assertIn("phone number", lines[1].with_user(self.viewer).reasons)
        self.assertEqual(len({line.run_id.id for line in lines}), 1)
        self.assertEqual({line.enumerator for line in lines}, {"Enumerator Seventeen"})

    def test_what_the_importer_drops(self):
        members = [{"name": "Ada One", "bank_ids": [[0, 0, {"acc_number": "1"}]]}]
        form = self.form(self.payment(), members=members)
        self.importer("group", HOUSEHOLD).import_records()
        self.assertEqual(self.line_of(form).lost, 1)

    def test_no_address_in_it(self):
        form = self.form(self.payment("+254712345678"))
        self.importer().import_records()
        line = self.line_of(form)
        exported = line.export_data(
            ["run_id", "instance", "enumerator", "partner_id", "came_in", "held", "reasons", "lost"]
        )["datas"]
        self.assertNotIn("712345678", str(exported))
        for name, field in line._fields.items():
            if field.type in ("char", "text") and field.store:
                self.assertNotIn("712345678", line[name] or "", name)

    def test_for_viewers_and_nobody_else(self):
        self.form(self.payment())
        self.importer().import_records()
        self.assertTrue(self.env["spar.odk.line"].with_user(self.viewer).search([]))
        for user in (self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["spar.odk.line"].with_user(user).search([])
        with self.assertRaises(AccessError):
            self.env["spar.odk.line"].with_user(self.officer).search([], limit=1).came_in = 5

    def test_the_button_on_the_import(self):
        importer = self.importer()
        form = self.form(self.payment())
        importer.import_records()
        domain = importer.action_spar_runs()["domain"]
        self.assertEqual(self.env["spar.odk.line"].search(domain), self.line_of(form))
