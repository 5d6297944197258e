from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.tools import database_now
from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestDecidedTooLate(DispatchCase):
    """Decisions about what may be at SPAR, or is on its way there again."""

    def _at(self, ref):
        return hostile.account(self.spar.table.get(ref))

    def test_a_late_look_leaves_alone_what_is_on_its_way(self):
        partner = self.confirmed("1000000001")
        older = self.submit(partner, "1000000002")
        self.spar.next(hostile.travel, "update")
        self.drain()
        self.later(10)
        self.drain()
        newest = self.submit(partner, "1000000003")
        self.drain()
        newest._send_again({newest.id: ""}, self.manager)
        self._claim()
        self.assertEqual(newest.state, "sending")
        with self.open_env() as env:
            env["spar.submission"].browse(newest.id)._rechecked(
                older.address_hash, database_now(env.cr)
            )
        self.assertEqual(newest.state, "sending")

    def test_the_databases_clock_says_whether_it_may_still_arrive(self):
        row = self.submit(self.registrant(), "1000000001")
        self.spar.always["link"] = hostile.cut
        self.drain()
        self.assertTrue(row.suspect_until)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=10)):
            with self.assertRaises(UserError):
                row.with_user(self.officer).action_cancel()

    def test_a_held_one_that_arrived_cannot_be_cancelled(self):
        partner = self.registrant()
        row = self.submit(partner, "1000000001")
        self.submit(self.registrant(), "1000000009")

        def applied_html(handler, operation, rows):
            handler.spar.work(operation, rows)
            hostile.html(handler, operation, rows)

        self.spar.next(applied_html, "link")
        self.drain()
        self.assertEqual(
            (row.state, bool(row.sent_at), row.suspect_until), ("pending", True, False)
        )
        partner.active = False
        self.later(200)
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "registrant_archived"))
        self.assertEqual(self._at(partner.ref), "1000000001")
        with self.assertRaises(UserError):
            row.with_user(self.officer).action_cancel()

    def test_what_a_restore_holds_can_be_cancelled(self):
        """Its comparison has shown what SPAR holds, so nothing is asked."""
        partner = self.confirmed("1000000001", ref="one")
        removal = self.submit(partner, "1000000001", operation="remove")
        self.spar.always["unlink"] = hostile.unavailable
        self.drain()
        self.assertTrue(removal.spar_id)
        self.Submission._hold_reborn(self.connection, removal.id, 100)
        self.next_transaction()
        del self.spar.table["one"]
        removal.with_user(self.officer).action_cancel()
        self.assertEqual(removal.state, "cancelled")
