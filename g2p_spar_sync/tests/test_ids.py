from unittest.mock import patch
from uuid import uuid4

from odoo.tests import tagged

from ..dispatch.claim import in_order
from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestIds(DispatchCase):
    """Ids that change, and ids that several registrants share by intent."""

    def _waiting(self, partner):
        rows = self.rows(partner).filtered(lambda row: row.state == "held")
        return {row.hold_reason: row.with_user(self.second_officer) for row in rows}

    def test_an_archived_connection_is_nobodys(self):
        """Also for whoever looks at archived contacts, too, as a comparison does."""
        self.connection.copy({"sequence": 1, "active": False})
        partner = self.registrant()
        found = partner.with_context(active_test=False)._spar_connections()
        self.assertEqual(found, {partner.id: self.connection})

    def test_an_id_that_changed_is_a_persons_decision(self):
        partner = self.confirmed(ref="old")
        partner.with_user(self.officer).ref = "new"
        self.drain()
        self.assertEqual(len(self.spar.writes()), 1, "an edited id moves nothing by itself")
        waiting = self._waiting(partner)
        self.assertEqual(waiting.keys(), {"id_changed", "old_id"})
        self.assertIn("old", waiting["old_id"].explanation)
        waiting["id_changed"].action_release()
        self.drain()
        self.assertEqual(self.spar.table.keys(), {"old", "new"})
        self.assertEqual(waiting["id_changed"].state, "done")
        self.assertEqual(waiting["old_id"].state, "held")
        waiting["old_id"].action_release()
        self.drain()
        self.assertEqual(self.spar.table.keys(), {"new"})

    def test_an_id_that_was_put_back(self):
        partner = self.confirmed(ref="old")
        partner.ref = "new"
        partner.ref = "old"
        self.assertFalse(self._waiting(partner))
        self.drain()
        row = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual((row.state, row.outcome), ("done", "update"))

    def test_asked_once(self):
        partner = self.confirmed(ref="old")
        for ref in ("new", "newer", "newest"):
            partner.ref = ref
        self.assertEqual(len(self.rows(partner)), 3)

    def test_an_id_that_is_taken_away(self):
        partner = self.confirmed(ref="old")
        partner.ref = False
        self.assertEqual(self._waiting(partner).keys(), {"old_id"})

    def test_without_an_address_nothing_is_asked(self):
        partner = self.registrant(ref="old")
        partner.ref = "new"
        self.assertFalse(self.rows(partner))

    def test_what_waits_goes_to_the_id_of_the_day(self):
        partner = self.registrant(ref="old")
        self.submit(partner, "1000000001")
        partner.ref = "new"
        self.drain()
        self.assertEqual(self.spar.writes("new"), [("link", "1000000001")])

    def _as_one_line(self, partners):
        """As glue says of a household and the head it is paid through."""

        def lines(records):
            together = tuple(partners.ids)
            return {p: together if p in together else (p,) for p in records.ids}

        return patch.object(self.registry["res.partner"], "_spar_lines", lines)

    def test_a_household_and_its_head_are_one_line(self):
        head, household = self.registrant(ref="home"), self.registrant(ref="home")
        with self._as_one_line(head | household):
            for partner, account in (
                (head, "1000000001"),
                (household, "1000000002"),
                (head, "1000000003"),
            ):
                self.submit(partner, account)
            self.drain()
        self.assertEqual(
            [account for _operation, account in self.spar.writes("home")],
            ["1000000001", "1000000002", "1000000003"],
        )
        rows = self.rows(head | household)
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertEqual(rows.mapped("confirmed"), [False, False, True])

    def test_what_a_household_did_meanwhile_is_seen_after_the_claim(self):
        """Its newer row was done, or sent, within the snapshot in which the head's was claimed."""
        for newer_is, older_becomes in (
            ({"state": "done"}, "superseded"),
            ({"sent_at": self.env.cr.now()}, "pending"),
        ):
            with self.subTest(older_becomes):
                ref = uuid4().hex
                head, household = self.registrant(ref=ref), self.registrant(ref=ref)
                older = self.submit(head, "1000000001")
                with self._as_one_line(head | household):
                    batch, _reader = self._claim()
                    newer = self.submit(household, "1000000002")
                    newer._update_rows({**newer_is, "spar_id": ref})
                    with self.open_env() as env:
                        self.assertEqual(in_order(env, batch).lines, [])
                self.assertEqual(older.state, older_becomes)

    def _visible_late(self, head, household):
        """(the head's row, which becomes visible late, the household's newer one, which is done)"""
        self.env.cr.execute("SELECT nextval('spar_submission_id_seq')")
        [number] = self.env.cr.fetchone()
        newer = self.submit(household, "1000000002")
        self.drain()
        self.assertEqual(newer.state, "done")
        late = self.with_number(number, lambda: self.submit(head, "1000000001"))
        self.assertLess(late.id, newer.id)
        self.next_transaction()
        return late, newer

    def test_an_older_row_of_the_head_that_is_released_goes_anew(self):
        """As one registrant's does: an officer looked at it after the household's newer one."""
        head, household = self.registrant(ref="home"), self.registrant(ref="home")
        with self._as_one_line(head | household):
            late, _newer = self._visible_late(head, household)
            late._transition("held", "held", hold_reason="unknown_channel")
            late.with_user(self.second_officer).action_release()
            self.drain()
        self.assertEqual(late.state, "cancelled")
        fresh = self.rows(head) - late
        self.assertEqual((fresh.state, fresh.replaces_id), ("done", late))
        self.assertEqual(hostile.account(self.spar.table["home"]), "1000000001")

    def test_an_older_row_of_the_head_waits_where_spars_own_was_accepted(self):
        for outcome, state in (("accepted", "held"), ("link", "superseded")):
            with self.subTest(outcome):
                self.spar.reset()
                ref = uuid4().hex
                head, household = self.registrant(ref=ref), self.registrant(ref=ref)
                with self._as_one_line(head | household):
                    late, newer = self._visible_late(head, household)
                    newer._update_rows({"outcome": outcome})
                    self.drain()
                self.assertEqual(late.state, state)
                if outcome == "accepted":
                    self.assertEqual(late.hold_reason, "accepted_since")

    def test_a_line_does_not_admit_a_stranger(self):
        head, household = self.registrant(ref="home"), self.registrant(ref="home")
        stranger = self.registrant(ref="home")
        with self._as_one_line(head | household):
            row = self.submit(stranger, "1000000009")
            self.submit(household, "1000000001")
            self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "duplicate_id"))
        self.assertEqual(self.spar.writes("home"), [("link", "1000000001")])

    def test_no_worker_turns_in_circles_behind_a_head_on_its_way(self):
        head, household = self.registrant(ref="home"), self.registrant(ref="home")
        with self._as_one_line(head | household):
            self.submit(head, "1000000001")
            self._claim()
            row = self.submit(household, "1000000002")
            self.assertNotEqual(self.drain(5), 0)
            self.later(61)
            self.drain()
            self.later(5)
            self.drain()
        self.assertEqual(row.state, "done")
