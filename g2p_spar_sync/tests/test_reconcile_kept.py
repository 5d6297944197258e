from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .test_reconcile import ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileKept(ReconcileCase):
    """How long comparisons and differences are kept."""

    def test_old_comparisons_go(self):
        partner = self.confirmed()
        del self.spar.table[partner.ref]
        run = self.compare(partner)
        run._gc_old()
        self.assertTrue(run.exists())
        run.ended_at = fields.Datetime.now() - timedelta(days=91)
        run._gc_old()
        self.assertFalse(run.exists())
        self.assertEqual(self.kinds(partner), ["missing"], "it is still so")

    def test_differences_that_are_over_go_by_their_own_age(self):
        """Also one that no comparison found; what lasts until something else is found stays."""
        long_ago = fields.Datetime.now() - timedelta(days=91)
        partners = self.env["res.partner"].union(*(self.confirmed() for _ in range(4)))
        for partner in partners:
            del self.spar.table[partner.ref]
        run = self.compare(partners)
        over, ignored, late, fresh = (self.line_of(p).with_env(self.env) for p in partners)
        ignored.with_user(self.officer)._ignore("agreed")
        late._decided("send", self.officer, state="sent")
        over.state = fresh.state = "gone"
        (over | late).run_id = False
        (over | ignored | late).seen_at = long_ago
        run.ended_at = long_ago
        self.lines._gc_old()
        self.runs._gc_old()
        self.assertFalse(over.exists() or run.exists())
        self.assertEqual((ignored | late | fresh).exists(), ignored | late | fresh)
        self.assertEqual((ignored.state, ignored.note), ("ignored", "agreed"))
        late.decided_at = long_ago
        self.lines._gc_old()
        self.assertFalse(late.exists())

    def test_kept_until_somebody_deletes_them(self):
        self.connection.reconcile_keep_days = 0
        partner = self.confirmed()
        del self.spar.table[partner.ref]
        run = self.compare(partner)
        line = self.line_of(partner).with_env(self.env)
        line.write({"state": "gone", "seen_at": "2020-01-01 00:00:00"})
        run.ended_at = "2020-01-01 00:00:00"
        self.lines._gc_old()
        self.runs._gc_old()
        self.assertTrue(run.exists() and line.exists())
