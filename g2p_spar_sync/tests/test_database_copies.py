from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_open

from ..models.tools import database_marks
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestDatabaseCopies(DispatchCase):
    """A copy of a database never calls the SPAR of the original, in no way at all."""

    def _copy(self):
        """This database becomes a copy of the one that the connection was set up in."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_config_parameter SET value = 'a copy' WHERE key = 'database.uuid'"
        )
        self.next_transaction()

    def _settings(self):
        return self.env["spar.event"].search([("kind", "=", "configured")]).mapped("detail")

    def _ways(self, partner, conflict):
        """Every way by which a request may leave."""
        officer, manager = partner.with_user(self.officer), self.connection.with_user(self.manager)
        return {
            "drain": self.drain,
            "panel": officer.spar_panel,
            "reveal": officer.spar_reveal,
            "change form": officer.spar_change,
            "resolve": partner._spar_resolve,
            "test": manager.action_test_connection,
            "send ours": conflict.with_user(self.second_officer).action_send_ours,
            "keep": conflict.with_user(self.second_officer).action_keep_spars,
        }

    def _open_rows(self):
        """(a registrant at SPAR whose change waits, a conflict)"""
        disputed = self.confirmed()
        self.spar.table[disputed.ref] = self.spar.table[disputed.ref].replace("1000000001", "99887")
        conflict = self.submit(disputed, "1000000002")
        self.drain()
        self.assertEqual(conflict.state, "conflict")
        partner = self.confirmed()
        row = self.submit(partner, "1000000003")
        done = self.rows(partner)[0]
        # Also looked at again: see dispatch/recheck.py.
        done._update_rows({"recheck_at": "2020-01-01", "suspect_until": "2020-01-01"})
        return partner, row, conflict

    def test_nothing_leaves_a_copy(self):
        partner, row, conflict = self._open_rows()
        self._copy()
        asked = len(self.spar.log)
        for name, way in self._ways(partner, conflict).items():
            with self.subTest(name):
                self.connection.sudo().write({"state": "running", "paused_reason": False})
                self.next_transaction()
                try:
                    way()
                except UserError as error:
                    self.assertIn("cannot be asked", str(error))
                self.assertEqual(len(self.spar.log), asked)
        self.connection._go_on()
        self.connection.write({"state": "waiting", "probe_at": "2020-01-01 00:00:00"})
        self.drain()
        self.assertEqual(len(self.spar.log), asked, "a probe that is due")
        self.assertEqual((row.state, row.attempts, conflict.state), ("pending", 0, "conflict"))
        self._assert_paused()

    def _assert_paused(self, differs="uuid"):
        self.assertEqual(
            (self.connection.state, self.connection.paused_reason), ("paused", "database_copied")
        )
        self.assertTrue(self.connection.paused_since)
        self.assertTrue(self.connection.database_copied)
        self.assertIn(
            f"spar.connection {self.connection.id}: database_copied ({differs})", self._settings()
        )

    def test_each_mark_is_looked_at(self):
        home = dict(self.connection.home_database)
        self.assertEqual(home, database_marks(self.env.cr))
        self.assertTrue(all(home.values()), home)
        for mark in home:
            with self.subTest(mark):
                self.connection.write({"home_database": {**home, mark: "another"}})
                self.submit(self.registrant(), "1000000001")
                self.drain()
                self.assertFalse(self.spar.log)
                self._assert_paused(mark)
                self.connection.write({"state": "running", "paused_reason": False})
        self.connection.write({"home_database": home})
        self.drain()
        self.assertTrue(self.spar.log, "back home it goes on")

    def test_the_pause_is_noted_once(self):
        self._copy()
        for _turn in range(3):
            self.drain()
        self.assertEqual(len([said for said in self._settings() if "database_copied" in said]), 1)

    def test_a_manager_says_that_this_one_is_it(self):
        row = self.submit(self.registrant(), "1000000001")
        self._copy()
        self.drain()
        manager = self.connection.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "uuid"):
            manager.action_resume()
        self.assertIn("uuid", manager.copied_explanation)
        self.assertIn("uuid", manager.action_test_connection()["params"]["message"])
        with self.assertRaises(AccessError):
            self.connection.with_user(self.officer).action_confirm_database()
        manager.action_confirm_database()
        self.assertEqual(
            (self.connection.state, self.connection.database_copied), ("running", False)
        )
        self.assertIn(f"spar.connection {self.connection.id}: home_database", self._settings())
        self.drain()
        self.assertEqual(row.state, "done")

    def test_what_a_person_paused_stays_paused(self):
        manager = self.connection.with_user(self.manager)
        self._copy()
        manager.action_pause()
        manager.action_confirm_database()
        self.assertEqual(self.connection.paused_reason, "by_person")

    def test_a_duplicate_in_a_copy_is_a_copy(self):
        self._copy()
        manager = self.connection.with_user(self.manager)
        self.assertTrue(manager.copy().database_copied)
        new = manager.create({"name": "New", "base_url": self.spar.url, "sender_id": "x"})
        self.assertFalse(new.database_copied)

    def test_marks_are_the_managers_to_see(self):
        self.assertNotIn("home_database", self.connection.with_user(self.viewer).fields_get())
        self._copy()
        self.assertTrue(self.connection.with_user(self.viewer).database_copied)

    def test_an_upgrade_marks_what_had_no_mark_and_nothing_else(self):
        other = self.connection.copy({"home_database": {"uuid": "another"}})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE spar_connection SET home_database = NULL WHERE id = %s", (self.connection.id,)
        )
        self.env.invalidate_all()
        self.assertTrue(self.connection.database_copied, "no mark is no trust")
        self.env["spar.connection"].init()
        self.env.invalidate_all()
        self.assertFalse(self.connection.database_copied)
        self.assertEqual(other.home_database, {"uuid": "another"})

    def test_a_neutralized_copy(self):
        row = self.submit(self.registrant(), "1000000001")
        self.env.flush_all()
        with file_open("g2p_spar_sync/data/neutralize.sql") as handle:
            self.env.cr.execute(handle.read())
        self.next_transaction()
        self.env["spar.connection"].init()
        self.drain()
        self.assertEqual(
            (self.connection.state, self.connection.paused_reason), ("paused", "neutralized")
        )
        self.assertFalse(self.spar.log)
        manager = self.connection.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "copy"):
            manager.action_resume()
        manager.action_confirm_database()
        self.drain()
        self.assertEqual(row.state, "done")
