from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from . import hostile_spar as hostile
from .test_reconcile import FOREIGN, ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileDecisions(ReconcileCase):
    """What officers decide about differences, and what never comes back by it."""

    def _missing(self):
        partner = self.confirmed()
        del self.spar.table[partner.ref]
        self.compare(partner)
        return partner, self.line_of(partner)

    def _alone(self):
        self.channel.second_person = False

    def test_a_second_officer_sends_ours(self):
        partner, line = self._missing()
        for role in (self.viewer, self.manager, self.staff):
            with self.assertRaises(AccessError):
                line.with_user(role).action_send_ours()
        line.action_send_ours()
        self.drain()
        self.assertEqual((line.state, self.account(partner)), ("proposed", None))
        with self.assertRaisesRegex(UserError, "yourself"):
            line.action_send_ours()
        self.assertIs(line.with_user(self.second_officer).action_send_ours(), True)
        self.drain()
        self.assertEqual((line.state, self.account(partner)), ("sent", "1000000001"))
        row = self.rows(partner)
        self.assertEqual((len(row), row.state, row.confirmed), (1, "done", True))
        self.assertIn(("repaired", "reconciled"), self.events(row))
        self.compare(partner)
        self.assertFalse(self.kinds(partner))

    def test_over_an_older_one_and_a_strangers(self):
        self._alone()
        for account in ("1000000001", "7777777777"):
            partner = self.confirmed()
            self.submit(partner, "1000000002")
            self.drain()
            self.put(partner, account)
            self.compare(partner)
            self.line_of(partner).action_send_ours()
            self.drain()
            self.assertEqual(self.account(partner), "1000000002")

    def test_what_is_newer_is_not_lost_by_it(self):
        """A change that waits, and one that is handed in before ours goes, come after it."""
        self._alone()
        self.env.ref("g2p_spar_sync.channel_backend").change = "hold"
        partner, line = self._missing()
        waits = self.submit(partner, "1000000002")
        line.action_send_ours()
        self.assertEqual(line.state, "open", "it is on its way")
        self.drain()
        self.assertEqual((waits.state, waits.hold_reason), ("conflict", "gone"))
        line.action_send_ours()
        self.drain()
        self.assertEqual((self.account(partner), waits.state), ("1000000001", "conflict"))
        last = self.submit(partner, "1000000003")
        last._update_rows({"released_by": self.second_officer.id})
        self.drain()
        self.assertEqual((self.account(partner), waits.state), ("1000000003", "superseded"))

    def test_refused_and_cancelled_ones_never_come_back(self):
        self._alone()
        partner = self.confirmed()
        self.submit(partner, "1000000002").with_user(self.officer).action_cancel()
        del self.spar.table[partner.ref]
        self.compare(partner)
        self.line_of(partner).action_send_ours()
        self.drain()
        self.assertEqual(self.account(partner), "1000000001")

    def test_what_changed_since_is_looked_at_again(self):
        self._alone()
        partner, line = self._missing()
        self.spar.table[partner.ref] = FOREIGN
        said = line.action_send_ours()
        self.drain()
        self.assertIn("changed since", said["params"]["message"])
        self.assertEqual((line.state, line.kind), ("open", "elsewhere"))
        self.assertEqual(self.account(partner), "9999999999")
        line.action_send_ours()
        self.put(partner, "8888888888")
        self.drain()
        self.assertEqual(self.account(partner), "8888888888")
        self.assertEqual(self.rows(partner).state, "conflict")

    def test_what_was_settled_since_is_no_difference(self):
        """By a submission of the registrant's own, that went over what SPAR was seen to hold."""
        self._alone()
        partner = self.confirmed()
        self.put(partner, "7777777777")
        self.compare(partner)
        newer = self.submit(partner, "1000000002")
        self.drain()
        newer.with_user(self.second_officer).action_send_ours()
        self.drain()
        line = self.line_of(partner)
        line.action_accept_spars()
        self.assertEqual((line.state, self.rows(partner)[-1]), ("gone", newer))

    def test_a_repair_in_conflict_is_dropped_or_decided(self):
        self._alone()
        for method, left in (("action_cancel", "8888888888"), ("action_send_ours", "1000000001")):
            partner, line = self._missing()
            line.action_send_ours()
            self.spar.table[partner.ref] = FOREIGN.replace("9999999999", "8888888888")
            self.drain()
            row = self.rows(partner)
            self.assertEqual(row.state, "conflict")
            getattr(row.with_user(self.second_officer), method)()
            self.drain()
            self.assertEqual((row.state, row.confirmed), ("done", True))
            self.assertEqual(self.account(partner), left)
            self.assertTrue(row.address_sealed, "what was confirmed is kept")

    def test_nothing_is_decided_while_spar_is_away(self):
        self._alone()
        partner, line = self._missing()
        self.spar.always["resolve"] = hostile.fail
        with self.assertRaisesRegex(UserError, "nothing was decided"):
            line.action_send_ours()
        self.assertEqual((line.state, self.rows(partner).state), ("open", "done"))

    def test_accepting_an_unknown_one(self):
        partner = self.registrant()
        self.spar.table[partner.ref] = FOREIGN
        self.compare(partner)
        line = self.line_of(partner)
        with self.assertRaises(UserError):
            line.action_send_ours()
        line.action_accept_spars()
        self.assertFalse(self.rows(partner))
        line.with_user(self.second_officer).action_accept_spars()
        row = self.rows(partner)
        self.assertEqual((row.state, row.channel, row.confirmed), ("done", "reconcile", True))
        self.assertEqual((row.outcome, row.submitted_by), ("accepted", self.second_officer))
        change = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual((change.state, self.account(partner)), ("done", "1000000002"))

    def test_accepting_that_nothing_is_linked(self):
        self._alone()
        partner, line = self._missing()
        line.action_accept_spars()
        self.compare(partner)
        self.assertFalse(self.kinds(partner))
        again = self.submit(partner, "1000000003")
        self.drain()
        self.assertEqual((again.state, again.outcome), ("done", "link"))

    def test_nothing_is_accepted_over_what_waits(self):
        self._alone()
        partner = self.confirmed()
        self.put(partner, "7777777777")
        conflict = self.submit(partner, "1000000002")
        self.drain()
        self.compare(partner)
        line = self.line_of(partner)
        said = line.action_accept_spars()
        self.assertIn("open", said["params"]["message"])
        self.assertEqual((line.state, conflict.state), ("open", "conflict"))

    def test_a_bank_account_is_handed_in_as_any_other_change(self):
        partner = self.registrant()
        self.env["res.partner.bank"].with_user(self.officer).create(
            {"partner_id": partner.id, "acc_number": "1000000001", "bank_id": self.bank.id}
        )
        self.drain()
        self.env.cr.execute(
            "UPDATE res_partner_bank SET acc_number = '6666666666', "
            "sanitized_acc_number = '6666666666' WHERE partner_id = %s",
            (partner.id,),
        )
        self.env.invalidate_all()
        self.compare(partner)
        self.line_of(partner).action_send_ours()
        self.drain()
        row = self.rows(partner)[-1]
        self.assertEqual((row.state, row.hold_reason), ("held", "policy_change"))
        self.assertEqual((row.channel, row.way), ("reconcile", "bank"))
        with self.assertRaisesRegex(UserError, "yourself"):
            row.with_user(self.officer).action_release()
        row.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(self.account(partner), "6666666666")
        self.compare(partner)
        self.assertFalse(self.kinds(partner))

    def test_ignored_with_a_reason_until_it_is_something_else(self):
        partner, line = self._missing()
        wizard = self.env["spar.ignore.wizard"].with_user(self.officer)
        wizard.with_context(active_ids=line.ids).create({"note": "agreed"}).action_ignore()
        self.compare(partner)
        self.assertEqual((line.state, line.note, self.kinds(partner)), ("ignored", "agreed", []))
        self.spar.table[partner.ref] = FOREIGN
        self.compare(partner)
        self.assertEqual(self.kinds(partner), ["elsewhere"])

    def test_many_at_once_or_none(self):
        self._alone()
        partners = self.env["res.partner"].union(*(self._missing()[0] for _ in range(3)))
        lines = self.lines.search([("partner_id", "in", partners.ids)]).with_user(self.officer)
        unknown = self.registrant()
        self.spar.table[unknown.ref] = FOREIGN
        self.compare(unknown)
        with self.assertRaises(UserError):
            (lines | self.line_of(unknown)).action_send_ours()
        self.assertEqual(set(lines.mapped("state")), {"open"})
        lines.action_send_ours()
        self.drain()
        self.assertEqual([self.account(partner) for partner in partners], ["1000000001"] * 3)

    def test_hashes_are_nobodys_to_read(self):
        _partner, line = self._missing()
        for name in ("our_hash", "spar_hash", "registry_hash"):
            self.assertNotIn(name, self.lines.with_user(self.officer).fields_get())
            with self.assertRaises(AccessError):
                line.read([name])

    def test_a_strangers_value_found_by_a_recheck_is_seen(self):
        partner = self.confirmed()
        row = self.submit(partner, "1000000002")
        self.spar.next(hostile.cut_applied, "update")
        self.drain()
        self.later(10)
        self.drain()
        self.assertEqual(row.state, "done")
        self.put(partner, "7777777777")
        self.later(61)
        self.drain()
        line = self.line_of(partner)
        self.assertEqual(
            (line.kind, line.spar_mask, line.our_mask), ("elsewhere", "•••• 777", "•••• 002")
        )
        self.later(3600)
        self.drain()
        self.assertEqual(len(self.kinds(partner)), 1)

    def test_a_selection_is_sent_again_after_a_second_person(self):
        partner, other = self.confirmed(), self.confirmed()
        for each in (partner, other):
            del self.spar.table[each.ref]
        self.put(other, "7777777777")
        wizard = (
            self.env["spar.compare.wizard"]
            .with_user(self.officer)
            .with_context(active_model="res.partner", active_ids=(partner | other).ids)
        )
        wizard = wizard.create({"resend": True})
        self.assertEqual(wizard.selected_count, 2)
        wizard.action_start()
        self.work()
        run = self.line_of(partner).run_id
        self.assertEqual((run.purpose, run.state), ("resend", "done"))
        with self.assertRaisesRegex(UserError, "yourself"):
            run.with_user(self.officer).action_send_all()
        run.with_user(self.second_officer).action_send_all()
        self.work()
        self.drain()
        self.assertEqual(self.account(partner), "1000000001")
        self.assertEqual(self.account(other), "7777777777", "only what is missing")

    def test_a_filter_goes_by_the_rights_of_who_chose_it(self):
        partner = self.confirmed()
        hidden = self.confirmed(company_id=self.env["res.company"].create({"name": "Other"}).id)
        wizard = (
            self.env["spar.compare.wizard"]
            .with_user(self.officer)
            .with_context(
                active_model="res.partner",
                active_ids=partner.ids,
                active_domain=[("id", "in", (partner | hidden).ids)],
            )
        )
        wizard = wizard.create({"scope": "filter"})
        self.assertEqual(wizard.filter_count, 1)
        wizard.action_start()
        self.work()
        run = self.runs.search([("connection_id", "=", self.connection.id)], limit=1)
        self.assertEqual((run.state, run.done), ("done", 1))
        with self.assertRaises(AccessError):
            wizard.with_user(self.viewer).action_start()
        everything = wizard.with_context(active_domain=[])
        self.assertGreater(everything.default_get(["filter_count"])["filter_count"], 1)
