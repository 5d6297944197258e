"""Rows of a restored database are held while somebody else's transaction holds on to one."""

from odoo.tests import tagged

from ..dispatch.drain import Drain
from ..dispatch.reconcile import AGAIN, Reconcile
from .test_claim_concurrent import ConcurrentCase


@tagged("post_install", "-at_install", "standard")
class TestReconcileConcurrent(ConcurrentCase):
    def _work(self):
        Reconcile(self.open_env, 60).run()

    def _rows(self, env):
        return env["spar.submission"].search([("partner_id", "in", self.partners)], order="id")

    def test_a_row_that_is_locked_is_held_before_anything_is_compared(self):
        self._submit(["1000000001"])
        with self.open_env() as env:
            connection = env["spar.connection"].browse(self.connection)
            connection.reconcile_rate = 1_000_000
            connection._registry_restored()
        with self.open_env() as env:
            locked = self._rows(env)[5]
            env.cr.execute("SELECT 1 FROM spar_submission WHERE id = %s FOR UPDATE", (locked.id,))
            self._work()
        with self.open_env() as env:
            self.assertEqual(self._rows(env).mapped("state").count("held"), 11)
            run = env["spar.reconciliation"].search([("connection_id", "=", self.connection)])
            self.assertEqual((run.state, run.done), ("running", 0))
            env.cr.execute(
                "UPDATE spar_reconciliation SET next_at = next_at - make_interval(secs => %s) "
                "WHERE id = %s",
                (2 * AGAIN, run.id),
            )
        self._work()
        with self.open_env() as env:
            self.assertEqual(set(self._rows(env).mapped("state")), {"held"})
            run = env["spar.reconciliation"].search([("connection_id", "=", self.connection)])
            self.assertEqual(run.state, "done")
        Drain(self.open_env, 60).run()
        self.assertFalse(self.spar.writes())
