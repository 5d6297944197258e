from odoo.exceptions import UserError
from odoo.tests import tagged

from . import hostile_spar as hostile
from .test_reconcile import ReconcileCase


@tagged("post_install", "-at_install")
class TestIdElsewhere(ReconcileCase):
    """A removal from an old id, over another connection, or accepted as it is."""

    def _moved(self):
        """A registrant whose old id's removal waits; (partner, removal)."""
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        held = self.rows(partner).filtered(lambda row: row.state == "held")
        return partner, held.filtered(lambda row: row.way == "old_id")

    def _other_spar(self):
        spar2 = hostile.HostileSpar()
        self.addCleanup(spar2.stop)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        other = self.connection.copy({"name": "2", "company_id": company.id, "sequence": 50})
        other.base_url = spar2.url
        return company, spar2

    def test_a_removal_that_waits_for_its_spar_holds_up_no_other(self):
        company, spar2 = self._other_spar()
        partner, removal = self._moved()
        removal.with_user(self.second_officer).action_release()
        self.connection.with_user(self.manager).action_pause()
        partner.company_id = company
        row = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual((row.state, removal.state), ("done", "pending"))
        self.assertIn("two", spar2.table)

    def test_who_goes_to_another_spar_is_asked_about(self):
        company, spar2 = self._other_spar()
        partner = self.confirmed(ref="one")
        partner.company_id = company
        partner.company_id = company
        asked = self.rows(partner).filtered(lambda row: row.state == "held")
        self.assertEqual(asked.mapped("hold_reason"), ["id_changed"])
        asked.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(hostile.account(spar2.table["one"]), "1000000001")
        self.assertIn("one", self.spar.table, "both may be one SPAR: nothing is removed")
        partner.company_id = False
        self.assertFalse(self.rows(partner).filtered(lambda row: row.state == "held"))

    def test_a_removal_is_not_released_over_an_archived_connection(self):
        company, _spar2 = self._other_spar()
        partner, removal = self._moved()
        partner.company_id = company
        self.connection.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            removal.with_user(self.second_officer).action_release()

    def test_what_was_accepted_at_an_old_id_is_sent_again(self):
        self.channel.second_person = False
        partner, removal = self._moved()
        mine = self.spar.table["one"]
        self.spar.table["one"] = mine.replace("1000000001", "7777777777")
        removal.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(removal.state, "conflict")
        removal.with_user(self.second_officer).action_keep_spars()
        partner.ref = "one"
        del self.spar.table["one"]
        self.compare(partner)
        line = self.lines.search([("partner_id", "=", partner.id), ("spar_id", "=", "one")])
        line.with_user(self.officer).action_send_ours()
        self.drain()
        self.assertEqual(hostile.account(self.spar.table["one"]), "7777777777")

    def test_the_removal_from_an_id_that_is_theirs_again_is_not_sent_again(self):
        self.channel.second_person = False
        partner, removal = self._moved()
        mine = self.spar.table["one"]
        removal.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual((removal.state, self.spar.table), ("done", {}))
        self.spar.table["one"] = mine
        partner.ref = "one"
        run = self.compare(partner, "spar_restored")
        self.assertEqual(self.kinds(partner), ["older"])
        line = self.line_of(partner)
        with self.assertRaisesRegex(UserError, "accept SPAR's"):
            line.action_send_ours()
        run.with_user(self.second_officer).action_send_all()
        self.work()
        self.drain()
        self.assertEqual(self.spar.table, {"one": mine})
        self.assertEqual((removal.state, line.state), ("done", "open"))
        self.assertIn("open", line.action_accept_spars()["params"]["message"])
        held = self.rows(partner).filtered(lambda row: row.state == "held")
        held.with_user(self.second_officer).action_cancel()
        line.action_accept_spars()
        self.compare(partner)
        self.assertFalse(self.kinds(partner))

    def test_what_was_sent_since_spar_was_asked_is_not_unconfirmed(self):
        self.channel.second_person = False
        partner = self.confirmed()
        self.put(partner, "7777777777")
        run = self.runs._start(self.connection, "registry_restored", [("id", "in", partner.ids)])
        self.work()
        self.assertEqual(self.kinds(partner), ["elsewhere"])
        run.with_user(self.officer).action_accept_all()
        worker, sent = self.worker(), []
        asked = worker._ask

        def ask(turn, ids):
            said = asked(turn, ids)
            if ids and not sent:
                sent.append(self.submit(partner, "1000000002"))
                self.drain()
                sent[0].with_user(self.second_officer).action_send_ours()
                self.drain()
            return said

        worker._ask = ask
        worker.run()
        self.next_transaction()
        self.assertEqual((sent[0].state, sent[0].confirmed), ("done", True))
        self.assertEqual(self.account(partner), "1000000002")
