from odoo.tests import tagged

from .test_reconcile import ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileLate(ReconcileCase):
    """While what is confirmed waits to be sent again, it is the newer one all the same."""

    def setUp(self):
        super().setUp()
        self.partner = self.confirmed("1000000001")
        self.env.cr.execute("SELECT nextval('spar_submission_id_seq')")
        [self.number] = self.env.cr.fetchone()
        self.newest = self.submit(self.partner, "1000000003")
        self.drain()

    def _late(self):
        """A row that drew its number before the newest one, and becomes visible now."""
        return self.with_number(self.number, lambda: self.submit(self.partner, "1000000002"))

    def _send_again(self):
        self.newest._send_again({self.newest.id: self.newest.address_hash}, self.officer)

    def test_an_older_row_that_becomes_visible_is_not_sent(self):
        self._send_again()
        late = self._late()
        self.drain()
        self.assertEqual((late.state, self.newest.state), ("superseded", "done"))
        self.assertEqual(self.account(self.partner), "1000000003")
        self.assertNotIn("1000000002", [account for _o, account in self.spar.writes()])

    def test_an_older_row_that_is_released_is_handed_in_anew(self):
        late = self._late()
        late._transition("held", "held", hold_reason="policy_change")
        self._send_again()
        late.with_user(self.second_officer).action_release()
        self.drain()
        rows = self.rows(self.partner)
        self.assertEqual((late.state, rows.filtered("confirmed")), ("cancelled", rows[-1]))
        self.assertEqual(self.account(self.partner), "1000000002")

    def test_what_spar_holds_for_an_old_id_releases_no_row_of_a_backup(self):
        self.partner.ref = f"{self.partner.ref}-new"
        row = self.submit(self.partner, "1000000003")
        self.connection._registry_restored()
        self.work()
        self.assertEqual((row.state, row.hold_reason), ("held", "restored"))
