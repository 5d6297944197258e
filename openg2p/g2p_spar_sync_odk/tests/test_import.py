from datetime import datetime

from odoo.tests import tagged

from odoo.addons.g2p_spar_sync.models.channel_marks import ORIGIN_KEY, Origin

from .common import HOUSEHOLD, OdkCase


@tagged("post_install", "-at_install")
class TestImport(OdkCase):
    """What an import from ODK Central hands in."""

    def test_is_marked_and_carried(self):
        form = self.form(self.payment())
        self.importer().import_records()
        row = self.row_of(form)
        self.assertEqual((row.channel, row.state, row.way), ("odk", "pending", "fields"))
        self.assertTrue(row.origin_ref.startswith(form["__id"]))
        self.assertEqual(row.actor, "odk:17")
        self.drain()
        self.assertEqual(row.state, "done")
        self.assertEqual(self.spar.writes(form["id_number"]), [("link", "+254712345678")])

    def test_time_of_collection(self):
        late = datetime.now().year + 9
        for more, expected in (
            ({}, datetime(2026, 3, 1, 10)),
            ({"end": "2026-02-27T18:30:00.000+03:00"}, datetime(2026, 2, 27, 15, 30)),
            ({"start": "2026-02-26T08:00:00Z"}, datetime(2026, 2, 26, 8)),
        ):
            with self.subTest(more):
                form = self.form(self.payment(), **more)
                self.importer().import_records()
                self.assertEqual(self.row_of(form)[:1].collected_at, expected)
                self.central.submissions.clear()
        ahead = self.form(self.payment(), end=f"{late}-01-01T00:00:00Z")
        nonsense = self.form(self.payment(), end="yesterday")
        self.importer().import_records()
        self.assertLessEqual(self.row_of(ahead).collected_at, datetime.now())
        self.assertFalse(self.row_of(nonsense).collected_at)

    def test_a_bad_row_holds_and_the_import_goes_on(self):
        forms = [
            self.form({**self.payment(), "account": account})
            for account in ("12", "", None, ["x"], {"a": 1}, 254712345678, "=1+1", "x" * 5000)
        ]
        good = self.form(self.payment())
        self.importer().import_records()
        self.assertEqual(self.row_of(good).state, "pending")
        for form in forms:
            self.assertTrue(self.registrant_of(form))
        self.assertEqual(self.row_of(forms[0]).hold_reason, "phone_malformed")
        self.drain()
        self.assertEqual(self.row_of(good).state, "done")

    def test_what_spar_got_meanwhile_is_not_overwritten(self):
        form = self.form(self.payment(), end="2026-01-05T12:00:00Z")
        partner = self.registrant(name=form["name"], ref=form["id_number"], is_registrant=True)
        self.submit(partner, "1000000001")
        self.drain()
        mapping = self.importer()
        # The importer always creates: a form about a registrant who is there is a write by glue
        # of a deployment's own, in the same context.
        run = self.env["spar.odk.run"]._open(mapping)
        marked = partner.with_env(mapping._spar_marked(run).env).with_context(
            **{ORIGIN_KEY: Origin(form["__id"], datetime(2026, 1, 5, 12))}
        )
        marked.write(
            {
                "payment_method": "mobile_wallet",
                "payment_provider": self.wallet.code,
                "payment_account": "+254712345678",
            }
        )
        self.next_transaction()
        self.drain()
        row = self.rows(partner)[-1]
        self.assertEqual((row.state, row.hold_reason), ("conflict", "changed_since_collected"))

    def test_the_same_form_again_is_no_second_submission(self):
        form = self.form(self.payment())
        self.importer().import_records()
        self.next_transaction()
        self.importer().import_records()
        first, second = self.registrant_of(form)
        self.assertEqual(len(self.rows(first)), 1)
        self.assertFalse(self.rows(second))

    def test_members_of_a_household(self):
        """Upstream drops their payment fields; the mapping's reach them all the same."""
        members = [
            {"name": "Ada One"},
            {"name": "Bo Two", "payment": self.payment("+254722000001")},
            {"name": "Cy Three", "payment": self.payment("12")},
        ]
        form = self.form(self.payment(), members=members)
        self.importer("group", HOUSEHOLD).import_records()
        household = self.registrant_of(form)
        made = household.group_membership_ids.individual.sorted("id")
        self.assertEqual(len(self.rows(household)), 1)
        self.assertEqual([len(self.rows(member)) for member in made], [0, 1, 1])
        self.assertEqual(self.rows(made[1]).channel, "odk")
        self.assertEqual(self.rows(made[2]).hold_reason, "phone_malformed")

    def test_one_form_by_its_id(self):
        self.env["ir.config_parameter"].set_param("g2p_odk_importer.enable_odk", "1")
        wanted, other = self.form(self.payment()), self.form(self.payment())
        importer = self.importer()
        importer.instance_id = wanted["__id"]
        importer.fetch_record_by_instance_id()
        self.assertEqual(self.row_of(wanted).channel, "odk")
        self.assertFalse(self.registrant_of(other))

    def test_forms_in_jobs(self):
        form = self.form(self.payment())
        importer = self.importer()
        instance = self.env["odk.instance.id"].create(
            {"instance_id": form["__id"], "odk_import_id": importer.id}
        )
        importer._process_instance_id(instance)
        self.assertEqual(self.row_of(form).channel, "odk")
        self.assertEqual(self.line_of(form).came_in, 1)

    def test_outside_an_import_nothing_is_believed(self):
        """Neither the key nor the context of an import is worth anything to a caller."""
        forged = {"spar_channel": "odk", "spar_odk_run": 1, "spar_origin": "uuid:forged"}
        officer = self.env["res.partner"].with_user(self.officer).with_context(**forged).sudo()
        partner = officer.create(
            {
                "name": "forged",
                "is_registrant": True,
                "spar_odk": {"instance": "uuid:forged", "collected_at": "2020-01-01"},
                **self.wallet_parts("+254712345678"),
            }
        )
        row = self.rows(partner)
        self.assertEqual(row.channel, "backend")
        self.assertFalse(row.origin_ref or row.collected_at)
        self.assertFalse(self.env["spar.odk.line"].search([("instance", "=", "uuid:forged")]))
