from odoo.tests import tagged

from ..dispatch.carrier import Carrier
from ..dispatch.settle import settle
from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestIdBack(DispatchCase):
    """An id that is put back after the removal from it went to SPAR: the registrant is paid."""

    def _released(self, ref="old"):
        partner = self.confirmed(ref=ref)
        partner.ref = "new"
        removal = self.rows(partner).filtered(lambda row: row.way == "old_id")
        removal.with_user(self.second_officer).action_release()
        return partner, removal

    def test_whatever_became_of_the_removal(self):
        for how in (hostile.cut, hostile.cut_applied, hostile.travel):
            with self.subTest(how.__name__):
                self.spar.reset()
                partner, removal = self._released(how.__name__)
                self.spar.next(how, "unlink")
                self.drain()
                self.assertTrue(removal.sent_at)
                partner.ref = how.__name__
                self.later(10)
                self.drain()
                self.spar.land()
                for _turn in range(2):
                    self.later(61)
                    self.drain()
                self.assertEqual(removal.state, "cancelled")
                self.assertEqual(hostile.account(self.spar.table.get(partner.ref)), "1000000001")

    def test_put_back_while_it_is_removed(self):
        partner, _removal = self._released()
        batch, reader = self._claim()
        client = self.connection._client()
        self.addCleanup(client.close)
        carrier = Carrier(client, reader, batch.deadline)
        carrier.run(batch.lines)
        partner.ref = "old"
        with self.open_env() as env:
            settle(env, env["spar.connection"].browse(self.connection.id), batch, carrier)
        self.next_transaction()
        self.assertFalse(self.spar.table)
        held = self.rows(partner).filtered(lambda row: row.state == "held")
        self.assertEqual(held.mapped("hold_reason"), ["id_changed"])
        held.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(hostile.account(self.spar.table["old"]), "1000000001")

    def test_what_reached_the_id_while_it_was_another(self):
        """An address of the registrant's own lies there, unconfirmed: the next one replaces it."""
        partner = self.confirmed(ref="here")
        self.submit(partner, "1000000002")
        self.spar.next(hostile.cut_applied, "update")
        self.drain()
        partner.ref = "there"
        self.later(10)
        self.drain()
        self.assertEqual(hostile.account(self.spar.table["here"]), "1000000002")
        self.assertEqual(hostile.account(self.spar.table["there"]), "1000000002")
        self.later(600)
        self.drain()
        partner.ref = "here"
        row = self.submit(partner, "1000000003")
        self.drain()
        self.assertEqual((row.state, row.outcome), ("done", "update"))
        self.assertEqual(hostile.account(self.spar.table["here"]), "1000000003")
        removals = self.rows(partner).filtered(lambda row: row.way == "old_id")
        here = removals.filtered(lambda row: row.spar_id == "here")
        self.assertEqual(set(here.mapped("state")), {"cancelled"})

    def test_what_another_left_at_the_id(self):
        """It is no address of this registrant's: a person looks."""
        partner = self.confirmed(ref="here")
        self.submit(partner, "1000000002")
        self.spar.next(hostile.cut_applied, "update")
        self.drain()
        partner.ref = "there"
        self.later(600)
        self.drain()
        newcomer = self.registrant(ref="here")
        row = self.submit(newcomer, "1000000003")
        self.drain()
        self.assertNotEqual(row.state, "done")
        self.assertEqual(hostile.account(self.spar.table["here"]), "1000000002")

    def test_two_removals_from_one_id_the_newer_first(self):
        partner = self.confirmed(ref="here")
        partner.ref = "there"
        older = self.rows(partner).filtered(lambda row: row.way == "old_id")
        again = self.submit(partner, "1000000001")
        again._update_rows({"spar_id": "here"})
        newer = again._hold_old_id()
        for removal in (newer, older):
            removal.with_user(self.second_officer).action_release()
            self.drain()
            self.assertEqual(removal.state, "done")
        self.assertEqual(self._confirmed_at(partner, "here"), older)

    def test_an_address_that_waited_while_its_id_was_emptied(self):
        partner = self.confirmed(ref="here")
        partner.with_user(self.staff).write(self.bank_parts("1000000002"))
        waited = self.rows(partner).filtered(lambda row: row.state == "held")
        self.next_transaction()
        partner.ref = "there"
        removal = self.rows(partner).filtered(lambda row: row.way == "old_id")
        removal.with_user(self.second_officer).action_release()
        self.drain()
        self.assertFalse(self.spar.table)
        partner.ref = "here"
        waited.with_user(self.officer).action_release()
        self.drain()
        self.assertEqual((waited.state, waited.outcome), ("done", "link"))
        self.assertEqual(self._confirmed_at(partner, "here"), waited)
        row = self.submit(partner, "1000000003")
        self.drain()
        self.assertEqual((row.state, row.outcome), ("done", "update"))

    def _confirmed_at(self, partner, spar_id):
        return self.rows(partner).filtered(lambda row: row.confirmed and row.spar_id == spar_id)

    def test_a_removal_that_was_sent_and_is_dropped_asks_for_no_other(self):
        partner, removal = self._released()
        self.spar.next(hostile.cut, "unlink")
        self.drain()
        self.assertTrue(removal.sent_at)
        partner.ref = "old"
        self.later(10)
        self.drain()
        self.assertEqual(removal.state, "cancelled")
        self.assertFalse(
            self.rows(partner).filtered(lambda row: row.hold_reason == "old_id") - removal
        )
