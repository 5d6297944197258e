from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .observe import FOREIGN, ObserveCase


@tagged("post_install", "-at_install")
class TestObserveCounts(ObserveCase):
    """Each open row is in one count, and each count opens its rows."""

    def _counts(self, user=None):
        connection = self.connection.with_user(user or self.manager)
        connection.invalidate_recordset()
        kinds = [name for name in connection._fields if name.startswith("observed_")]
        counts = {name.removeprefix("observed_"): connection[name] for name in kinds}
        for kind, count in counts.items():
            domain = connection.with_context(spar_count=kind).action_observed()["domain"]
            rows = self.Submission.with_user(user or self.manager).search_count(domain)
            self.assertEqual(rows, count, kind)
        return {kind: count for kind, count in counts.items() if count}

    def test_each_row_once(self):
        self.submit(self.registrant(), "N/A")
        self.submit(self.registrant(ref=False), "1000000001")
        same, foreign = self.registrant(), self.registrant()
        self.held_at_spar(same, "1000000001")
        self.spar.table[foreign.ref] = FOREIGN
        self.submit(same, "1000000001")
        self.submit(same, "1000000002")
        self.submit(foreign, "1000000001")
        self.submit(self.registrant(), "1000000001")
        self.assertEqual(self._counts(), {"waiting": 5, "invalid": 1})
        self.drain()
        expected = {"invalid": 1, "held": 1, "same": 1, "behind": 1, "differs": 1, "link": 1}
        for user in (self.manager, self.viewer, self.officer):
            self.assertEqual(self._counts(user), expected)

    def test_only_what_the_user_may_see(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.submit(self.registrant(company_id=company.id), "1000000001")
        self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual(self._counts(), {"link": 1})
        self.manager.company_ids |= company
        everywhere = self.connection.with_user(self.manager).with_context(
            allowed_company_ids=self.manager.company_ids.ids
        )
        self.assertEqual(everywhere.observed_link, 2)

    def test_monitoring_does_not_take_them_for_stuck(self):
        self.submit(self.registrant(), "1000000001")
        self.drain()
        self.env.cr.execute(
            "SELECT pending, observed, oldest_open_seconds FROM spar_monitoring "
            "WHERE connection_id = %s",
            (self.connection.id,),
        )
        self.assertEqual(self.env.cr.fetchone(), (0, 1, 0))

    def test_a_live_connection_asks_nothing(self):
        self.go_live()
        self.env.flush_all()
        self.connection.invalidate_recordset()
        self.connection.mapped("name")
        with self.assertQueryCount(0):
            self.connection.mapped("observed_link")


@tagged("post_install", "-at_install")
class TestPilot(ObserveCase):
    """In live mode only registrants of the pilot are sent; the others are observed."""

    def setUp(self):
        super().setUp()
        self.connection.with_user(self.manager).write(
            {"mode": "live", "pilot_domain": "[('city', '=', 'Kisumu')]"}
        )

    def test_only_the_pilot_is_sent(self):
        inside, outside = self.registrant(city="Kisumu"), self.registrant(city="Nairobi")
        rows = self.submit(inside, "1000000001"), self.submit(outside, "1000000001")
        self.drain()
        self.assertEqual([row.state for row in rows], ["done", "pending"])
        self.assertEqual(rows[1].observed, "link")
        self.assertEqual(self.spar.table.keys(), {inside.ref})
        self.assertTrue(outside.with_user(self.viewer).spar_panel()["observes"])
        self.assertFalse(inside.with_user(self.viewer).spar_panel()["observes"])

    def test_whoever_comes_into_the_pilot_is_sent(self):
        partner = self.registrant(city="Nairobi")
        row = self.submit(partner, "1000000001")
        follower = self.submit(partner, "1000000002")
        self.observe(row)
        partner.name = "Somebody Else"
        self.observe(row)
        partner.city = "Kisumu"
        self.drain()
        self.assertEqual((row.state, follower.state), ("done", "done"))

    def test_the_pilot_grows(self):
        row = self.submit(self.registrant(city="Nairobi"), "1000000001")
        self.observe(row)
        self.connection.with_user(
            self.manager
        ).pilot_domain = "[('city', 'in', ['Kisumu', 'Nairobi'])]"
        self.drain()
        self.assertEqual(row.state, "done")

    def test_without_a_pilot_everybody_is_sent(self):
        row = self.submit(self.registrant(), "1000000001")
        self.observe(row)
        self.connection.with_user(self.manager).pilot_domain = False
        self.drain()
        self.assertEqual(row.state, "done")

    def test_an_archived_one_is_judged_by_the_same_domain(self):
        partner = self.registrant(city="Kisumu", active=False)
        self.assertFalse(self.connection._observed_among(partner))

    def test_no_domain(self):
        for wrong in ("x", "[('no_such_field', '=', 1)]", "[('city', '=', uid)]", "[1]"):
            with self.subTest(wrong), self.refused(ValidationError):
                self.connection.pilot_domain = wrong
                self.env.flush_all()
        with self.refused(UserError, AccessError):
            self.connection.with_user(self.officer).pilot_domain = "[]"
