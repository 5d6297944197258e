from odoo.exceptions import UserError
from odoo.tests import tagged

from ..dispatch.carrier import Carrier
from ..dispatch.settle import settle
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

    def _put_elsewhere(self, ref):
        self.spar.table[ref] = self.spar.table[ref].replace("1000000001", "7777777777")

    def _answer(self, partner):
        """SPAR's answer about a registrant, as a comparison has it."""
        said = self.connection._ask({partner.ref})
        return said[partner.ref]["answer"]

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

    def test_what_may_lie_where_it_was_sent_is_removed_from_there(self):
        """Its answer was lost, and its id and connection are others by now."""
        company, spar2 = self._other_spar()
        self.second_officer.company_ids |= company
        partner = self.registrant(ref="one")
        row = self.submit(partner, "1000000001")
        self.spar.next(hostile.cut_applied, "link")
        self.drain()
        self.assertTrue(row.sent_at)
        partner.write({"company_id": company.id, "ref": "two"})
        self.later(10)
        self.drain()
        self.assertEqual(row.state, "done")
        self.assertEqual(hostile.account(spar2.table["two"]), "1000000001")
        removal = self.rows(partner) - row
        self.assertEqual((removal.connection_id, removal.spar_id), (self.connection, "one"))
        self.later(600)
        removal.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(removal.state, "conflict", "it was never confirmed there")
        removal.with_user(self.second_officer).action_send_ours()
        self.drain()
        self.assertEqual((removal.state, self.spar.table), ("done", {}))

    def test_what_was_held_since_is_removed_from_where_it_was_sent(self):
        """Its answer was lost, and a person released it for another id and connection."""
        company, spar2 = self._other_spar()
        self.second_officer.company_ids |= company
        partner = self.registrant(ref="one")
        row = self.submit(partner, "1000000001")
        self.spar.next(hostile.cut_applied, "link")
        self.drain()
        partner.active = False
        self.later(10)
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "registrant_archived"))
        partner.write({"active": True, "company_id": company.id, "ref": "two"})
        row.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(hostile.account(spar2.table["two"]), "1000000001")
        removal = self.rows(partner) - row
        self.assertEqual((removal.state, removal.way), ("held", "old_id"))
        self.assertEqual((removal.connection_id, removal.spar_id), (self.connection, "one"))

    def _settled(self, batch, reader):
        carrier = Carrier(self.connection._client(), reader, batch.deadline)
        carrier.run(batch.lines)
        with self.open_env() as env:
            settle(env, env["spar.connection"].browse(self.connection.id), batch, carrier)
        self.next_transaction()

    def _asked(self, partner):
        rows = self.rows(partner).filtered(lambda row: row.state == "held")
        return sorted(rows.mapped("hold_reason"))

    def test_each_of_a_batch_is_asked_about_itself(self):
        changed, other = self.confirmed(ref="one"), self.confirmed(ref="other")
        for partner in (changed, other):
            self.submit(partner, "1000000002")
        batch, reader = self._claim()
        self.assertEqual(len(batch.lines), 2)
        changed.ref = "two"
        self._settled(batch, reader)
        self.assertEqual(self._asked(changed), ["id_changed", "old_id"])
        self.assertEqual(self._asked(other), [])

    def test_who_goes_to_another_spar_while_an_address_is_on_its_way(self):
        company, _spar2 = self._other_spar()
        partner = self.registrant(ref="one")
        row = self.submit(partner, "1000000001")
        batch, reader = self._claim()
        version = "SELECT ctid::text FROM spar_submission WHERE id = %s"
        self.env.cr.execute(version, (row.id,))
        before = self.env.cr.fetchone()
        partner.company_id = company
        self.env.cr.execute(version, (row.id,))
        self.assertNotEqual(self.env.cr.fetchone(), before, "who notes its end meets the change")
        self._settled(batch, reader)
        self.assertEqual(row.state, "done")
        self.assertEqual(self._asked(partner), ["id_changed"])

    def test_what_is_kept_where_a_registrant_was_is_asked_about(self):
        partner = self.confirmed(ref="one")
        mine = self.spar.table["one"]
        self.spar.table["one"] = mine.replace("1000000001", "7777777777")
        conflict = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual(conflict.state, "conflict")
        partner.ref = "two"
        conflict.with_user(self.second_officer).action_keep_spars()
        self.assertIn("id_changed", self._asked(partner))

    def test_what_is_accepted_at_another_spar_leaves_the_question(self):
        self.channel.second_person = False
        company, _spar2 = self._other_spar()
        partner = self.confirmed(ref="one")
        self._put_elsewhere("one")
        self.compare(partner)
        line = self.line_of(partner)
        partner.company_id = company
        held = self.rows(partner).filtered(lambda row: row.state == "held")
        self.env["spar.submission"]._accept_found(
            partner, self.connection, "one", self._answer(partner), line.sudo().our_id
        )
        self.assertEqual(held.state, "held")

    def test_the_removal_at_each_spar_is_asked(self):
        company, spar2 = self._other_spar()
        partner = self.confirmed(ref="one")
        partner.company_id = company
        held = self.rows(partner).filtered(lambda row: row.state == "held")
        held.with_user(self.second_officer).action_release()
        self.drain()
        self.assertIn("one", spar2.table)
        partner.ref = "two"
        removals = self.rows(partner).filtered(lambda row: row.hold_reason == "old_id")
        self.assertEqual(len(removals.connection_id), 2)

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
