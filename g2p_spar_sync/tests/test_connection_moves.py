from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.queue_job.job import Job

from ..models import spar_connection_moves
from . import hostile_spar as hostile
from .moved_ids import MovedIdsCase


@tagged("post_install", "-at_install")
class TestConnectionMoves(MovedIdsCase):
    """Settings of a connection that give registrants another one, or another id."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Elsewhere"})
        people = cls.officer | cls.second_officer | cls.manager
        people.company_ids |= cls.company

    def setUp(self):
        super().setUp()
        self.spar2 = hostile.HostileSpar()
        self.addCleanup(self.spar2.stop)

    def _its_own(self, **vals):
        """The company gets a connection of its own, to another SPAR."""
        its = {"name": "Its own", "company_id": self.company.id, "base_url": self.spar2.url}
        return self.connection.copy({**its, **vals})

    def _jobs(self):
        return self.env["queue.job"].search(
            [("method_name", "=", "_go_over_part"), ("state", "=", "pending")]
        )

    def _go_over(self):
        """How many jobs go over all registrants."""
        count = 0
        while jobs := self._jobs():
            for record in jobs:
                job = Job.load(self.env, record.uuid)
                job.perform()
                job.set_done()
                job.store()
                count += 1
        self.next_transaction()
        return count

    def test_what_waits_where_nothing_goes_follows_to_a_new_connection(self):
        self.connection.with_user(self.manager).action_pause()
        partner = self.registrant(company_id=self.company.id)
        older = self.submit(partner, "1000000001")
        self.drain()
        self.assertEqual((older.state, older.connection_id), ("pending", self.connection))
        own = self._its_own()
        newer = self.submit(partner, "1000000002")
        self._go_over()
        self.assertEqual(older.connection_id, own)
        self.drain()
        self.drain()
        self.assertEqual((older.state, newer.state), ("done", "done"))
        self.assertEqual(hostile.account(self.spar2.table[partner.ref]), "1000000002")
        self.connection.active = False

    def test_whatever_makes_another_connection_theirs(self):
        self.connection.with_user(self.manager).action_pause()
        third = self.env["res.company"].create({"name": "Third"})
        own = self._its_own(company_id=third.id)
        for setting in ({"company_id": self.company.id}, {"active": True}, {"sequence": 1}):
            with self.subTest(setting):
                if "active" in setting:
                    own.active = False
                elif "sequence" in setting:
                    own.write({"company_id": False, "sequence": 90})
                self._go_over()
                partner = self.registrant(company_id=self.company.id)
                row = self.submit(partner, "1000000001")
                self.drain()
                self.assertEqual((row.state, row.connection_id), ("pending", self.connection))
                own.write(setting)
                self._go_over()
                self.drain()
                self.assertEqual((row.state, row.connection_id), ("done", own))

    def test_what_was_handed_in_by_the_settings_of_before_follows_later(self):
        """Its transaction was not over yet when all were gone over."""
        self.connection.with_user(self.manager).action_pause()
        self.submit(self.registrant(), "1000000001")
        own = self._its_own()
        [first] = self._jobs()
        Job.load(self.env, first.uuid).perform()
        first.state = "done"
        [later] = self._jobs()
        self.assertTrue(later.eta)
        late = self.submit(self.registrant(company_id=self.company.id), "1000000001")
        late._update_rows({"connection_id": self.connection.id})
        self._go_over()
        self.drain()
        self.assertEqual((late.state, late.connection_id), ("done", own))

    def test_those_whom_a_new_connection_takes_over_are_asked_about(self):
        partner = self.confirmed(company_id=self.company.id)
        self._its_own()
        self._go_over()
        self.release(self.held(partner))
        self.assertEqual(hostile.account(self.spar2.table[partner.ref]), "1000000001")
        self.assertEqual(self.at(partner.ref), "1000000001", "both may be one SPAR")

    def test_another_affix_is_another_id(self):
        partner, waiting = self.confirmed(ref="4711"), self.registrant(ref="4712")
        self.spar.always["link"] = hostile.unavailable
        row = self.submit(waiting, "1000000002")
        self.drain()
        self.spar.always.clear()
        before = self.connection.message_ids
        self.connection.id_suffix = "@nationalId"
        [said] = self.connection.message_ids - before
        self.assertIn("2 registrants", said.body)
        self._go_over()
        asked = self.held(partner) | self.held(partner, "old_id")
        self.assertEqual(len(asked), 2)
        self.release(asked)
        self.later(70)
        self.drain()
        self.assertEqual(row.state, "done")
        accounts = {spar_id: hostile.account(fa) for spar_id, fa in self.spar.table.items()}
        self.assertEqual(
            accounts, {"4711@nationalId": "1000000001", "4712@nationalId": "1000000002"}
        )

    def test_an_affix_that_is_put_back_leaves_no_question(self):
        partner = self.confirmed(ref="4711")
        for suffix in ("@wrong", False):
            self.connection.id_suffix = suffix
            self._go_over()
        self.assertFalse(self.rows(partner).filtered(lambda row: row.state == "held"))

    def test_what_an_officer_left_is_not_asked_once_more(self):
        partner = self.confirmed(ref="4711")
        self.connection.id_suffix = "@nationalId"
        [first] = self._jobs()
        Job.load(self.env, first.uuid).perform()
        first.state = "done"
        asked = self.held(partner) | self.held(partner, "old_id")
        asked.with_user(self.second_officer).action_cancel()
        self._go_over()
        self.assertFalse(self.rows(partner).filtered(lambda row: row.state == "held"))

    def test_nobody_is_asked_about_for_want_of_a_connection(self):
        partner = self.confirmed()
        self.connection.active = False
        self._go_over()
        self.assertFalse(self.rows(partner).filtered(lambda row: row.state == "held"))

    def test_whoever_changed_it_decides_on_nothing_that_comes_of_it(self):
        partner = self.confirmed(ref="4711")
        self.connection.with_user(self.manager).id_suffix = "@nationalId"
        self._go_over()
        self.assertEqual(self.held(partner).submitted_by, self.manager)

    def test_in_parts_each_in_a_job(self):
        partners = self.env["res.partner"].union(*(self.registrant() for _number in range(5)))
        for partner in partners:
            self.submit(partner, "1000000001")
        self.drain()
        with patch.object(spar_connection_moves, "PART", 2):
            self.connection.id_suffix = "@nationalId"
            # Two, two, one; nothing waits to be looked at once more.
            self.assertEqual(self._go_over(), 3 + 1)
        self.assertEqual(self.held(partners).partner_id, partners)

    def test_other_settings_move_nobody(self):
        self.confirmed()
        before = self._jobs()
        self.connection.write({"name": "Renamed", "id_suffix": False, "batch_size": 50})
        self.assertEqual(self._jobs(), before)

    def test_an_order_that_is_nobodys_other_connection_moves_nobody(self):
        self.confirmed()
        its = self._its_own(sequence=90)
        self._go_over()
        its.sequence = 95
        self.assertFalse(self._jobs())
        its.company_id = False
        self.connection.sequence = 96
        self.assertEqual(len(self._jobs()), 1, "several changes at once are one walk")
