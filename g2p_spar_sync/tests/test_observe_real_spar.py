"""From observing to live against the real SPAR, seen from SPAR's own side."""

import psycopg2

from odoo.tests import tagged

from .test_real_spar import RealSparCase


@tagged("post_install", "-at_install")
class TestObserveRealSpar(RealSparCase):
    """SPAR was filled by somebody else before: some of it is the same, some differs."""

    def _sql(self, query, *params):
        connection = psycopg2.connect(self.stack["pg_dsn_spar"])
        try:
            with connection, connection.cursor() as cr:
                cr.execute(query, params)
                return cr.fetchall() if cr.description else []
        finally:
            connection.close()

    def _fill(self, partner, account):
        self._sql(
            "INSERT INTO id_fa_mappings (id_value, fa_value, active, created_at) "
            "VALUES (%s, %s, true, now())",
            partner.ref,
            f"account_number:{account}.branch_name:.branch_code:.bank_name:Test Bank"
            f".bank_code:{self.bank.spar_code}.fa_type:BANK_ACCOUNT",
        )

    def _changes(self, partners):
        """Every change that SPAR's table saw of these registrants, in order."""
        return self._sql(
            "SELECT id_value, op, substring(coalesce(fa_new, fa_old) from ':(.*?)\\.') "
            "FROM id_fa_audit WHERE id_value IN %s ORDER BY seq",
            tuple(partners.mapped("ref")),
        )

    def test_from_observing_to_live(self):
        partners = self.env["res.partner"].union(*(self.registrant() for _ in range(9)))
        same, differs, none = partners[:3], partners[3:6], partners[6:]
        for partner in same:
            self._fill(partner, "1000000001")
        for partner in differs:
            self._fill(partner, "9999999999")
        before = self._changes(partners)
        self.assertEqual(len(before), 6)
        manager = self.connection.with_user(self.manager)
        manager.mode = "observe"
        rows = {partner: self.submit(partner, "1000000001") for partner in partners}
        self.drain()
        counted = [manager[f"observed_{kind}"] for kind in ("same", "differs", "link", "waiting")]
        self.assertEqual(counted, [3, 3, 3, 0])
        adopted = self.Submission.union(*(rows[partner] for partner in same[:2]))
        adopted.with_user(self.second_officer).action_adopt()
        rows[differs[0]].with_user(self.second_officer).action_keep_spars()
        rows[differs[1]].with_user(self.second_officer).action_send_ours()
        self.drain()
        self.assertEqual(set(adopted.mapped("state")), {"done"})
        manager.invalidate_recordset()
        counted = [manager[f"observed_{kind}"] for kind in ("same", "differs", "link", "update")]
        self.assertEqual(counted, [1, 1, 3, 1])
        self.assertEqual(self._changes(partners), before, "SPAR's table saw nothing of it")
        manager.mode = "live"
        self.drain()
        self.assertEqual({rows[partner].outcome for partner in same}, {"nothing"})
        self.assertEqual({rows[partner].outcome for partner in none}, {"link"})
        self.assertEqual(
            [rows[partner].state for partner in differs], ["cancelled", "done", "conflict"]
        )
        self.assertEqual(
            sorted(self._changes(partners)[len(before) :]),
            sorted(
                [
                    (differs[1].ref, "UPDATE", "1000000001"),
                    *((partner.ref, "INSERT", "1000000001") for partner in none),
                ]
            ),
        )
        # What was adopted is known as ours: a change of it is a change, no conflict.
        change = self.submit(same[0], "1000000002")
        self.drain()
        self.assertEqual((change.state, change.outcome), ("done", "update"))
