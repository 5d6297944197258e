"""Two workers on two real connections. What is committed is taken out by the tables' owner."""

import random
from contextlib import contextmanager
from uuid import uuid4

import requests

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import get_db_name, tagged
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from ..dispatch.claim import claim
from ..dispatch.drain import Drain
from ..dispatch.unforeseen import COLLISIONS
from ..models.channel_marks import BACKEND, CONTEXT_KEY
from .hostile_spar import HostileSpar

_send = requests.Session.send


class ConcurrentCase(BaseCase):
    """Twelve registrants of one connection, committed."""

    @classmethod
    def _request_handler(cls, session, request, /, **kw):
        assert request.url.startswith("http://127.0.0.1:"), request.url
        return _send(session, request, **kw)

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.spar = HostileSpar()
        self.addCleanup(self.spar.stop)
        with self.open_env() as env:
            self.others = env["spar.connection"].search([]).ids
            env.cr.execute("UPDATE spar_connection SET active = false")
            connection = env["spar.connection"].create(
                {
                    "name": uuid4().hex,
                    "base_url": self.spar.url,
                    "wire_format": "g2p-connect-1.0",
                    "sender_id": "x",
                    "registrant_domain": "[('is_company', '=', False)]",
                    "batch_size": 3,
                }
            )
            bank = env["res.bank"].create({"name": "T", "spar_code": uuid4().hex[:8]})
            partners = env["res.partner"].create(
                [{"name": uuid4().hex, "ref": uuid4().hex} for _ in range(12)]
            )
            self.connection, self.bank, self.partners = connection.id, bank.id, partners.ids
        self.addCleanup(self._remove)

    @contextmanager
    def open_env(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {CONTEXT_KEY: BACKEND})

    def _remove(self):
        self._forget()
        with self.open_env() as env:
            env["spar.connection"].browse(self.connection).unlink()
            env.cr.execute(
                "UPDATE spar_connection SET active = true WHERE id = ANY(%s)", (self.others,)
            )
            env["res.bank"].browse(self.bank).unlink()
            env["res.partner"].browse(self.partners).unlink()
            env["queue.job"].search(
                [("model_name", "=", "spar.dispatcher"), ("state", "=", "pending")]
            ).unlink()

    def _submit(self, accounts):
        """One row for each registrant and account, each account in a transaction of its own."""
        for account in accounts:
            with self.open_env() as env:
                env["spar.submission"].create(
                    [
                        {
                            "partner_id": partner,
                            "payment_method": "bank_account",
                            "payment_provider": env["res.bank"].browse(self.bank).spar_code,
                            "payment_account": account,
                        }
                        for partner in self.partners
                    ]
                )

    def _forget(self):
        """The registrants' submissions never were."""
        with self.open_env() as env:
            for table in ("spar_event", "spar_submission"):
                env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                env.cr.execute(f"DELETE FROM {table} WHERE partner_id = ANY(%s)", (self.partners,))
                env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@tagged("post_install", "-at_install", "standard")
class TestClaimConcurrent(ConcurrentCase):
    """Workers that meet neither take the same line nor turn its order."""

    def _claim(self, env):
        identify, _key = env["spar.vault"]._identifier()
        batch = claim(env, env["spar.connection"].browse(self.connection), identify)
        return {line.submission_id for line in batch.lines} if batch else set()

    def test_what_one_holds_the_other_skips(self):
        self._submit(["1000000001"])
        with self.open_env() as one:
            first = self._claim(one)
            with self.open_env() as other:
                second = self._claim(other)
        self.assertEqual((len(first), len(second)), (3, 3))
        self.assertTrue(first.isdisjoint(second))

    def test_the_follower_of_what_another_holds_is_not_taken(self):
        self._submit(["1000000001", "1000000002"])
        taken = set()
        with self.open_env() as one:
            taken |= self._claim(one)
        for _ in range(6):
            with self.open_env() as other:
                taken |= self._claim(other)
        with self.open_env() as env:
            rows = env["spar.submission"].browse(taken)
            self.assertEqual(len(rows), 12, "one of each registrant")
            self.assertEqual(len(rows.partner_id), 12)
            older = env["spar.submission"].search([("partner_id", "in", self.partners)], order="id")
            self.assertEqual(rows.sorted("id"), older[:12])

    def test_workers_that_take_turns_anywhere(self):
        """After any transaction of one worker, another may run, and another within that one."""
        accounts = [f"100000000{n}" for n in range(1, 6)]
        self._submit(accounts)
        dice, depth = random.Random(4711), []

        @contextmanager
        def interrupted():
            with self.open_env() as env:
                yield env
            if len(depth) < 3 and dice.random() < 0.4:
                depth.append(1)
                Drain(interrupted, 60).run()
                depth.pop()

        Drain(interrupted, 60).run()
        Drain(self.open_env, 60).run()
        with self.open_env() as env:
            rows = env["spar.submission"].search([("partner_id", "in", self.partners)])
            self.assertEqual(set(rows.mapped("state")), {"done"})
            self.assertEqual(len(rows.filtered("confirmed")), 12)
            for partner in rows.partner_id:
                sent = [account for _operation, account in self.spar.writes(partner.ref)]
                self.assertEqual(sent, accounts, "each once, in order")

    def test_one_that_cannot_see_the_others_claim_yet(self):
        """Its snapshot is older than the other's commit: it loses, and tries again."""
        self._submit(["1000000001", "1000000002"])
        with self.open_env() as one, mute_logger("odoo.sql_db"):
            one.cr.execute("SELECT 1")
            with self.open_env() as other:
                first = self._claim(other)
            with self.assertRaises(COLLISIONS):
                self._claim(one)
            one.cr.rollback()
            self.assertTrue(first.isdisjoint(self._claim(one)))
