from odoo.exceptions import AccessError
from odoo.tests import tagged

from . import hostile_spar as hostile
from .observe import FOREIGN, ObserveCase


@tagged("post_install", "-at_install")
class TestObserve(ObserveCase):
    """A connection that observes asks, plans and records, and sends nothing."""

    def test_everything_is_planned_and_nothing_is_sent(self):
        before = self.registrant(), self.registrant(), self.registrant()
        self.go_live()
        for partner in before:
            self.submit(partner, "1000000001")
        self.drain()
        self.connection.mode = "observe"
        table = dict(self.spar.table)
        self.spar.log.clear()
        links, same, differs, unreadable = (self.registrant() for _ in range(4))
        self.held_at_spar(same, "1000000001")
        self.spar.table[differs.ref] = FOREIGN
        self.spar.table[unreadable.ref] = "something else"
        self.env.ref("g2p_spar_sync.channel_backend").change = "hold"
        table = dict(self.spar.table)
        rows = [
            self.submit(links, "1000000001"),
            self.submit(same, "1000000001"),
            self.submit(differs, "1000000001"),
            self.submit(unreadable, "1000000001"),
            self.submit(before[0], "1000000001"),
            self.submit(before[1], "1000000001", operation="remove"),
            self.submit(before[2], "1000000002"),
        ]
        self.assertEqual(
            self.observe(*rows), ["link", "same", "differs", "differs", "same", "held", "held"]
        )
        self.assertEqual({row.state for row in rows}, {"pending"})
        self.assertEqual(
            [row.observed_reason for row in rows],
            [
                "first_link",
                "nothing",
                "never_confirmed",
                "unreadable",
                "nothing",
                "policy_change",
                "policy_change",
            ],
        )
        self.assertEqual({operation for operation, _items in self.spar.log}, {"resolve"})
        self.assertEqual(self.spar.table, table)
        self.assertFalse(any(row.sent_at or row.attempts or row.due_at for row in rows))
        self.assertEqual(
            self.events(rows[0])[1:], [("leased", False), ("observed", "link: first_link")]
        )
        for row in rows:
            self.assertTrue(row.observed_at)
            self.assertIn("not sent", row.explanation)
        for row in rows[5:]:
            row.with_user(self.second_officer).action_release()
        self.assertEqual(self.observe(*rows[5:]), ["unlink", "update"])

    def test_what_was_looked_at_is_left_alone(self):
        row = self.submit(self.registrant(), "1000000001")
        self.observe(row)
        asked = len(self.spar.log)
        for _ in range(3):
            self.later(3600)
            self.assertIsNone(self.drain())
        self.assertEqual(len(self.spar.log), asked)

    def test_until_somebody_asks(self):
        partner = self.registrant()
        row = self.submit(partner, "1000000001")
        self.assertEqual(self.observe(row), ["link"])
        self.held_at_spar(partner, "1000000001")
        row.with_user(self.officer).action_retry()
        self.assertEqual(self.observe(row), ["same"])
        self.spar.table[partner.ref] = FOREIGN
        self.connection.with_user(self.manager).action_observe_again()
        self.assertEqual(self.observe(row), ["differs"])
        for user in (self.officer, self.viewer):
            with self.assertRaises(AccessError):
                self.connection.with_user(user).action_observe_again()

    def test_or_a_setting_that_matters_changes(self):
        partner = self.registrant()
        row = self.submit(partner, "1000000001")
        self.observe(row)
        self.held_at_spar(partner, "1000000001")
        self.spar.table[f"x-{partner.ref}"] = FOREIGN
        self.connection.with_user(self.manager).batch_size = 7
        self.assertEqual(self.observe(row), ["link"])
        self.connection.with_user(self.manager).id_prefix = "x-"
        self.assertEqual(self.observe(row), ["differs"])
        self.env.ref("g2p_spar_sync.channel_backend").first_link = "hold"
        del self.spar.table[f"x-{partner.ref}"]
        self.assertEqual(self.observe(row), ["held"])

    def test_or_a_newer_row_comes_in(self):
        partner = self.registrant()
        first = self.submit(partner, "1000000001")
        self.assertEqual(self.observe(first), ["link"])
        self.held_at_spar(partner, "1000000001")
        second = self.submit(partner, "1000000002")
        self.assertEqual(self.observe(first, second), ["same", "behind"])
        asked = len(self.spar.log)
        self.assertIsNone(self.drain())
        self.assertEqual(len(self.spar.log), asked)
        first.with_user(self.second_officer).action_cancel()
        self.assertEqual(self.observe(second), ["differs"])

    def test_what_would_wait_for_a_person_hides_nobody_behind_it(self):
        """The old way of working went on beside us: SPAR holds what the second row says."""
        partner = self.registrant()
        self.held_at_spar(partner, "1000000002")
        first, second = self.submit(partner, "1000000001"), self.submit(partner, "1000000002")
        self.assertEqual(self.observe(first, second), ["differs", "same"])
        self.go_live()
        self.assertEqual((first.state, second.state), ("superseded", "done"))
        self.assertEqual(second.outcome, "nothing")

    def test_one_that_may_be_at_spar_hides_everybody(self):
        """Sent with an unknown outcome before the connection observed: nothing passes it by."""
        self.go_live()
        sent = self.submit(self.registrant(), "1000000001")
        self.spar.next(hostile.cut, "link")
        self.drain()
        self.assertTrue(sent.sent_at)
        self.spar.log.clear()
        self.spar.table[sent.partner_id.ref] = FOREIGN
        self.connection.mode = "observe"
        newer = self.submit(sent.partner_id, "1000000002")
        self.later(600)
        self.assertEqual(self.observe(sent, newer), ["differs", "behind"])
        self.assertEqual(sent.observed_reason, "unknown_value_after_send")
        sent.with_user(self.second_officer).action_cancel()
        self.assertEqual(self.observe(newer), ["differs"])

    def test_an_id_that_comes_or_changes(self):
        partner = self.registrant(ref=False)
        row = self.submit(partner, "1000000001")
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "no_id"))
        partner.ref = "late"
        self.assertEqual(self.observe(row), ["link"])
        self.spar.table["changed"] = FOREIGN
        partner.ref = "changed"
        self.assertEqual(self.observe(row), ["differs"])

    def test_an_outage_is_waited_for(self):
        row = self.submit(self.registrant(), "1000000001")
        self.spar.always["resolve"] = hostile.unavailable
        for _ in range(3):
            self.drain()
            self.assertEqual((row.state, row.observed), ("pending", False))
            self.later(30)
        self.spar.always["resolve"] = hostile.bad_signature
        self.later(600)
        self.drain()
        self.assertEqual(self.connection.state, "waiting")
        self.spar.always.clear()
        self.later(600)
        self.assertEqual(self.observe(row), ["link"])
        self.assertFalse(row.sent_at or row.suspect_until)

    def test_a_refused_one_is_its_own_affair(self):
        refused, other = self.registrant(), self.registrant()
        rows = self.submit(refused, "1000000001"), self.submit(other, "1000000001")

        def picky(handler, operation, items):
            if any(item["id"] == refused.ref for item in items):
                hostile.refuse_request(handler, operation, items)
            else:
                hostile.well(handler, operation, items)

        self.spar.always["resolve"] = picky
        self.assertEqual(self.observe(*rows), ["invalid", "link"])
        self.assertEqual({row.state for row in rows}, {"pending"})

    def test_a_worker_that_dies_leaves_nothing_in_doubt(self):
        row = self.submit(self.registrant(), "1000000001")
        token = "a" * 32
        ids = {row.id: row.partner_id.ref}
        self.Submission._lease(token, self.env.cr.now(), self.connection, ids, observing=ids)
        self.next_transaction()
        self.assertEqual(row.state, "sending")
        self.later(600)
        self.assertEqual(self.observe(row), ["link"])
        self.assertFalse(row.sent_at or row.suspect_until)

    def test_a_merge_while_it_is_looked_at(self):
        row, other = self.submit(self.registrant(), "1000000001"), self.registrant()
        ids = {row.id: row.partner_id.ref}
        self.Submission._lease("a" * 32, self.env.cr.now(), self.connection, ids, observing=ids)
        self.env.cr.execute(
            "UPDATE spar_submission SET partner_id = %s WHERE id = %s", (other.id, row.id)
        )
        row.invalidate_recordset()
        self.assertEqual((row.state, row.sent_at), ("held", False))

    def test_going_live(self):
        links, same, differs = self.registrant(), self.registrant(), self.registrant()
        self.held_at_spar(same, "1000000001")
        self.spar.table[differs.ref] = FOREIGN
        rows = [self.submit(partner, "1000000001") for partner in (links, same, differs)]
        follower = self.submit(links, "1000000002")
        self.assertEqual(self.observe(*rows, follower), ["link", "same", "differs", "behind"])
        self.go_live()
        self.assertEqual(
            [row.state for row in (*rows, follower)], ["done"] * 2 + ["conflict", "done"]
        )
        self.assertEqual(rows[2].hold_reason, "never_confirmed")
        self.assertEqual(
            [row.outcome for row in (*rows, follower)], ["link", "nothing", False, "update"]
        )
        self.assertEqual(hostile.account(self.spar.table[links.ref]), "1000000002")
        self.assertEqual(self.spar.table[differs.ref], FOREIGN)
        self.assertFalse(any(row.observed for row in (*rows, follower)))

    def test_back_to_observing(self):
        self.go_live()
        row = self.submit(self.registrant(), "1000000001")
        self.connection.with_user(self.manager).mode = "observe"
        self.assertEqual(self.observe(row), ["link"])

    def test_who_switches_leaves_an_event(self):
        for user in (self.officer, self.viewer, self.staff):
            with self.refused(AccessError):
                self.connection.with_user(user).write({"mode": "live"})
        self.connection.with_user(self.manager).write({"mode": "live", "pilot_domain": "[]"})
        events = self.env["spar.event"].search([("kind", "=", "configured")], limit=2)
        self.assertEqual(events.user_id, self.manager)
        self.assertEqual(
            {event.detail.partition(": ")[2] for event in events},
            {"mode, pilot_domain", "mode = live"},
        )

    def test_what_people_read(self):
        partner = self.registrant()
        row = self.submit(partner, "1000000001")
        self.assertIn("not sent", row.explanation)
        self.drain()
        said = partner.with_user(self.viewer).spar_panel()
        self.assertTrue(said["observes"])
        [shown] = said["open"]
        self.assertEqual((shown["state_label"], shown["looked_at"]), ("Recorded, not sent", True))
        self.assertIn("would be linked", shown["explanation"])
        self.connection.mode = "live"
        said = partner.with_user(self.viewer).spar_panel()
        self.assertFalse(said["observes"])
