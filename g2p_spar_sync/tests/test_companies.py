from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .common import SPAR, STAFF, DispatchCase


@tagged("post_install", "-at_install")
class TestCompanies(DispatchCase):
    """Two companies, a SPAR each, one for all, and people of each company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.here = cls.env.company
        cls.there = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.everyone = cls.connection
        cls.of_here = cls.everyone.copy({"name": "Here", "company_id": cls.here.id, "sequence": 20})
        cls.of_there = cls.everyone.copy(
            {"name": "There", "company_id": cls.there.id, "sequence": 20}
        )
        cls.manager_there = cls._of(cls.there, "manager")
        cls.officer_there = cls._of(cls.there, "officer")

    @classmethod
    def _of(cls, company, role):
        return new_test_user(
            cls.env,
            f"{role}-{company.id}",
            f"{STAFF},{SPAR}{role}",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )

    def _connection_of(self, company):
        partner = self.registrant(company_id=company and company.id)
        return partner._spar_connections().get(partner.id)

    def test_ones_own_companys_goes_first(self):
        self.assertEqual(self._connection_of(self.here), self.of_here)
        self.assertEqual(self._connection_of(self.there), self.of_there)
        self.assertEqual(self._connection_of(None), self.everyone)

    def test_where_there_is_none_of_ones_own(self):
        third = self.env["res.company"].create({"name": "Third"})
        self.assertEqual(self._connection_of(third), self.everyone)
        self.everyone.active = False
        self.assertFalse(self._connection_of(third))
        self.of_there.sequence = 1
        self.assertEqual(self._connection_of(None), self.of_there)

    def test_each_is_sent_over_its_own(self):
        rows = self.Submission.browse()
        for company in (self.here, self.there):
            rows |= self.submit(self.registrant(company_id=company.id), "1000000001")
        self.drain()
        self.assertEqual(rows.mapped("state"), ["done", "done"])
        self.assertEqual(rows.sorted("id").connection_id, self.of_here | self.of_there)

    def test_what_waits_for_another_one_goes_over(self):
        """The one that it waited for may stand still."""
        self.of_here.with_user(self.manager).action_pause()
        partner = self.registrant(company_id=self.here.id)
        older = self.submit(partner, "1000000001")
        partner.company_id = self.there
        newer = self.submit(partner, "1000000002")
        self.drain()
        self.drain()
        self.assertEqual((older.state, newer.state), ("done", "done"))
        self.assertEqual((older | newer).connection_id, self.of_there)

    def test_what_waits_for_an_id_goes_over_when_it_comes(self):
        """The connection that it was handed in for may be archived by then."""
        partner = self.registrant(company_id=self.here.id, ref=False)
        older = self.submit(partner, "1000000001")
        self.drain()
        self.assertEqual((older.waits_for_id, older.connection_id), (True, self.of_here))
        self.of_here.active = False
        partner.ref = "one"
        newer = self.submit(partner, "1000000002")
        self.drain()
        self.drain()
        self.assertEqual((older.state, newer.state), ("done", "done"))
        self.assertEqual((older | newer).connection_id, self.everyone)

    def test_who_changes_company_before_an_id_comes(self):
        """Also where the id comes past the ORM."""
        self.of_here.with_user(self.manager).action_pause()
        for by_sql in (False, True):
            with self.subTest(by_sql):
                partner = self.registrant(company_id=self.here.id, ref=False)
                row = self.submit(partner, "1000000001")
                row._transition("held", "held", hold_reason="no_id", waits_for_id=True)
                partner.company_id = self.there
                self.assertEqual(row.connection_id, self.of_there)
                if by_sql:
                    self.env.cr.execute(
                        "UPDATE res_partner SET ref = 'sql' WHERE id = %s", (partner.id,)
                    )
                    self.later(61)
                else:
                    partner.ref = "orm"
                self.drain()
                self.assertEqual((row.state, row.connection_id), ("done", self.of_there))

    def test_the_domain_asks_for_no_other_companys_registrants(self):
        stranger = self.registrant(company_id=self.here.id)
        self.assertFalse(stranger.filtered_domain(self.of_there._registrant_domain()))
        self.assertTrue(stranger.filtered_domain(self.of_here._registrant_domain()))

    def test_submissions_of_registrants_of_another_company_are_hidden(self):
        row = self.submit(self.registrant(company_id=self.here.id), "1000000001")
        for record in (row, row.event_ids[:1]):
            found = [("id", "=", record.id)]
            model = self.env[record._name]
            self.assertTrue(model.with_user(self.officer).search_count(found))
            self.assertFalse(model.with_user(self.officer_there).search_count(found))

    def test_who_saw_all_companies_sees_no_new_ones(self):
        """The rules ask for no company while there is none besides, and do from the first on."""
        every = self.env["res.company"].with_context(active_test=False).search([])
        self.officer.company_ids = every
        seen = self.Submission.with_user(self.officer).with_context(allowed_company_ids=every.ids)
        row = self.submit(self.registrant(company_id=self.there.id), "1000000001")
        self.assertTrue(seen.search_count([("id", "=", row.id)]))
        third = self.env["res.company"].create({"name": "Third"})
        hidden = self.submit(self.registrant(company_id=third.id), "1000000001")
        self.assertFalse(seen.search_count([("id", "=", hidden.id)]))
        self.assertTrue(seen.search_count([("id", "=", row.id)]))

    def test_people_see_their_own_companys_and_the_common_one(self):
        for user in (self.manager_there, self.officer_there):
            found = self.env["spar.connection"].with_user(user).search([])
            self.assertEqual(found, self.everyone | self.of_there)
            with self.assertRaises(AccessError):
                self.of_here.with_user(user).read(["base_url"])

    def test_a_manager_runs_no_other_companys(self):
        of_here = self.of_here.with_user(self.manager_there)
        for action in ("action_pause", "action_resume", "action_test_connection"):
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(of_here, action)()
        with self.assertRaises(AccessError):
            of_here.write({"name": "Mine"})
        self.of_there.with_user(self.manager_there).action_pause()
        self.assertEqual((self.of_there.state, self.of_here.state), ("paused", "running"))

    def test_an_officer_compares_over_no_other_companys(self):
        wizard = self.env["spar.compare.wizard"].with_user(self.officer_there)
        chosen = {"active_model": "res.partner", "active_ids": self.registrant().ids}
        action = wizard.with_context(**chosen).create({}).action_start()
        runs = self.env["spar.reconciliation"].search(action["domain"])
        self.assertEqual(runs.connection_id, self.everyone | self.of_there)

    def test_headers_are_their_companys(self):
        header = {"name": "X-Key", "value": "x"}
        self.of_here.header_ids = [(0, 0, header)]
        headers = self.env["spar.connection.header"].with_user(self.manager_there)
        self.assertFalse(headers.search([("connection_id", "=", self.of_here.id)]))
        with self.assertRaises(AccessError):
            headers.create({"connection_id": self.of_here.id, **header, "name": "X-Other"})
        with self.assertRaises(AccessError):
            headers.browse(self.of_here.header_ids.id).write({"value": "y"})
        headers.create({"connection_id": self.of_there.id, **header})

    def test_the_form(self):
        self.manager_there.write({"company_ids": [(4, self.here.id)]})
        connections = self.env["spar.connection"].with_user(self.manager_there)
        with Form(connections.with_context(allowed_company_ids=self.there.ids)) as form:
            form.name = "By form"
            form.base_url = "https://spar.example.org"
            form.sender_id = "form"
            with form.header_ids.new() as header:
                header.name = "X-Key"
                header.value = "SECRET"
        made = form.record
        self.assertFalse(made.company_id)
        self.assertEqual(dict(made._route().headers), {"X-Key": "SECRET"})
        with self.assertRaises(ValidationError), Form(made) as form:
            form.base_url = "https://elsewhere.example.org"

    def test_a_registrant_who_changes_company(self):
        partner = self.registrant(company_id=self.here.id)
        row = self.submit(partner, "1000000001")
        partner.company_id = self.there
        self.drain()
        self.assertEqual((row.state, row.connection_id), ("done", self.of_there))
