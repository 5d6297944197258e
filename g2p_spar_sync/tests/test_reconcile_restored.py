from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import file_open

from . import hostile_spar as hostile
from .test_reconcile import FOREIGN, ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileRestored(ReconcileCase):
    """SPAR, or this database, is back at what it was a week ago."""

    def setUp(self):
        super().setUp()
        self.env.cr.execute("UPDATE res_partner SET is_company = true")
        self.env.invalidate_all()

    def _run(self, purpose):
        return self.runs.search(
            [("connection_id", "=", self.connection.id), ("purpose", "=", purpose)], limit=1
        )

    def test_spar_restored(self):
        lost, older, kept, removed, foreign = (self.confirmed() for _ in range(5))
        week_ago = dict(self.spar.table)
        self.submit(older, "1000000002")
        self.submit(removed, "1000000001", operation="remove")
        late = self.confirmed("1000000005")
        self.drain()
        self.spar.table = {key: fa for key, fa in week_ago.items() if key != lost.ref}
        self.put(foreign, "7777777777")
        with self.assertRaises(UserError):
            self.connection.with_user(self.officer).sudo(False).action_spar_restored()
        self.connection.with_user(self.manager).action_spar_restored()
        self.work()
        run = self._run("spar_restored")
        self.assertEqual((run.state, run.done), ("done", 6))
        self.assertEqual(run.found, {"missing": 2, "older": 2, "elsewhere": 1})
        self.drain()
        self.assertEqual(self.account(older), "1000000001", "nobody decided yet")
        run.with_user(self.officer).action_send_all()
        self.assertEqual(run.state, "done", "a manager is not thereby the first officer")
        run.with_user(self.second_officer).action_send_all()
        self.work()
        self.drain()
        self.assertEqual(run.state, "done")
        self.assertEqual(
            [self.account(p) for p in (lost, older, kept, removed, late, foreign)],
            ["1000000001", "1000000002", "1000000001", None, "1000000005", "7777777777"],
        )
        self.assertEqual(self.kinds(lost | older | kept | removed | late), [])
        self.assertEqual(self.kinds(foreign), ["elsewhere"])

    def test_spar_restored_while_changes_come_in(self):
        """A newer address that came in meanwhile is not overwritten by the one being rebuilt."""
        partner, other = self.confirmed(), self.confirmed()
        self.spar.table.clear()
        self.connection.with_user(self.manager).action_spar_restored()
        self.work()
        newer = self.submit(partner, "1000000009")
        run = self._run("spar_restored")
        run.with_user(self.officer).action_send_all()
        run.with_user(self.second_officer).action_send_all()
        self.work()
        self.drain()
        self.assertEqual(self.account(other), "1000000001")
        self.assertEqual((newer.state, newer.hold_reason), ("conflict", "gone"))
        self.line_of(partner).action_send_ours()
        self.line_of(partner, self.second_officer).action_send_ours()
        self.drain()
        self.assertEqual((self.account(partner), newer.state), ("1000000001", "conflict"))

    def _week_passes(self, forget):
        """``forget()`` makes rows that the backup does not have; this database loses them."""
        self.env.cr.execute("SELECT last_value FROM spar_submission_id_seq")
        [last] = self.env.cr.fetchone()
        states = self.Submission.search([]).read(["state", "confirmed", "sent_at"])
        sealed = {row.id: row.sudo().address_sealed for row in self.Submission.search([])}
        forget()
        self.next_transaction()
        cr = self.env.cr
        for table in ("spar_event", "spar_submission"):
            cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cr.execute("DELETE FROM spar_event WHERE submission_id > %s", (last,))
        cr.execute("DELETE FROM spar_submission WHERE id > %s", (last,))
        for row in states:
            cr.execute(
                "UPDATE spar_submission SET state = %s, confirmed = %s, address_sealed = %s, "
                "settled_at = CASE WHEN %s = 'done' THEN settled_at END, sent_at = %s "
                "WHERE id = %s",
                (
                    row["state"],
                    row["confirmed"],
                    sealed[row["id"]],
                    row["state"],
                    row["sent_at"] or None,
                    row["id"],
                ),
            )
        for table in ("spar_event", "spar_submission"):
            cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cr.execute("SELECT setval('spar_submission_id_seq', %s)", (last,))
        self.env.invalidate_all()

    def _told_by_sql(self):
        self.env.flush_all()
        with file_open("g2p_spar_sync/data/registry_restored.sql") as handle:
            self.env.cr.execute(handle.read())
        self.env.invalidate_all()
        self.connection._reconcile_restored()

    def test_registry_restored(self):
        changed, sent, cancelled, untouched = (self.confirmed() for _ in range(4))
        first = self.registrant()
        reborn = {
            name: self.submit(partner, "1000000002")
            for name, partner in (("sent", sent), ("cancelled", cancelled), ("first", first))
        }
        lost = self.registrant()

        def forget():
            reborn["cancelled"].with_user(self.officer).action_cancel()
            self.drain()
            self.submit(changed, "1000000003")
            self.submit(first, "1000000004")
            self.submit(lost, "1000000005")
            self.drain()

        self._week_passes(forget)
        at_spar = dict(self.spar.table)
        self.assertEqual(reborn["cancelled"].state, "pending")
        self._told_by_sql()
        self.drain()
        self.assertEqual(
            set(self.Submission.browse([r.id for r in reborn.values()]).mapped("state")),
            {"pending"},
        )
        manager = self.connection.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "restored"):
            manager.action_resume()
        manager.action_pause()
        with self.assertRaisesRegex(UserError, "restored"):
            manager.action_resume()
        self.work()
        run = self._run("registry_restored")
        self.assertEqual((run.state, self.connection.state), ("done", "paused"))
        self.assertEqual(reborn["cancelled"].hold_reason, "restored")
        manager.action_resume()
        self.drain()
        self.assertEqual(self.spar.table, at_spar, "nothing was undone")
        self.assertEqual((reborn["sent"].state, reborn["sent"].outcome), ("done", "nothing"))
        self.assertEqual((reborn["cancelled"].state, reborn["first"].state), ("held", "held"))
        self.assertEqual(self.kinds(changed | lost), ["elsewhere", "unknown"])
        self.assertFalse(self.kinds(untouched | cancelled | sent))

        # What comes in now has a number that nobody drew before.
        fresh = self.submit(untouched, "1000000006")
        self.assertGreater(fresh.id, 1_000_000)
        self.drain()
        self.assertEqual(self.account(untouched), "1000000006")
        # The one that was first in the backup is no longer the newest at SPAR.
        reborn["first"].with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual((reborn["first"].state, self.account(first)), ("conflict", "1000000004"))

        run.with_user(self.officer).action_accept_all()
        self.assertEqual(run.state, "done", "another officer decides it")
        run.with_user(self.second_officer).action_accept_all()
        self.work()
        self.assertFalse(self.kinds(changed | lost))
        change = self.submit(changed, "1000000007")
        self.drain()
        self.assertEqual((change.state, self.account(changed)), ("done", "1000000007"))
        with self.assertRaises(UserError):
            run.with_user(self.second_officer).action_send_all()

    def test_even_where_policy_overwrites(self):
        """A row of the backup, released by a person, never overwrites what it does not know."""
        self.env["spar.channel"].search([]).write({"on_conflict": "overwrite"})
        partner = self.confirmed()
        reborn = self.submit(partner, "1000000002")

        def forget():
            self.submit(partner, "1000000003")
            self.drain()

        self._week_passes(forget)
        self._told_by_sql()
        self.work()
        self.connection.with_user(self.manager).action_resume()
        reborn.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual((reborn.state, self.account(partner)), ("conflict", "1000000003"))

    def test_the_same_origin_comes_in_again(self):
        partner, vals = self.confirmed(), {"origin_ref": "request-1"}
        self._week_passes(lambda: (self.submit(partner, "1000000002", **vals), self.drain()))
        self._told_by_sql()
        self.work()
        self.connection.with_user(self.manager).action_resume()
        again = self.submit(partner, "1000000002", **vals)
        self.drain()
        self.assertEqual((again.state, again.outcome), ("done", "nothing"))

    def test_what_might_land_late_has_landed(self):
        """A recheck of the backup does not put back what was replaced in the time that was lost."""
        partner = self.confirmed("1000000001")
        self.submit(partner, "1000000002")
        self.spar.next(hostile.cut, "update")
        self.drain()
        self.later(10)
        self.drain()
        self.assertTrue(self.rows(partner)[-1].recheck_at)
        self.put(partner, "1000000001")
        self._told_by_sql()
        self.work()
        self.connection.with_user(self.manager).action_resume()
        self.later(3600)
        self.drain()
        self.assertEqual(self.account(partner), "1000000001")
        self.assertEqual(self.kinds(partner), ["older"])

    def test_what_nobody_saw_when_spars_was_accepted(self):
        """A long import becomes visible after it: it is not lost."""
        self.channel.second_person = False
        partner = self.confirmed()
        self.env.cr.execute("SELECT nextval('spar_submission_id_seq')")
        [drawn] = self.env.cr.fetchone()
        self.put(partner, "7777777777")
        self.compare(partner)
        self.line_of(partner).action_accept_spars()
        late = self.with_number(drawn, lambda: self.submit(partner, "1000000002"))
        self.drain()
        self.assertEqual((late.state, late.hold_reason), ("held", "accepted_since"))
        late.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(self.account(partner), "1000000002")

    def test_waits_for_an_id_no_more(self):
        partner = self.registrant(ref=False)
        row = self.submit(partner, "1000000001")
        self.drain()
        self.assertTrue(row.waits_for_id)
        self._told_by_sql()
        self.work()
        self.connection.with_user(self.manager).action_resume()
        partner.ref = "came-later"
        self.drain()
        self.assertEqual((row.state, row.hold_reason, self.spar.table), ("held", "restored", {}))

    def test_told_twice_and_by_the_button(self):
        self._told_by_sql()
        self._told_by_sql()
        manager = self.connection.with_user(self.manager)
        manager.action_registry_restored()
        runs = self.runs.search(
            [("connection_id", "=", self.connection.id), ("state", "=", "running")]
        )
        self.assertEqual(len(runs), 1)
        self.assertIn("restored from a backup", manager.pause_explanation)

    def test_not_compared_while_spar_is_away(self):
        partner = self.confirmed()
        self.spar.table[partner.ref] = FOREIGN
        self.connection.with_user(self.manager).action_registry_restored()
        self.spar.always["resolve"] = hostile.unavailable
        self.work()
        self.assertFalse(self.kinds(partner))
        with self.assertRaises(UserError):
            self.connection.with_user(self.manager).action_resume()
        self.spar.always.clear()
        self.later(60)
        self.work()
        self.assertEqual(self.kinds(partner), ["elsewhere"])
        self.connection.with_user(self.manager).action_resume()

    def test_a_dump_in_another_place_is_compared_first(self):
        home = dict(self.connection.home_database)
        self.connection.write({"home_database": {**home, "oid": 1}})
        row = self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual(self.connection.paused_reason, "database_copied")
        self.connection.with_user(self.manager).action_confirm_database()
        self.drain()
        self.assertEqual((self.connection.paused_reason, row.state), ("restored", "pending"))
        self.work()
        self.connection.with_user(self.manager).action_resume()
        self.assertEqual((row.state, row.hold_reason), ("held", "restored"))
