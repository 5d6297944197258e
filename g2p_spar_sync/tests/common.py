"""What the tests share: people, a connection to a SPAR of our own, and time that passes at will."""

from contextlib import contextmanager
from itertools import count
from uuid import uuid4

import requests

from odoo import SUPERUSER_ID, api
from odoo.tests.common import TransactionCase, new_test_user
from odoo.tools import mute_logger

from ..dispatch.claim import claim
from ..dispatch.drain import Drain
from .hostile_spar import HostileSpar, travel

SPAR = "g2p_spar_sync.group_spar_"
STAFF = "base.group_user,base.group_partner_manager"
_send = requests.Session.send
_number = count(1)


class SparCase(TransactionCase):
    """Contacts that are no company are registrants of one unsigned connection."""

    @classmethod
    def _request_handler(cls, session, request, /, **kw):
        # Odoo 19's own compares the timeout with a number, and ours is a pair.
        assert request.url.startswith("http://127.0.0.1:"), request.url
        return _send(session, request, **kw)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        quiet = {"tracking_disable": True, "no_reset_password": True}
        cls.env = cls.env(context=dict(cls.env.context, **quiet))
        cls.officer = cls._user("officer")
        cls.second_officer = cls._user("officer")
        cls.viewer = cls._user("viewer")
        cls.manager = cls._user("manager")
        cls.staff = cls._user()
        cls.portal = new_test_user(cls.env, f"portal{next(_number)}", "base.group_portal")
        cls.Submission = cls.env["spar.submission"]
        # By SQL, since one over which something waits refuses to be archived.
        cls.env.cr.execute("UPDATE spar_connection SET active = false")
        cls.env.registry.clear_cache()
        cls.connection = cls.env["spar.connection"].create(
            {
                "name": "Test",
                "base_url": "http://127.0.0.1:1",
                "wire_format": "g2p-connect-1.0",
                "sender_id": "odoo-test",
                "registrant_domain": "[('is_company', '=', False)]",
                "country_id": cls.env.ref("base.ke").id,
                "read_seconds": 10,
                "lease_seconds": 60,
                "in_flight_seconds": 60,
            }
        )
        tag = uuid4().hex[:6].upper()
        cls.bank = cls.env["res.bank"].create({"name": "Test Bank", "spar_code": f"TB{tag}"})
        cls.wallet = cls.env["spar.provider"].create(
            {"name": "Test Wallet", "code": f"TW{tag}", "method": "mobile_wallet"}
        )
        cls.mailer = cls.env["spar.provider"].create(
            {"name": "Test Mail", "code": f"TM{tag}", "method": "email_wallet"}
        )

    @classmethod
    def _user(cls, role=None):
        groups = f"{STAFF},{SPAR}{role}" if role else STAFF
        return new_test_user(cls.env, f"{role or 'staff'}{next(_number)}", groups)

    @classmethod
    def registrant(cls, **vals):
        """A new contact with an id of its own."""
        unique = uuid4().hex
        return cls.env["res.partner"].create({"name": f"R {unique}", "ref": unique, **vals})

    def bank_parts(self, account, **more):
        return {
            "payment_method": "bank_account",
            "payment_provider": self.bank.spar_code,
            "payment_account": account,
            **more,
        }

    def wallet_parts(self, phone):
        return {
            "payment_method": "mobile_wallet",
            "payment_provider": self.wallet.code,
            "payment_account": phone,
        }

    def email_parts(self, email):
        return {
            "payment_method": "email_wallet",
            "payment_provider": self.mailer.code,
            "payment_account": email,
        }

    def rows(self, partners):
        """The ledger's rows of these registrants, oldest first."""
        self.env.flush_all()
        self.env.invalidate_all()
        return self.Submission.search([("partner_id", "in", partners.ids)], order="id")

    def submit(self, partner, account, user=None, **vals):
        """A bank account handed in by a row of the ledger, by default by an officer."""
        parts = self.bank_parts(account)
        row = self.Submission.with_user(user or self.officer).create(
            {"partner_id": partner.id, **parts, **vals}
        )
        return row.with_env(self.env)

    def with_number(self, number, work):
        """``work()``, whose row draws ``number``, as one that became visible late."""
        sequence = "spar_submission_id_seq"
        self.env.cr.execute("SELECT last_value FROM spar_submission_id_seq")
        [last] = self.env.cr.fetchone()
        self.env.cr.execute("SELECT setval(%s, %s, false)", (sequence, number))
        try:
            return work()
        finally:
            self.env.cr.execute("SELECT setval(%s, %s)", (sequence, last))

    @contextmanager
    def refused(self, *errors):
        """The block fails with one of ``errors``, and what it did is undone."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                yield
        except errors:
            return
        self.fail("It was not refused.")

    def next_transaction(self):
        """What was handed in so far was so in an earlier transaction (a test is one)."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE spar_submission SET txid = 0 WHERE txid = txid_current()")
        self.env.invalidate_all()
        self.env.cr.cache.clear()

    def events(self, submission):
        """Its events, oldest first, as (kind, detail)."""
        events = self.env["spar.event"].search([("submission_id", "=", submission.id)], order="id")
        return [(event.kind, event.detail) for event in events]


