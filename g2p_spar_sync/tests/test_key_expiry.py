from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..models.spar_connection_expiry import ACTIVITY
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestKeyExpiry(DispatchCase):
    """A key that expires is said in time, once."""

    def setUp(self):
        super().setUp()
        self.connection.write({"wire_format": "g2p-connect", "responsible_id": self.manager.id})
        self.managed = self.connection.with_user(self.manager)
        self.managed.action_generate_key()

    def _expires_in(self, **time):
        self.connection._key_in("active").not_after = fields.Datetime.now() + timedelta(**time)
        self.env.invalidate_all()

    def _day(self):
        """The daily cron, twice: somebody may run it by hand."""
        self.env["spar.connection"]._cron_keys()
        self.env["spar.connection"]._cron_keys()
        self.env.invalidate_all()
        kind = self.env.ref(ACTIVITY)
        return self.connection.activity_ids.filtered(lambda found: found.activity_type_id == kind)

    def test_long_before(self):
        self._expires_in(days=30, hours=1)
        self.assertFalse(self._day())
        self.assertFalse(self.managed.key_warning)

    def test_one_activity_from_soon_to_expired(self):
        self._expires_in(days=29, hours=12)
        activity = self._day()
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(activity.date_deadline, (self.connection._key_end()).date())
        self.assertIn("in 29 days", activity.summary)
        self.assertIn("in 29 days", self.managed.key_warning)
        self._expires_in(seconds=-1)
        self.assertEqual(self._day(), activity)
        self.assertIn("expired on", activity.summary)
        self.assertIn("expired on", self.managed.key_warning)

    def test_done_is_done(self):
        self._expires_in(days=10)
        self._day().with_user(self.manager).action_feedback(feedback="asked")
        self.assertFalse(self._day())
        self._expires_in(seconds=-1)
        self.assertEqual(len(self._day()), 1, "that it has expired is news")
        self._day().unlink()
        self.assertFalse(self._day())

    def test_a_rotation_settles_it(self):
        self._expires_in(days=10)
        self.assertTrue(self._day())
        self.managed.action_generate_key()
        self.assertIn("Start signing", self.managed.key_warning)
        self.assertEqual(len(self._day()), 1)
        self.managed.key_ids[0].action_start_signing()
        self.assertFalse(self.managed.key_warning)
        self.assertFalse(self.connection.activity_ids)
        self.assertFalse(self._day())

    def test_how_long_before_is_a_setting(self):
        self._expires_in(days=50)
        self.assertFalse(self._day())
        self.managed.key_warning_days = 60
        self.assertTrue(self._day())
        with self.refused(ValidationError):
            self.managed.key_warning_days = 0

    def test_nobody_is_told_where_nothing_is_signed(self):
        self._expires_in(days=10)
        self.connection.wire_format = "g2p-connect-1.0"
        self.assertFalse(self._day())
        self.assertFalse(self.managed.key_warning)

    def test_keymanagers_key_too(self):
        self.connection.write(
            {
                "signer": "keymanager",
                "keymanager_url": "http://127.0.0.1:1/v1/keymanager",
                "keymanager_application": "REGISTRY",
                "keymanager_not_after": fields.Datetime.now() + timedelta(days=5, hours=1),
            }
        )
        self.assertIn("Fetch certificate", self._day().summary)
        self.connection.keymanager_not_after += timedelta(days=365)
        self.assertFalse(self._day())

    def test_who_is_told(self):
        with self.refused(ValidationError):
            self.connection.responsible_id = self.officer
        self.connection.responsible_id = False
        self._expires_in(days=10)
        told = self._day().user_id
        self.assertEqual(len(told), 1)
        self.assertTrue(told.has_group("g2p_spar_sync.group_spar_manager"))

    def test_a_key_that_expires_under_way(self):
        done = self.submit(self.registrant(), "1000000001")
        self.drain()
        self._expires_in(seconds=-1)
        row = self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual((done.state, row.state, row.attempts), ("done", "pending", 0))
        self.assertEqual(self.connection.paused_reason, "signing_key_expired")
        self.assertIn("New key", self.connection.pause_explanation)
        self.managed.action_generate_key()
        self.drain()
        self.assertEqual((row.state, self.connection.state), ("done", "running"))
        self.assertEqual(self.managed.key_ids.mapped("state"), ["active", "retired"])

    def test_a_next_key_takes_over_from_one_that_expires(self):
        self.managed.action_generate_key()
        self._expires_in(seconds=-1)
        row = self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual((row.state, self.connection.state), ("done", "running"))
        self.assertEqual(self.managed.key_ids.mapped("state"), ["active", "retired"])
