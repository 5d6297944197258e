from odoo.tests import tagged

from . import hostile_spar as hostile
from .common import DispatchCase


@tagged("post_install", "-at_install")
class TestDispatchFailures(DispatchCase):
    """SPAR misbehaves: nothing is lost, nothing goes twice, and the right one is blamed."""

    def _several(self, number=4, account="1000000001"):
        """(registrants, their rows), all due."""
        partners = self.env["res.partner"]
        for _ in range(number):
            partners |= self.registrant()
        return partners, self._submit_all(partners, account)

    def _submit_all(self, partners, account):
        rows = self.Submission
        for partner in partners:
            rows |= self.submit(partner, account)
        return rows

    def _assert_all_there(self, partners, rows, account="1000000001"):
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertEqual(set(rows.mapped("confirmed")), {True})
        self.assertEqual(
            {spar_id: hostile.account(fa) for spar_id, fa in self.spar.table.items()},
            dict.fromkeys(partners.mapped("ref"), account),
        )

    def test_unavailable_waits_longer_each_time(self):
        partner = self.registrant()
        row = self.submit(partner, "1000000001")
        self.spar.always["link"] = hostile.unavailable
        waits = []
        for attempt in range(1, 5):
            waits.append(self.drain())
            self.assertEqual((row.state, row.attempts), ("pending", attempt))
            self.later(30)
        self.assertEqual(waits, sorted(waits))
        self.assertGreater(waits[-1], 4 * waits[0] / 2)
        self.assertFalse(self.connection.paused_reason)
        self.spar.always.clear()
        self.drain()
        self._assert_all_there(partner, row)

    def test_five_hundred_alone_goes_back(self):
        row = self.submit(self.registrant(), "1000000001")
        self.spar.next(hostile.fail, "link")
        self.drain()
        self.assertEqual((row.state, row.attempts, row.solo_failures), ("pending", 1, 1))
        self.later(10)
        self.drain()
        self.assertEqual(row.state, "done")

    def test_a_batch_that_fails_whole_goes_in_parts(self):
        partners, rows = self._several()
        self.spar.next(hostile.fail, "link")
        self.drain()
        self._assert_all_there(partners, rows)
        self.assertEqual(set(rows.mapped("attempts")), {0})

    def test_half_of_an_update_batch_applied(self):
        partners, _rows = self._several()
        self.drain()
        rows = self._submit_all(partners, "1000000002")
        self.spar.next(hostile.half, "update")
        self.spar.log.clear()
        self.drain()
        self._assert_all_there(partners, rows, "1000000002")
        for partner in partners[:2]:
            self.assertEqual(len(self.spar.writes(partner.ref)), 1, "the applied half goes once")

    def test_applied_but_the_answer_is_useless(self):
        for behaviour in (hostile.truncated, hostile.doubled, hostile.incomplete):
            with self.subTest(behaviour.__name__):
                self.spar.reset()
                partners, rows = self._several(2)
                self.spar.next(behaviour, "link")
                self.drain()
                self._assert_all_there(partners, rows)
                self.assertEqual(len(self.spar.writes()), 2, "nothing is linked twice")

    def test_cut_before_and_after_it_was_applied(self):
        for behaviour, writes in ((hostile.cut, 2), (hostile.cut_applied, 1)):
            with self.subTest(behaviour.__name__):
                self.spar.reset()
                partner = self.registrant()
                row = self.submit(partner, "1000000001")
                self.spar.next(behaviour, "link")
                self.drain()
                self.assertEqual((row.state, row.attempts), ("pending", 1))
                self.assertTrue(row.suspect_until)
                self.later(10)
                self.drain()
                self._assert_all_there(partner, row)
                self.assertEqual(len(self.spar.writes(partner.ref)), writes)

    def test_no_answer_at_all(self):
        self.connection.read_seconds = 1
        partner = self.registrant()
        row = self.submit(partner, "1000000001")
        self.spar.next(hostile.silent, "link")
        self.drain()
        self.assertEqual(
            (row.state, self.events(row)[-1]), ("pending", ("delayed", "answer_timeout"))
        )
        self.assertTrue(row.suspect_until)
        self.later(10)
        self.drain()
        self._assert_all_there(partner, row)
        self.assertEqual(len(self.spar.writes()), 1)

    def test_one_refused_item_is_its_own_affair(self):
        partners, rows = self._several()
        self.spar.refused[partners[1].ref] = "rjct.fa.invalid"
        self.drain()
        self.assertEqual(rows.mapped("state"), ["done", "rejected", "done", "done"])
        self.assertEqual(rows[1].hold_reason, "rjct.fa.invalid")
        self.assertIn("rjct.fa.invalid", rows[1].explanation)
        self.assertTrue(rows[1].settled_at)
        follower = self.submit(partners[1], "1000000002")
        self.spar.refused.clear()
        self.drain()
        self.assertEqual((follower.state, rows[1].state), ("done", "superseded"))

    def test_one_item_for_which_the_request_is_refused(self):
        partners, rows = self._several()
        wrong = partners[2].ref

        def picky(handler, operation, items):
            refuse = any(item["id"] == wrong for item in items)
            (hostile.refuse_request if refuse else hostile.well)(handler, operation, items)

        self.spar.always["link"] = picky
        self.drain()
        self.assertEqual(rows.mapped("state"), ["done", "done", "rejected", "done"])
        self.assertEqual(rows[2].hold_reason, "G2P-REQ-102")

    def test_an_error_in_a_200(self):
        row = self.submit(self.registrant(), "1000000001")
        self.spar.next(hostile.error_in_200, "link")
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("rejected", "rjct.request.validation"))

    def test_poison_only_while_others_succeed(self):
        poison = self.registrant()

        def chokes(handler, operation, items):
            ill = any(item["id"] == poison.ref for item in items)
            (hostile.fail if ill else hostile.well)(handler, operation, items)

        self.spar.always["link"] = chokes
        row = self.submit(poison, "1000000001")
        for _ in range(4):
            self.drain()
            self.later(60)
        self.assertEqual((row.state, row.solo_failures), ("pending", 4))
        other = self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual(other.state, "done")
        self.later(600)
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("rejected", "poison"))
        self.spar.always.clear()
        row.with_user(self.officer).action_retry()
        self.drain()
        self.assertEqual(row.state, "done")

    def test_one_dominating_code_is_a_wrong_setting(self):
        partners, rows = self._several(25)
        self.spar.refused.update(dict.fromkeys(partners.mapped("ref"), "rjct.strategy.unknown"))
        self.drain()
        self.assertEqual(set(rows.mapped("state")), {"pending"})
        self.assertEqual(self.connection.state, "paused")
        self.assertEqual(self.connection.paused_reason, "rjct.strategy.unknown")
        asked = len(self.spar.log)
        self.later(3600)
        self.drain()
        self.assertEqual(len(self.spar.log), asked, "only a person lets it go on")
        self.spar.refused.clear()
        self.connection.with_user(self.manager).action_resume()
        self.drain()
        self._assert_all_there(partners, rows)

    def test_twenty_of_a_hundred_do_not_dominate(self):
        partners, rows = self._several(26)
        self.spar.refused.update(dict.fromkeys(partners[:20].mapped("ref"), "rjct.fa.invalid"))
        self.drain()
        self.assertEqual(set(rows[:20].mapped("state")), {"rejected"})
        self.assertEqual(set(rows[20:].mapped("state")), {"done"})
        self.assertEqual(self.connection.state, "running")

    def _one_by_one(self, count, code=None):
        """So many single submissions, each in a turn of its own; refused with ``code``."""
        rows = self.Submission.browse()
        for _number in range(count):
            partner = self.registrant()
            if code:
                self.spar.refused[partner.ref] = code
            rows |= self.submit(partner, "1000000001")
            self.drain()
        return rows

    def test_a_code_that_dominates_what_trickles_in(self):
        taken = self._one_by_one(5)
        refused = self._one_by_one(19, "rjct.strategy.unknown")
        self.assertEqual(set(refused.mapped("state")), {"rejected"})
        self.assertEqual(self.connection.state, "running")
        refused |= self._one_by_one(1, "rjct.strategy.unknown")
        self.assertEqual(set(refused.mapped("state")), {"pending"}, "nobody is lost by it")
        self.assertEqual(
            (self.connection.state, self.connection.paused_reason),
            ("paused", "rjct.strategy.unknown"),
        )
        self.assertEqual(self.events(refused[0])[-1], ("delayed", "rjct.strategy.unknown"))
        self.assertFalse(refused[0].settled_at or refused[0].hold_reason)
        self.spar.refused.clear()
        self.connection.with_user(self.manager).action_resume()
        self.drain()
        rows = refused | taken
        self._assert_all_there(rows.partner_id, rows)

    def test_a_confirmed_row_keeps_its_date_when_a_code_dominates(self):
        partner = self.confirmed(ref="lost")
        row = self.rows(partner)
        del self.spar.table["lost"]
        row._send_again({row.id: ""}, self.manager)
        self.spar.refused["lost"] = "rjct.strategy.unknown"
        self.drain()
        self.assertEqual((row.state, row.confirmed), ("rejected", True))
        self._one_by_one(24, "rjct.strategy.unknown")
        self.assertEqual(self.connection.state, "paused")
        self.assertEqual((row.state, row.confirmed), ("pending", True))
        self.assertTrue(row.settled_at, "a later submission is older or newer than this")

    def test_as_many_over_a_long_time_are_so_many_people(self):
        for _day in range(2):
            refused = self._one_by_one(11, "rjct.fa.invalid")
            self.later(25 * 3600)
        self.assertEqual(set(refused.mapped("state")), {"rejected"})
        self.assertEqual(self.connection.state, "running")

    def test_what_is_looked_at_goes_by_an_index(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM spar_submission WHERE connection_id = 1 AND "
            "state IN ('done', 'rejected') AND settled_at > now() ORDER BY settled_at DESC LIMIT 25"
        )
        self.assertIn("spar_submission_outcome_idx", str(self.env.cr.fetchall()))