class DispatchCase(SparCase):
    """With a SPAR of our own, a worker's turn in the test's transaction, and a clock to turn."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.spar = HostileSpar()
        cls.addClassCleanup(cls.spar.stop)
        cls.connection.base_url = cls.spar.url

    def setUp(self):
        super().setUp()
        self.spar.reset()

    @contextmanager
    def open_env(self):
        """As a worker's own transaction, but in the test's."""
        env = api.Environment(self.env.cr, SUPERUSER_ID, {})
        env.flush_all()
        env.invalidate_all()
        with self.env.cr.savepoint():
            yield env

    @contextmanager
    def _test_mode(self):
        """Cursors of the registry are the test's own."""
        if hasattr(self, "enter_registry_test_mode"):
            with self.enter_registry_test_mode():
                yield
        else:
            self.env.flush_all()
            self.registry.enter_test_mode(self.env.cr)
            try:
                yield
            finally:
                self.registry.leave_test_mode()
                self.env.invalidate_all()

    def _claim(self):
        """(claim, reader) as a worker makes them."""
        with self.open_env() as env:
            identify, _key = env["spar.vault"]._identifier()
            connection = env["spar.connection"].browse(self.connection.id)
            return claim(env, connection, identify), connection._reader()

    def drain(self, budget=30):
        """One worker's turn; what it returns."""
        seconds = Drain(self.open_env, budget).run()
        self.next_transaction()
        return seconds

    def later(self, seconds):
        """So many seconds pass: everything that is written down lies further back."""
        self.env.flush_all()
        for table in ("spar_submission", "spar_connection", "spar_reconciliation"):
            self.env.cr.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
                "AND data_type = 'timestamp without time zone' "
                "AND column_name NOT IN ('create_date', 'write_date', 'collected_at')",
                (table,),
            )
            moved = ", ".join(
                f"{column} = {column} - make_interval(secs => %(secs)s)"
                for (column,) in self.env.cr.fetchall()
            )
            self.env.cr.execute(f"UPDATE {table} SET {moved}", {"secs": seconds})
        self.next_transaction()

    def confirmed(self, account="1000000001", **vals):
        """A registrant whose bank account is at SPAR, by us."""
        partner = self.registrant(**vals)
        row = self.submit(partner, account)
        self.drain()
        assert row.state == "done", row.state
        return partner

    def overtaken_by_a_late_one(self):
        """(registrant, its newest row): 2 travels to SPAR still, while 3 is done."""
        partner = self.confirmed("1000000001")
        self.submit(partner, "1000000002")
        self.spar.next(travel, "update")
        self.drain()
        self.later(10)
        self.drain()
        newest = self.submit(partner, "1000000003")
        self.drain()
        self.assertEqual(newest.state, "done")
        self.assertTrue(newest.recheck_at)
        return partner, newest
