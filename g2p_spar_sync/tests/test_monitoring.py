import json
from unittest.mock import patch

import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import hooks
from ..models import ledger_schema, spar_monitoring
from . import hostile_spar as hostile
from .common import DispatchCase

COUNTS = ("pending", "sending", "held", "waits_for_id", "conflict", "rejected")


@tagged("post_install", "-at_install")
class TestMonitoring(DispatchCase):
    """The views tell what waits, since when, and that the engine runs; nothing of anybody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.before = cls._read(cls, "spar_monitoring_totals")

    def _read(self, view, where="TRUE"):
        self.env.flush_all()
        self.env.cr.execute(f"SELECT * FROM {view} WHERE {where}")
        return self.env.cr.dictfetchone()

    def _mine(self):
        return self._read("spar_monitoring", f"connection_id = {self.connection.id}")

    def _counts(self, row):
        return {name: row[name] for name in COUNTS if row[name]}

    def _more(self):
        """By how much the totals grew in this test."""
        now = self._read("spar_monitoring_totals")
        return {name: now[name] - self.before[name] for name in COUNTS if now[name]} | {
            "new": now["new"] - self.before["new"]
        }

    def test_a_quiet_connection(self):
        self.assertEqual(
            {key: value for key, value in self._mine().items() if value},
            {"connection_id": self.connection.id, "connection": "Test", "running": 1},
        )
        self.assertIsNone(self._mine()["last_success_seconds"])

    def test_each_state_is_counted_once(self):
        done = self.confirmed()
        self.spar.table[done.ref] = self.spar.table[done.ref].replace("1000000001", "998877")
        self.submit(done, "1000000002")
        refused = self.registrant()
        self.submit(refused, "1000000003")
        self.spar.refused[refused.ref] = "rjct.some.code"
        self.submit(self.registrant(ref=False), "1000000004")
        self.submit(self.registrant(), "N/A")
        self.drain()
        self.submit(self.registrant(), "1000000005")
        leased = self.submit(self.registrant(), "1000000006")
        self.env["spar.submission"]._lease(
            "token", "2020-01-01 00:00:00", self.connection, {leased.id: leased.partner_id.ref}
        )
        wanted = dict.fromkeys(COUNTS, 1)
        self.assertEqual(self._counts(self._mine()), wanted)
        self.assertEqual({name: more for name, more in self._more().items() if more}, wanted)
        self.assertEqual(self._read("spar_monitoring_totals")["leases_overdue"], 1)

    def test_what_belongs_to_no_connection_is_in_the_totals(self):
        self.env.cr.execute("INSERT INTO spar_submission (payment_account) VALUES ('1')")
        self.assertEqual(self._more()["new"], 1)
        self.connection.active = False
        self.submit(self.registrant(), "1000000001")
        self.assertEqual(self._more()["held"], 1)
        self.assertIsNone(self._mine())

    def test_ages(self):
        self.confirmed()
        self.submit(self.registrant(), "1000000002")
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE spar_submission DISABLE TRIGGER USER; "
            "UPDATE spar_submission SET create_date = create_date - interval '10 minutes'; "
            "ALTER TABLE spar_submission ENABLE TRIGGER USER"
        )
        self.later(1200)
        self.connection.action_generate_key()
        row, totals = self._mine(), self._read("spar_monitoring_totals")
        for seconds, least in (
            (row["oldest_open_seconds"], 600),
            (totals["oldest_open_seconds"], 600),
            (row["last_success_seconds"], 1200),
            (row["signing_key_expires_seconds"], 700 * 86400),
        ):
            self.assertGreaterEqual(seconds, least)
            self.assertLess(seconds, least + 60 * 86400)

    def test_a_key_in_keymanager_expires_too(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE spar_connection SET signer = 'keymanager', "
            "keymanager_not_after = now() AT TIME ZONE 'UTC' + interval '1 hour' WHERE id = %s",
            (self.connection.id,),
        )
        self.assertIn(self._mine()["signing_key_expires_seconds"], range(3500, 3601))

    def test_pauses(self):
        self.submit(self.registrant(), "1000000001")
        self.spar.always["link"] = hostile.bad_signature
        self.drain()
        self.later(60)
        row = self._mine()
        self.assertEqual((row["running"], row["paused_seconds"]), (0, 0))
        self.assertEqual(row["reason"], "rjct.jwt.invalid")
        self.assertGreaterEqual(row["waiting_seconds"], 60)
        self.connection.with_user(self.manager).action_pause()
        self.later(60)
        row = self._mine()
        self.assertEqual((row["running"], row["waiting_seconds"]), (0, 0))
        self.assertGreaterEqual(row["paused_seconds"], 60)

    def test_the_sweeper_and_the_queue(self):
        cron = self.env.ref("g2p_spar_sync.cron_sweep")
        self.env.cr.execute(
            "UPDATE ir_cron SET lastcall = now() AT TIME ZONE 'UTC' - interval '5 minutes' "
            "WHERE id = %s",
            (cron.id,),
        )
        self.env["spar.dispatcher"]._enqueue()
        self.env["spar.dispatcher"]._enqueue(seconds=3600)
        row = self._read("spar_monitoring_totals")
        self.assertIn(row["sweeper_seconds"], range(300, 330))
        self.assertEqual(row["sweeper_active"], int(cron.active))
        self.assertEqual(row["jobs_due"] - self.before["jobs_due"], 1, "a later one is not due")

    def test_settled_rows_are_never_walked_through(self):
        """Every access to the ledger goes by an index that leaves settled rows out."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("SET LOCAL enable_bitmapscan = off")
        self.env.cr.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'spar_submission' "
            "AND (indexdef LIKE '% WHERE %' OR indexname = 'spar_submission_pkey')"
        )
        small = {name for [name] in self.env.cr.fetchall()}
        for view in spar_monitoring.VIEWS:
            self.env.cr.execute(f"EXPLAIN (FORMAT JSON) SELECT * FROM {view}")
            [[plan]] = self.env.cr.fetchall()
            nodes = [
                node
                for node in self._nodes(plan[0]["Plan"])
                if node.get("Relation Name") == "spar_submission"
            ]
            self.assertTrue(nodes)
            for node in nodes:
                condition = node.get("Index Cond", "")
                # One row by its number: on a table this small any index that holds it will do.
                by_state = "state" in condition or condition.startswith("(id = ")
                self.assertTrue(by_state or node.get("Index Name") in small, json.dumps(node))

    def _nodes(self, plan):
        yield plan
        for part in plan.get("Plans", ()):
            yield from self._nodes(part)

    def test_nothing_of_anybody_is_in_them(self):
        for view in spar_monitoring.VIEWS:
            self.env.cr.execute(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_name = %s AND data_type NOT IN ('integer', 'bigint')",
                (view,),
            )
            texts = {name for [name] in self.env.cr.fetchall()}
            self.assertLessEqual(texts, {"connection", "reason"})

    def _granted(self):
        self.env.cr.execute(
            "SELECT grantee FROM information_schema.role_table_grants "
            "WHERE table_name = 'spar_monitoring' AND grantee <> current_user"
        )
        return [name for [name] in self.env.cr.fetchall()]

    def test_who_could_read_them_still_can_after_an_update(self):
        self.env.cr.execute("SELECT rolname FROM pg_roles WHERE NOT rolsuper AND rolcanlogin")
        others = {name for [name] in self.env.cr.fetchall()}
        self.env.cr.execute("SELECT current_user")
        others -= {self.env.cr.fetchone()[0]}
        if not others:
            self.skipTest("the server has no other role")
        role = sorted(others)[0]
        self.env.cr.execute(f'GRANT SELECT ON spar_monitoring TO PUBLIC, "{role}"')
        self.env["spar.monitoring"].init()
        self.assertEqual(sorted(self._granted()), sorted(["PUBLIC", role]))

    def test_a_role_whose_name_is_no_word(self):
        role = "grafana@100%.example"
        with (
            patch.object(spar_monitoring, "_readers", return_value=[("spar_monitoring", role)]),
            self.assertRaisesRegex(psycopg2.errors.UndefinedObject, f'"{role}" does not exist'),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env["spar.monitoring"].init()

    def test_uninstalling_takes_them_out(self):
        hooks.uninstall_hook(self.env)
        for view in spar_monitoring.VIEWS:
            with self.refused(psycopg2.errors.UndefinedTable):
                self.env.cr.execute(f"SELECT * FROM {view}")
        ledger_schema.install(self.env.cr)
        self.env["spar.monitoring"].init()
        self.assertTrue(self._mine())
