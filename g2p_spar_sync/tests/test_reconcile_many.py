from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import Job

from ..models.spar_in_parts import PART
from . import hostile_spar as hostile
from .test_reconcile import FOREIGN, ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileMany(ReconcileCase):
    """Thousands of differences at once are decided on in the background."""

    def setUp(self):
        super().setUp()
        self.channel.second_person = False
        self.partners = self.env["res.partner"].union(*(self.registrant() for _ in range(PART + 2)))
        for partner in self.partners:
            self.spar.table[partner.ref] = FOREIGN
        self.compare(self.partners)
        found = self.lines.search([("partner_id", "in", self.partners.ids)], order="id")
        self.found = found.with_user(self.officer)

    def _pressed(self):
        """The jobs that a press of *Accept SPAR's* leaves."""
        before = self.env["queue.job"].search([])
        self.assertIn(str(PART + 2), self.found.action_accept_spars()["params"]["message"])
        jobs = self.env["queue.job"].search([], order="id") - before
        jobs = jobs.filtered(lambda job: job.model_name == "spar.reconciliation.line")
        self.assertEqual(jobs.user_id, self.officer)
        self.assertEqual([len(job.records) for job in jobs], [PART, 2])
        return [Job.load(self.env, job.uuid) for job in jobs]

    def test_in_parts_each_in_a_job(self):
        first, second = self._pressed()
        self.spar.table[self.partners[0].ref] = FOREIGN.replace("9999999999", "8888888888")
        self.found[1]._ignore("agreed")
        self.submit(self.partners[2], "1000000001")
        first.perform()
        self.env.invalidate_all()
        self.assertEqual(self.found[:3].mapped("state"), ["open", "ignored", "open"])
        self.assertEqual(set(self.found[3:PART].mapped("state")), {"accepted"})
        self.spar.always["resolve"] = hostile.fail
        with self.refused(RetryableJobError):
            second.perform()
        self.assertEqual(set(self.found[PART:].mapped("state")), {"open"})

    def test_one_that_is_gone_by_then_stops_no_other(self):
        first, _second = self._pressed()
        self.found[0].sudo().unlink()
        first.perform()
        self.env.invalidate_all()
        self.assertEqual(set(self.found[1:PART].mapped("state")), {"accepted"})

    def test_what_was_looked_at_since_is_not_decided_on(self):
        first, _second = self._pressed()
        self.env.cr.execute(
            "UPDATE spar_reconciliation_line SET seen_at = seen_at + interval '1 hour' "
            "WHERE id = %s",
            (self.found[0].id,),
        )
        self.env.invalidate_all()
        first.perform()
        self.assertEqual(self.found[:2].mapped("state"), ["open", "accepted"])

    def test_who_may_not_decide_by_then(self):
        first, _second = self._pressed()
        self.officer.write({"groups_id" if "groups_id" in self.officer else "group_ids": [(5,)]})
        with self.refused(UserError):
            first.perform()
        self.assertEqual(set(self.found.sudo().mapped("state")), {"open"})

    def test_all_are_ignored_at_once(self):
        before = self.env["spar.event"].search_count([])
        self.found._ignore("agreed")
        self.assertEqual(set(self.found.mapped("state")), {"ignored"})
        self.assertEqual(self.env["spar.event"].search_count([]) - before, PART + 2)
