from unittest.mock import patch

from odoo.tests import tagged

from ..dispatch.reconcile import Reconcile
from . import hostile_spar as hostile
from .common import DispatchCase

FOREIGN = "account_number:9999999999.branch_name:.branch_code:.bank_name:.bank_code:X.fa_type:BANK"


class ReconcileCase(DispatchCase):
    """With a worker's turn at comparing."""

    def setUp(self):
        super().setUp()
        self.runs = self.env["spar.reconciliation"]
        self.lines = self.env["spar.reconciliation.line"]
        self.channel = self.env.ref("g2p_spar_sync.channel_reconcile")
        self.connection.reconcile_rate = 1_000_000

    def worker(self):
        return Reconcile(self.open_env, 60)

    def work(self):
        """One worker's turn at comparing; what it returns."""
        seconds = self.worker().run()
        self.next_transaction()
        return seconds

    def compare(self, partners, purpose="compare"):
        """A comparison of these registrants, worked off; the run."""
        domain = [("id", "in", partners.ids)]
        run = self.runs.with_user(self.officer)._start(self.connection, purpose, domain)
        self.work()
        self.assertEqual(run.state, "done")
        return run.with_env(self.env)

    def kinds(self, partners):
        """The current differences of these registrants."""
        found = self.lines.search(
            [("partner_id", "in", partners.ids), ("state", "in", ("open", "proposed"))], order="id"
        )
        return found.mapped("kind")

    def line_of(self, partner, user=None):
        line = self.lines.search([("partner_id", "=", partner.id)], limit=1)
        return line.with_user(user or self.officer)

    def account(self, partner):
        """What SPAR's table holds for a registrant."""
        return hostile.account(self.spar.table.get(partner.ref))

    def put(self, partner, account):
        """Somebody else writes into SPAR's table."""
        mine = self.spar.table.get(partner.ref) or FOREIGN
        was = hostile.account(mine)
        self.spar.table[partner.ref] = mine.replace(was, account)


