"""Rows from an outside program, over a database connection of its own.

What is committed here is taken out again at the end, by the tables' owner.
"""

import json
import os
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg2
from psycopg2.errors import InsufficientPrivilege

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import get_db_name, tagged
from odoo.tests.common import BaseCase

ROWS = "SELECT * FROM spar_submission WHERE partner_id = ANY(%s)"


@tagged("post_install", "-at_install", "standard")
class TestOutsideRole(BaseCase):
    """A program with a role of its own inserts the input columns, and can do nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        endpoints = os.environ.get("SPAR_STACK_ENDPOINTS")
        if not endpoints or not Path(endpoints).exists():
            cls.skipTest(cls, "there is no stack with a role for self-service")
        dsn = json.loads(Path(endpoints).read_text())["pg_dsn_selfservice"]
        parts = urlsplit(dsn)
        cls.dsn = urlunsplit(parts._replace(path=f"/{get_db_name()}"))
        cls.role = parts.username
        cls.registry = Registry(get_db_name())
        cls.unique = uuid4().hex
        with cls._committed() as env:
            cls.partner = env["res.partner"].create({"name": cls.unique, "ref": cls.unique}).id
            channel = env["spar.channel"].search([("code", "=", "selfservice")])
            cls.role_before = channel.db_role
            channel.db_role = cls.role
            cls.others = env["spar.connection"].search([]).ids
            env.cr.execute("UPDATE spar_connection SET active = false")
            cls.connection = (
                env["spar.connection"]
                .create(
                    {
                        "name": cls.unique,
                        "base_url": "http://127.0.0.1:1",
                        "sender_id": "x",
                        "registrant_domain": "[('is_company', '=', False)]",
                        "country_id": env.ref("base.ke").id,
                    }
                )
                .id
            )
            cls.provider = env["spar.provider"].create({"name": "T", "code": cls.unique[:8]}).id
        cls.addClassCleanup(cls._remove)

    @classmethod
    @contextmanager
    def _committed(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    @classmethod
    def _remove(cls):
        with cls._committed() as env:
            for table in ("spar_event", "spar_submission"):
                env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            env.cr.execute(
                "DELETE FROM spar_event WHERE partner_id = %(partner)s OR submission_id IN ("
                "SELECT id FROM spar_submission WHERE partner_id = %(partner)s"
                " OR origin_ref LIKE %(mark)s)",
                {"partner": cls.partner, "mark": f"{cls.unique}%"},
            )
            env.cr.execute(
                "DELETE FROM spar_submission WHERE partner_id = %s OR origin_ref LIKE %s",
                (cls.partner, f"{cls.unique}%"),
            )
            for table in ("spar_event", "spar_submission"):
                env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            env["spar.channel"].search([("code", "=", "selfservice")]).db_role = cls.role_before
            env.cr.execute(
                "UPDATE spar_connection SET active = true WHERE id = ANY(%s)", (cls.others,)
            )
            env["spar.connection"].browse(cls.connection).unlink()
            env["spar.provider"].browse(cls.provider).unlink()
            env["res.partner"].browse(cls.partner).unlink()

    @contextmanager
    def _outside(self):
        connection = psycopg2.connect(self.dsn)
        try:
            with connection, connection.cursor() as cr:
                yield cr
        finally:
            connection.close()

    def _insert(self, **vals):
        """What the outside program does; the row's number."""
        columns = {
            "partner_id": self.partner,
            "payment_method": "mobile_wallet",
            "payment_provider": self.unique[:8],
            "payment_account": "+254712345678",
            "origin_ref": f"{self.unique}{uuid4().hex}",
            **vals,
        }
        names = ", ".join(columns)
        marks = ", ".join(["%s"] * len(columns))
        with self._outside() as cr:
            cr.execute(
                f"INSERT INTO spar_submission ({names}) VALUES ({marks}) RETURNING id",
                list(columns.values()),
            )
            return cr.fetchone()[0]

    def _judged(self, number):
        """The row as the dispatcher leaves it, read as a dict."""
        with self._committed() as env:
            env["spar.submission"]._judge_new(500)
        with self._committed() as env:
            env.cr.execute("SELECT to_jsonb(s) FROM spar_submission s WHERE id = %s", (number,))
            return env.cr.fetchone()[0]

    def test_a_row_is_judged_and_sealed(self):
        number = self._insert(actor="citizen portal", collected_at="2025-01-02 03:04:05")
        with self._committed() as env:
            row = env["spar.submission"].browse(number)
            self.assertEqual((row.state, row.channel, row.way), ("new", "selfservice", "row"))
            self.assertEqual(row.payment_account, "+254712345678")
        row = self._judged(number)
        self.assertEqual((row["state"], row["channel"]), ("pending", "selfservice"))
        self.assertIsNone(row["payment_account"])
        self.assertEqual(row["actor"], "citizen portal")
        self.assertEqual(row["account_mask"], "+254 •••• 678")
        self.assertNotIn("712345678", json.dumps(row))

    def test_bad_data_is_held_and_no_error(self):
        for vals, reason in (
            ({"payment_account": "N/A"}, "phone_malformed"),
            ({"payment_method": "cash"}, "method_unknown"),
            ({"payment_account": None}, "account_missing"),
            ({"payment_provider": "x" * 5000}, "provider_unknown"),
            ({"operation": "destroy", "payment_account": "1.2E+10"}, "spreadsheet_number"),
            ({"partner_id": 2147483647}, "registrant_unknown"),
            ({"partner_id": None}, "registrant_unknown"),
        ):
            with self.subTest(reason):
                row = self._judged(self._insert(**vals))
                self.assertEqual((row["state"], row["hold_reason"]), ("held", reason))
                self.assertIsNone(row["payment_account"])
                self.assertEqual(row["operation"], "set")

    def test_only_the_inputs_may_be_filled_in(self):
        for column, value in {
            "state": "done",
            "channel": "backend",
            "confirmed": True,
            "released_by": 2,
            "id": 1,
            "address_hash": "x",
            "shown_hash": "x",
            "txid": 1,
        }.items():
            with self.subTest(column), self.assertRaises(InsufficientPrivilege):
                self._insert(**{column: value})

    def test_nothing_else_is_allowed(self):
        self._insert()
        for statement in (
            "SELECT * FROM spar_submission",
            "SELECT payment_account FROM spar_submission",
            "SELECT count(address_sealed) FROM spar_submission",
            "UPDATE spar_submission SET payment_account = 'x'",
            "DELETE FROM spar_submission",
            "TRUNCATE spar_submission",
            "SELECT * FROM spar_event",
            "INSERT INTO spar_event (kind, at) VALUES ('revealed', now())",
            "SELECT * FROM res_partner",
            "SELECT wrapped FROM spar_vault",
            "SELECT wrapped FROM spar_key_secret",
            "SELECT setval('spar_submission_id_seq', 1)",
            "ALTER TABLE spar_submission DISABLE TRIGGER USER",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(InsufficientPrivilege),
                self._outside() as cr,
            ):
                cr.execute(statement)
        with self._outside() as cr:
            cr.execute("SELECT count(id) FROM spar_submission")

    def test_the_role_is_taken_back(self):
        with self._committed() as env:
            channel = env["spar.channel"].search([("code", "=", "selfservice")])
            channel.db_role = False
        try:
            with self.assertRaises(InsufficientPrivilege):
                self._insert()
        finally:
            with self._committed() as env:
                env["spar.channel"].browse(channel.id).db_role = self.role
        self._insert()
