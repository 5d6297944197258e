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
