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
