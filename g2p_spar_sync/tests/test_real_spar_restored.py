"""Against the real SPAR: its table is put back by SQL, and this database by taking rows out."""

import psycopg2

from odoo.tests import tagged

from .test_real_spar import RealSparCase
from .test_reconcile import ReconcileCase


@tagged("post_install", "-at_install")
class TestRealSparRestored(RealSparCase, ReconcileCase):
    def setUp(self):
        super().setUp()
        self.env.cr.execute("UPDATE res_partner SET is_company = true")
        self.env.invalidate_all()
        self.channel.second_person = False
        self.partners = self.env["res.partner"]
        self.addCleanup(self._unlink)

    def _sql(self, statement, *parameters):
        connection = psycopg2.connect(self.stack["pg_dsn_spar"])
        try:
            with connection, connection.cursor() as cr:
                cr.execute(statement, parameters)
                return cr.fetchall() if cr.description else None
        finally:
            connection.close()

    def _unlink(self):
        self._sql(
            "DELETE FROM id_fa_mappings WHERE id_value = ANY(%s)", self.partners.mapped("ref")
        )

    def _table(self):
        """{SPAR id: account} of SPAR's own table, of our registrants"""
        return dict(
            self._sql(
                "SELECT id_value, substring(fa_value from ':(.*?)\\.') FROM id_fa_mappings "
                "WHERE id_value = ANY(%s)",
                self.partners.mapped("ref"),
            )
        )

    def _registrants(self, count):
        partners = self.env["res.partner"].union(*(self.registrant() for _ in range(count)))
        for partner in partners:
            self.submit(partner, "1000000001")
        self.drain()
        self.partners |= partners
        return partners

    def test_spar_is_put_back_and_rebuilt(self):
        lost, older, kept, foreign = self._registrants(4)
        before = self._sql(
            "SELECT id_value, fa_value FROM id_fa_mappings WHERE id_value = ANY(%s)",
            self.partners.mapped("ref"),
        )
        self.submit(older, "1000000002")
        self.drain()
        truth = self._table()
        # Last week's table: one is not in it yet, one has its old value, one was never ours.
        for spar_id, fa in before:
            self._sql("UPDATE id_fa_mappings SET fa_value = %s WHERE id_value = %s", fa, spar_id)
        self._sql("DELETE FROM id_fa_mappings WHERE id_value = %s", lost.ref)
        self._sql(
            "UPDATE id_fa_mappings SET fa_value = replace(fa_value, '1000000001', '7777777777') "
            "WHERE id_value = %s",
            foreign.ref,
        )
        self.connection.with_user(self.manager).action_spar_restored()
        self.work()
        run = self.runs.search([("connection_id", "=", self.connection.id)], limit=1)
        self.assertEqual(run.found, {"missing": 1, "older": 1, "elsewhere": 1})
        run.with_user(self.officer).action_send_all()
        self.work()
        self.drain()
        self.assertEqual(self._table(), {**truth, foreign.ref: "7777777777"})
        self.assertEqual(self.kinds(self.partners), ["elsewhere"])
        self.assertEqual(self._table()[kept.ref], "1000000001")

    def test_this_registry_is_put_back_and_undoes_nothing(self):
        partner, other = self._registrants(2)
        reborn = self.submit(partner, "1000000002")
        self.env.cr.execute("SELECT last_value FROM spar_submission_id_seq")
        [last] = self.env.cr.fetchone()
        # What this database loses: SPAR got both, and a first address of somebody.
        self._sql(
            "UPDATE id_fa_mappings SET fa_value = replace(fa_value, '1000000001', '1000000003') "
            "WHERE id_value = %s",
            partner.ref,
        )
        truth = self._table()
        self.connection.with_user(self.manager).action_registry_restored()
        self.drain()
        self.work()
        self.assertEqual(self.kinds(self.partners), ["elsewhere"])
        self.connection.with_user(self.manager).action_resume()
        self.drain()
        self.assertEqual(self._table(), truth)
        self.assertEqual((reborn.state, reborn.hold_reason), ("held", "restored"))
        reborn.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual((reborn.state, self._table()), ("conflict", truth))
        fresh = self.submit(other, "1000000004")
        self.drain()
        self.assertGreater(fresh.id, last + 1000)
        self.assertEqual(self._table(), {**truth, other.ref: "1000000004"})
