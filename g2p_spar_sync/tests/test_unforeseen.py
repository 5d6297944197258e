from unittest.mock import patch

from odoo.tests import tagged

from ..dispatch import carrier, drain
from ..spar import exchange
from . import hostile_spar as hostile
from .common import DispatchCase

SECRET = "1000000042"


@tagged("post_install", "-at_install")
class TestUnforeseen(DispatchCase):
    """Our own code breaks, in a place that nobody foresaw."""

    def _submitted(self, number=5):
        return self.Submission.union(
            *(self.submit(self.registrant(), "1000000001") for _number in range(number))
        )

    def _breaking_over(self, guilty):
        """A planner that breaks over SPAR's answer for one registrant's update."""
        plan, bad = carrier.plan, guilty.address_hash

        def breaking(wanted, *rest):
            if wanted.identity == bad:
                raise TypeError(SECRET)
            return plan(wanted, *rest)

        return patch.object(carrier, "plan", breaking)

    def _breaking_at(self, place, at=""):
        """Whatever is read of answers breaks, where the request was to ``place``."""
        check = exchange._check_whole

        def breaking(response):
            if place in response.url and at.encode() in response.request.body:
                raise KeyError(SECRET)
            check(response)

        return patch.object(exchange, "_check_whole", breaking)

    def _told(self, work=None):
        """What is logged as an error while ``work()``, by default a turn."""
        with self.assertLogs("odoo.addons.g2p_spar_sync.dispatch", "ERROR") as logs:
            (work or self.drain)()
        told = "\n".join(logs.output)
        self.assertNotIn(SECRET, told)
        return told

    def test_one_line_takes_no_other_down(self):
        partners = self._submitted().partner_id
        self.drain()
        rows = self.Submission.union(*(self.submit(p, f"200000000{p.id}") for p in partners))
        guilty = rows[2]
        for time in range(1, 4):
            # Only while SPAR takes others can one of them be to blame.
            self.submit(self.registrant(), "1000000001")
            with self._breaking_over(guilty):
                told = self._told()
            self.assertIn(f"TypeError over submission {guilty.id}, at ", told)
            self.assertIn("carrier.py:", told)
            self.assertEqual(set((rows - guilty).mapped("state")), {"done"})
            if time < 3:
                self.assertEqual((guilty.state, guilty.attempts), ("pending", time))
                self.assertEqual(self.events(guilty)[-1], ("delayed", "unforeseen"))
            self.later(60)
        self.assertEqual((guilty.state, guilty.hold_reason), ("held", "unforeseen"))
        self.assertIn("the server's log names", guilty.explanation)
        guilty.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(guilty.state, "done")

    def test_what_broke_after_it_was_sent_may_be_at_spar(self):
        rows = self._submitted()
        guilty = rows[2]
        with self._breaking_at("/link", at=guilty.partner_id.ref):
            self._told()
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertEqual(guilty.outcome, "nothing", "SPAR was asked before anything was repeated")
        self.assertTrue(guilty.sent_at and guilty.suspect_until and guilty.recheck_at)
        self.assertEqual(len(self.spar.writes(guilty.partner_id.ref)), 1)
        self.later(70)
        self.drain()
        self.assertFalse(guilty.suspect_until or guilty.recheck_at)

    def test_where_no_answer_can_be_read_the_connection_waits_and_the_others_go_on(self):
        other = self.connection.copy({"name": "2", "company_id": False, "sequence": 50})
        company = self.env["res.company"].create({"name": "Elsewhere"})
        spar2 = hostile.HostileSpar()
        self.addCleanup(spar2.stop)
        other.write({"company_id": company.id, "base_url": spar2.url})
        rows = self._submitted()
        elsewhere = self.submit(self.registrant(company_id=company.id), "1000000001")
        with self._breaking_at(self.spar.url):
            self._told()
        self.assertEqual((self.connection.state, other.state), ("waiting", "running"))
        self.assertIn("breaks over what SPAR answers", self.connection.pause_explanation)
        self.assertEqual(elsewhere.state, "done")
        self.assertEqual(set(rows.mapped("state")), {"pending"})
        self.assertEqual(set(rows.mapped("attempts")), {0}, "none of them is to blame")
        self.assertTrue(all(row.sent_at and row.suspect_until for row in rows))
        self.later(70)
        with self._breaking_at(self.spar.url):
            self._told()
        self.assertEqual(self.connection.state, "waiting")
        self.later(70)
        self.drain()
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertEqual(len(self.spar.writes()), len(rows), "nothing was linked twice")

    def test_a_connection_whose_claim_breaks_stops_no_other(self):
        other = self.connection.copy({"name": "2", "company_id": False, "sequence": 50})
        company = self.env["res.company"].create({"name": "Elsewhere"})
        other.company_id = company
        row = self.submit(self.registrant(), "1000000001")
        elsewhere = self.submit(self.registrant(company_id=company.id), "1000000001")
        claim = drain.claim

        def breaking(env, connection, *rest):
            if connection.id == self.connection.id:
                raise KeyError(SECRET)
            return claim(env, connection, *rest)

        def turn():
            # Odoo's assertRaises would undo what was done.
            try:
                with patch.object(drain, "claim", breaking):
                    self.drain()
            except KeyError:
                return
            self.fail("the turn hides it")

        self.assertIn(f"KeyError over connection {self.connection.id}, at ", self._told(turn))
        self.next_transaction()
        self.assertEqual((row.state, elsewhere.state), ("pending", "done"))

    def test_what_breaks_over_everybody_holds_nobody(self):
        rows = self._submitted(3)
        self.drain()
        rows = self.Submission.union(*(self.submit(p, "2000000001") for p in rows.partner_id))
        for _time in range(4):
            with patch.object(carrier, "plan", side_effect=TypeError(SECRET)):
                self._told()
            self.later(3600)
        self.assertEqual(set(rows.mapped("state")), {"pending"})
        self.drain()
        self.assertEqual(set(rows.mapped("state")), {"done"})

    def test_one_recheck_that_breaks_stops_nothing(self):
        first, other = self._submitted(2)
        self.spar.next(hostile.cut_applied, "link")
        self.drain()
        self.later(70)
        self.drain()
        self.env.cr.execute(
            "UPDATE spar_submission SET recheck_at = due_at, suspect_until = due_at WHERE id IN %s",
            ((first.id, other.id),),
        )
        self.next_transaction()
        row = self.submit(self.registrant(), "1000000002")
        looked = type(first)._rechecked

        def breaking(submission, *rest):
            if submission.id == first.id:
                raise KeyError(SECRET)
            return looked(submission, *rest)

        with patch.object(type(first), "_rechecked", breaking):
            told = self._told()
        self.assertIn(f"KeyError over submission {first.id}, at ", told)
        self.assertEqual(row.state, "done")
        self.assertFalse(other.recheck_at)
        self.assertTrue(first.recheck_at, "it comes up again")
