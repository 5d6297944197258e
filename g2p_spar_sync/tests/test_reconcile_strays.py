from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.tools import database_now
from .test_reconcile import FOREIGN, ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileStrays(ReconcileCase):
    """What moved on between a comparison and what is decided on it, and what came in twice."""

    def test_nothing_goes_to_an_id_that_is_not_theirs_any_more(self):
        self.channel.second_person = False
        partner = self.confirmed(ref="one")
        del self.spar.table["one"]
        run = self.compare(partner, "resend")
        self.assertEqual(self.kinds(partner), ["missing"])
        partner.ref = "two"
        run.with_user(self.second_officer).action_send_all()
        self.work()
        self.drain()
        self.assertEqual(run.state, "done")
        self.assertNotIn("one", self.spar.table)

    def test_a_strangers_address_is_not_accepted(self):
        self.channel.second_person = False
        partner, other = self.registrant(ref="one"), self.registrant(ref="three")
        self.spar.table["one"] = FOREIGN
        self.compare(partner)
        line = self.line_of(partner)
        partner.ref = "two"
        other.ref = "one"
        line.action_accept_spars()
        self.assertFalse(self.rows(partner))
        self.assertEqual(line.state, "gone")

    def test_nothing_is_decided_on_an_id_that_is_shared_by_now(self):
        self.channel.second_person = False
        partner = self.confirmed(ref="one")
        del self.spar.table["one"]
        self.compare(partner)
        line = self.line_of(partner)
        other = self.registrant(ref="one")
        line.action_send_ours()
        self.drain()
        self.assertNotIn("one", self.spar.table)
        self.assertEqual((line.state, line.kind, line.others), ("open", "id_shared", str(other.id)))

    def test_what_is_accepted_at_an_old_id_stops_nothing_at_the_one_of_now(self):
        self.channel.second_person = False
        partner = self.confirmed(ref="one")
        partner.ref = "two"
        copy, removal = (
            self.rows(partner).filtered(lambda row: row.state == "held").sorted("way")[::-1]
        )
        copy.with_user(self.second_officer).action_release()
        self.drain()
        removal.with_user(self.officer).action_cancel()
        self.spar.table.update(one=FOREIGN, two=FOREIGN)
        self.compare(partner)
        lines = self.lines.search([("partner_id", "=", partner.id)]).sorted("spar_id")
        self.assertEqual(lines.mapped("spar_id"), ["one", "two"])
        for line in lines:
            line.with_user(self.officer).action_accept_spars()
        self.assertEqual(lines.mapped("state"), ["accepted"] * 2)
        asked = self.rows(partner).filtered(lambda row: row.state == "held")
        self.assertEqual((asked.way, asked.spar_id), ("old_id", "one"))

    def test_what_was_cancelled_is_not_found_again(self):
        partner = self.registrant()
        account = self.env["res.partner.bank"].with_user(self.officer)
        account = account.create(
            {"partner_id": partner.id, "acc_number": "1000000001", "bank_id": self.bank.id}
        )
        self.drain()
        account.acc_number = "1000000002"
        change = self.rows(partner).filtered(lambda row: row.state == "pending")
        change.with_user(self.officer).action_cancel()
        self.assertEqual(change.state, "cancelled")
        self.compare(partner)
        self.assertFalse(self.kinds(partner))

    def test_what_may_have_arrived_long_ago_is_compared(self):
        partner = self.registrant()
        row = self.submit(partner, "1000000001")
        row.with_user(self.officer).action_cancel()
        ago = database_now(self.env.cr) - timedelta(hours=1)
        self.env.cr.execute(
            "UPDATE spar_submission SET suspect_until = %s WHERE id = %s", (ago, row.id)
        )
        self.env.invalidate_all()
        self.spar.table[partner.ref] = FOREIGN
        self.compare(partner)
        self.assertEqual(self.kinds(partner), ["unknown"])

    def test_a_second_one_of_all_is_refused_in_words(self):
        self.channel.second_person = False
        run = self.runs.with_user(self.manager)._start(self.connection, "spar_restored")
        self.work()
        self.assertEqual(run.state, "done")
        self.runs.with_user(self.manager)._start(self.connection)
        with self.assertRaisesRegex(UserError, "being compared already"):
            run.with_user(self.officer).action_send_all()

    def test_what_waited_in_a_restored_database_overwrites_nothing_unknown(self):
        self.env["spar.channel"].search([]).write({"on_conflict": "overwrite"})
        partner = self.confirmed()
        row = self.submit(partner, "1000000002")
        row._transition("held", "held", detail="second_account", hold_reason="second_account")
        self.Submission._hold_reborn(self.connection, row.id, 100)
        self.spar.table[partner.ref] = FOREIGN
        row.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual((row.state, self.spar.table[partner.ref]), ("conflict", FOREIGN))
