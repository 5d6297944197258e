from psycopg2 import IntegrityError
from psycopg2.errors import RaiseException

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestLedger(DispatchCase):
    """Rows are never altered and never deleted, by the ORM or by SQL."""

    def setUp(self):
        super().setUp()
        self.partner = self.confirmed()
        self.row = self.rows(self.partner)

    def _refused(self, query, *params):
        with self.subTest(query), self.refused(RaiseException):
            self.env.cr.execute(query, params)

    def test_the_orm_refuses_to_alter(self):
        for user in (self.officer, self.manager, self.env.ref("base.user_root")):
            row = self.row.with_user(user)
            with self.subTest(user.login):
                with self.refused(UserError):
                    row.write({"note": "x"})
                with self.refused(UserError):
                    row.sudo().write({"state": "pending"})
                with self.refused(UserError):
                    row.sudo().unlink()
                with self.refused(UserError):
                    row.sudo().copy()
        self.assertEqual(self.row.state, "done")

    def test_nested_commands_refuse_too(self):
        partner = self.partner.with_user(self.officer)
        row = self.submit(self.partner, "1000000002")
        for command in (
            (1, row.id, {"note": "x"}),
            (2, row.id, 0),
            (3, row.id, 0),
            (5, 0, 0),
            (6, 0, []),
        ):
            with self.subTest(command), self.refused(UserError, IntegrityError):
                partner.write({"submission_ids": [command]})
        self.assertEqual(self.rows(self.partner), self.row | row)

    def test_the_database_refuses_to_alter_what_was_handed_in(self):
        for column, value in {
            "channel": "odk",
            "operation": "remove",
            "origin_ref": "forged",
            "collected_at": "2020-01-01",
            "actor": "forged",
            "create_uid": self.viewer.id,
            "create_date": "2020-01-01",
            "txid": 1,
            "address_hash": "forged",
            "payment_method": "mobile_wallet",
        }.items():
            self._refused(
                f"UPDATE spar_submission SET {column} = %s WHERE id = %s", value, self.row.id
            )

    def test_the_database_refuses_to_delete(self):
        self._refused("DELETE FROM spar_submission WHERE id = %s", self.row.id)
        self._refused("DELETE FROM spar_event WHERE submission_id = %s", self.row.id)

    def test_events_are_appended_only(self):
        for column, value in {
            "kind": "revealed",
            "detail": "forged",
            "at": "2020-01-01",
            "user_id": self.viewer.id,
            "reference_id": "forged",
            "digest": "forged",
        }.items():
            self._refused(
                f"UPDATE spar_event SET {column} = %s WHERE submission_id = %s", value, self.row.id
            )
        for user in (self.officer, self.manager):
            event = self.row.event_ids[0].with_user(user)
            with self.assertRaises(AccessError):
                event.write({"detail": "forged"})
            with self.assertRaises(AccessError):
                event.unlink()
            with self.assertRaises(AccessError):
                event.create({"kind": "revealed", "at": "2020-01-01"})

    def test_final_states_are_final(self):
        held = self.submit(self.registrant(), "N/A")
        held.with_user(self.officer).action_cancel()
        self.next_transaction()
        self._refused("UPDATE spar_submission SET state = 'pending' WHERE id = %s", held.id)

    def test_a_transition_that_is_none_moves_nothing(self):
        moved = self.row._transition("held", "held", hold_reason="x")
        self.assertFalse(moved)
        self.assertEqual((self.row.state, self.row.hold_reason), ("done", False))

    def test_every_transition_leaves_an_event(self):
        row = self.submit(self.registrant(), "N/A")
        self.assertEqual(self.events(row), [("held", "account_malformed")])
        row.with_user(self.officer).action_cancel()
        event = row.event_ids.sorted("id")[-1]
        self.assertEqual((event.kind, event.user_id), ("cancelled", self.officer))

    def test_a_registrant_with_submissions_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "Archive"):
            self.partner.unlink()
        with self.refused(IntegrityError):
            self.env.cr.execute("DELETE FROM res_partner WHERE id = %s", (self.partner.id,))
        self.assertTrue(self.partner.exists())
        free = self.registrant()
        free.unlink()
        self.assertFalse(free.exists())
