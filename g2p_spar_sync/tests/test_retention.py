from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from . import hostile_spar as hostile
from .common import DispatchCase

DAY = 86400


@tagged("post_install", "-at_install")
class TestRetention(DispatchCase):
    """An address that nobody decides on is kept as long as a manager says, and no longer."""

    def setUp(self):
        super().setUp()
        disputed = self.confirmed()
        self.spar.table[disputed.ref] = self.spar.table[disputed.ref].replace("1000000001", "99887")
        refused = self.registrant()
        self.spar.refused[refused.ref] = "rjct.some.code"
        self.conflict = self.submit(disputed, "1000000002")
        self.rejected = self.submit(refused, "1000000003")
        self.held = self.submit(self.registrant(), "N/A")
        self.no_id = self.submit(self.registrant(ref=False), "1000000004")
        self.drain()
        self.waiting = self.conflict + self.rejected + self.held
        self.assertEqual(self.waiting.mapped("state"), ["conflict", "rejected", "held"])
        self.assertTrue(self.no_id.waits_for_id)

    def _days_pass(self, days):
        """Submissions and events lie further back than ``later`` moves them."""
        self.env.flush_all()
        for table, columns in (
            ("spar_submission", ("create_date", "suspect_until")),
            ("spar_event", ("at",)),
        ):
            moved = ", ".join(f"{c} = {c} - make_interval(days => {days})" for c in columns)
            self.env.cr.execute(
                f"ALTER TABLE {table} DISABLE TRIGGER USER; UPDATE {table} SET {moved}; "
                f"ALTER TABLE {table} ENABLE TRIGGER USER"
            )
        self.next_transaction()

    def _let_go(self):
        self.Submission._cron_let_go()
        self.next_transaction()

    def test_never_by_default(self):
        self.assertEqual(self.connection.retention_days, 0)
        self._days_pass(3650)
        self._let_go()
        self.assertEqual(self.waiting.mapped("state"), ["conflict", "rejected", "held"])

    def test_what_nobody_decided_on_is_let_go(self):
        self.connection.with_user(self.manager).retention_days = 30
        self._days_pass(29)
        self._let_go()
        self.assertEqual(self.waiting.mapped("state"), ["conflict", "rejected", "held"])
        masks = self.waiting.mapped("account_mask")
        self._days_pass(2)
        self._let_go()
        self.assertEqual(set(self.waiting.mapped("state")), {"cancelled"})
        self.assertEqual(self.waiting.mapped("account_mask"), masks)
        for row in self.waiting:
            self.assertFalse(row.sudo().address_sealed)
            self.assertIn(("cancelled", "retention"), self.events(row))
        self.assertTrue(self.no_id.waits_for_id, "it waits for an id, not for a person")
        done = self.rows(self.conflict.partner_id)[0]
        self.assertTrue(done.confirmed and done.sudo().address_sealed)

    def test_what_was_looked_after_since_stays(self):
        self.connection.retention_days = 30
        self._days_pass(31)
        self.held.with_user(self.officer).action_reveal()
        self.rejected.with_user(self.officer).action_retry()
        self.drain()
        self._let_go()
        self.assertEqual(self.waiting.mapped("state"), ["cancelled", "rejected", "held"])

    def test_what_may_be_at_spar_stays(self):
        """Its answer was lost, and it was applied: SPAR pays it, whoever decides and when."""
        self.connection.retention_days = 30
        partner = self.registrant()
        row = self.submit(partner, "1000000005")
        self.spar.next(hostile.cut_applied, "link")
        self.drain()
        partner.active = False
        self.later(10)
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "registrant_archived"))
        self._days_pass(31)
        self._let_go()
        self.assertEqual(self.held.state, "cancelled")
        self.assertEqual(row.state, "held")
        self.assertTrue(row._address())

    def test_the_days_are_a_managers_setting(self):
        with self.assertRaises(AccessError):
            self.connection.with_user(self.officer).retention_days = 30
        with self.refused(ValidationError):
            self.connection.with_user(self.manager).retention_days = -1

    def test_a_cron_sees_to_it_day_by_day(self):
        cron = self.env.ref("g2p_spar_sync.cron_retention")
        self.assertEqual((cron.interval_number, cron.interval_type), (1, "days"))
        if "numbercall" in cron._fields:
            self.assertEqual(cron.numbercall, -1)
        self.connection.retention_days = 30
        self._days_pass(31)
        cron.ir_actions_server_id.with_user(self.env.ref("base.user_root")).run()
        self.next_transaction()
        self.assertEqual(self.held.state, "cancelled")