@tagged("post_install", "-at_install")
class TestReconcile(ReconcileCase):
    """What a comparison finds, and what it leaves alone."""

    def test_all_is_well(self):
        partner = self.confirmed()
        run = self.compare(partner)
        self.assertFalse(self.kinds(partner))
        self.assertEqual((run.done, run.total, run.progress, run.found), (1, 1, 100.0, False))

    def test_each_kind(self):
        fine = self.confirmed()
        missing, older, elsewhere, unreadable = (self.confirmed() for _ in range(4))
        unknown = self.registrant()
        del self.spar.table[missing.ref]
        self.submit(older, "1000000002")
        self.drain()
        self.put(older, "1000000001")
        self.put(elsewhere, "7777777777")
        self.spar.table[unreadable.ref] = "something else"
        self.spar.table[unknown.ref] = FOREIGN
        everybody = fine | missing | older | elsewhere | unreadable | unknown
        run = self.compare(everybody)
        for partner, kind in (
            (missing, "missing"),
            (older, "older"),
            (elsewhere, "elsewhere"),
            (unreadable, "unreadable"),
            (unknown, "unknown"),
        ):
            self.assertEqual(self.kinds(partner), [kind])
        self.assertFalse(self.kinds(fine))
        self.assertEqual(sum(run.found.values()), 5)
        line = self.line_of(older, self.viewer)
        self.assertEqual((line.our_mask, line.spar_mask), ("•••• 002", "•••• 001"))

    def test_what_was_cancelled_here_and_stands_there(self):
        partner = self.confirmed()
        row = self.submit(partner, "1000000002", operation="set")
        row.with_user(self.officer).action_cancel()
        self.put(partner, "1000000002")
        self.compare(partner)
        self.assertEqual(self.kinds(partner), ["differs"])

    def test_two_with_one_id(self):
        one = self.confirmed()
        other = self.registrant(ref=one.ref)
        self.compare(one | other)
        self.assertEqual(self.kinds(one | other), ["id_shared"] * 2)
        self.assertIn(other.display_name, self.line_of(one).explanation)

    def test_the_id_of_one_who_was_paid_by_it_before(self):
        """Found whether the two are compared in one batch or in two."""
        for batch_size in (100, 1):
            with self.subTest(batch_size=batch_size):
                self.connection.batch_size = batch_size
                former = self.confirmed()
                newer = self.registrant()
                spar_id = former.ref
                former.ref = f"{spar_id}-new"
                newer.ref = spar_id
                self.compare(former | newer)
                found = self.lines.search([("spar_id", "=", spar_id), ("state", "=", "open")])
                self.assertEqual(found.partner_id, former | newer)
                self.assertEqual(set(found.mapped("kind")), {"id_shared"})

    def test_on_its_way_is_no_difference(self):
        partner = self.confirmed()
        self.submit(partner, "1000000002")
        self.put(partner, "7777777777")
        run = self.compare(partner)
        self.assertFalse(self.kinds(partner))
        self.assertEqual(run.found, {"on_its_way": 1})

    def test_what_was_sent_between_question_and_answer(self):
        """SPAR's answer is older than what is confirmed by then: no difference."""
        partner = self.confirmed()
        worker = Reconcile(self.open_env, 60)
        asked = worker._ask

        def slow(turn, ids):
            answers = asked(turn, ids)
            self.submit(partner, "1000000002")
            self.drain()
            return answers

        with patch.object(worker, "_ask", slow):
            run = self.runs._start(self.connection, "compare", [("id", "in", partner.ids)])
            worker.run()
        self.assertEqual(self.account(partner), "1000000002")
        self.assertEqual((run.state, run.found), ("done", {"on_its_way": 1}))

    def test_bank_accounts_changed_past_every_hook(self):
        partner, quiet, gone = (self.registrant() for _ in range(3))
        accounts = self.env["res.partner.bank"].with_user(self.officer)
        for each in (partner, quiet, gone):
            accounts.create(
                {"partner_id": each.id, "acc_number": "1000000001", "bank_id": self.bank.id}
            )
        self.drain()
        self.env.cr.execute(
            "UPDATE res_partner_bank SET acc_number = '6666666666', "
            "sanitized_acc_number = '6666666666' WHERE partner_id = %s",
            (partner.id,),
        )
        self.env.cr.execute("DELETE FROM res_partner_bank WHERE partner_id = %s", (gone.id,))
        self.env.invalidate_all()
        self.compare(partner | quiet | gone)
        self.assertEqual(self.kinds(partner | gone), ["not_handed_in"] * 2)
        self.assertFalse(self.kinds(quiet))
        self.assertEqual(self.line_of(partner).registry_mask, "•••• 666")

    def test_back_to_an_older_account_past_every_hook(self):
        partner = self.registrant()
        account = (
            self.env["res.partner.bank"]
            .with_user(self.officer)
            .create({"partner_id": partner.id, "acc_number": "1000000001", "bank_id": self.bank.id})
        )
        self.drain()
        account.acc_number = "1000000002"
        self.drain()
        self.env.cr.execute(
            "UPDATE res_partner_bank SET acc_number = '1000000001', "
            "sanitized_acc_number = '1000000001' WHERE id = %s",
            (account.id,),
        )
        self.env.invalidate_all()
        self.compare(partner)
        self.assertEqual(self.kinds(partner), ["not_handed_in"])

    def test_found_again_is_the_same_difference(self):
        partner = self.confirmed()
        del self.spar.table[partner.ref]
        first, second = self.compare(partner), self.compare(partner)
        line = self.line_of(partner)
        self.assertEqual((line.run_id, first.open_count), (second, 0))
        self.put(partner, "7777777777")
        self.compare(partner)
        self.assertEqual(self.kinds(partner), ["elsewhere"])
        self.put(partner, "1000000001")
        self.spar.table[partner.ref] = self.spar.table[partner.ref].replace(
            "bank_code:X", f"bank_code:{self.bank.spar_code}"
        )
        self.compare(partner)
        self.assertEqual(line.state, "gone")
