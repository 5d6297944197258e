"""Registrants whose id or company changes while what they handed in is on its way."""

from uuid import uuid4

from odoo.tests import tagged

from odoo.addons.queue_job.job import Job

from ..dispatch.drain import Drain
from .test_claim_concurrent import ConcurrentCase


@tagged("post_install", "-at_install", "standard")
class TestMoveConcurrent(ConcurrentCase):
    """An id or a company changed in a transaction older than what was handed in and done since."""

    def _jobs(self, env, method="_look_once_more_job"):
        return env["queue.job"].search([("method_name", "=", method), ("state", "=", "pending")])

    def setUp(self):
        super().setUp()
        self.addCleanup(self._remove_jobs)

    def _remove_jobs(self):
        with self.open_env() as env:
            self._jobs(env).unlink()
            self._jobs(env, "_go_over_part").unlink()

    def _run_jobs(self):
        with self.open_env() as env:
            for record in self._jobs(env):
                Job.load(env, record.uuid).perform()
                record.unlink()

    def _held(self):
        with self.open_env() as env:
            rows = env["spar.submission"].search(
                [("partner_id", "=", self.partners[0]), ("state", "=", "held")], order="id"
            )
            return rows.mapped("hold_reason")

    def _change_meanwhile(self, **vals):
        """A long transaction writes ``vals`` on one registrant, whose row is done meanwhile."""
        with self.open_env() as slow:
            slow.cr.execute("SELECT 1")
            self._submit(["1000000001"])
            Drain(self.open_env, 60).run()
            slow["res.partner"].browse(self.partners[0]).write(vals)

    def test_an_id_that_changed_meanwhile_is_asked_about(self):
        self._change_meanwhile(ref=uuid4().hex)
        self.assertEqual(self._held(), [], "nobody saw both")
        self._run_jobs()
        self.assertEqual(self._held(), ["id_changed", "old_id"])

    def test_a_connection_that_changed_meanwhile_is_asked_about(self):
        with self.open_env() as env:
            company = env["res.company"].create({"name": uuid4().hex})
            here = env["spar.connection"].browse(self.connection)
            there = here.copy({"company_id": company.id})
        self.addCleanup(self._remove_other, there.id, company.id)
        self._change_meanwhile(company_id=company.id)
        self.assertEqual(self._held(), [], "nobody saw both")
        self._run_jobs()
        self.assertEqual(self._held(), ["id_changed"])

    def _remove_other(self, connection, company):
        self._forget()
        with self.open_env() as env:
            env["res.partner"].browse(self.partners).company_id = False
            env["spar.connection"].browse(connection).unlink()
            env["res.company"].browse(company).unlink()
        self._remove_jobs()

    def test_what_was_asked_and_cancelled_is_not_asked_again(self):
        self._submit(["1000000001"])
        Drain(self.open_env, 60).run()
        with self.open_env() as env:
            env["res.partner"].browse(self.partners[0]).ref = uuid4().hex
        self.assertEqual(self._held(), ["id_changed", "old_id"])
        with self.open_env() as env:
            held = [("partner_id", "=", self.partners[0]), ("state", "=", "held")]
            env["spar.submission"].search(held)._transition("cancelled", "cancelled")
        self._run_jobs()
        self.assertEqual(self._held(), [])

    def test_a_setting_that_changes_while_all_are_gone_over_is_another_walk(self):
        self._submit(["1000000001"])
        with self.open_env() as env:
            env["spar.connection"].browse(self.connection).id_prefix = "A"
        with self.open_env() as later:
            self.assertEqual(len(self._jobs(later, "_go_over_part")), 1)
            with self.open_env() as env:
                self._jobs(env, "_go_over_part").state = "started"
            later["spar.connection"].browse(self.connection).id_suffix = "Z"
        with self.open_env() as env:
            self.assertEqual(len(self._jobs(env, "_go_over_part")), 1)
            env["queue.job"].search([("method_name", "=", "_go_over_part")]).unlink()
