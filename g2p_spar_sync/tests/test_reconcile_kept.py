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
        self.assertFalse(self.kinds(partner))
