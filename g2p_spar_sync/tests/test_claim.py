from odoo.tests import tagged

from ..dispatch.heads import HEADS, IN_ORDER
from .common import DispatchCase
from .hostile_spar import account, unavailable


@tagged("post_install", "-at_install")
class TestClaim(DispatchCase):
    """Which submission goes next, and which does not go."""

    def test_a_registrants_addresses_go_in_order(self):
        partner = self.registrant()
        accounts = ["1000000001", "1000000002", "1000000003"]
        for number in accounts:
            self.submit(partner, number)
        self.drain()
        self.assertEqual(
            self.spar.writes(partner.ref),
            [*zip(("link", "update", "update"), accounts, strict=True)],
        )
        self.assertEqual(self.rows(partner).mapped("confirmed"), [False, False, True])

    def test_oldest_first(self):
        self.connection.batch_size = 2
        partners = self.registrant() | self.registrant() | self.registrant()
        for partner in partners.sorted("id", reverse=True):
            self.submit(partner, "1000000001")
        self.drain()
        sent = [spar_id for _operation, items in self.spar.log for spar_id in items]
        self.assertEqual(sent, partners.sorted("id", reverse=True).mapped("ref"))
        self.assertEqual([len(items) for _operation, items in self.spar.log], [2, 1])

    def test_a_claim_sorts_nothing_and_reads_each_line_alone(self):
        """Also before PostgreSQL has counted the rows of a large import."""
        for _ in range(3):
            self.submit(self.registrant(), "1000000001")
        self.env.flush_all()
        # The table is too small here for an index to be worth its while.
        self.env.cr.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        self.env.cr.execute(IN_ORDER)
        self.env.cr.execute("EXPLAIN (FORMAT JSON) " + HEADS, (self.connection.id, 100))
        waiting, nodes = [self.env.cr.fetchone()[0][0]["Plan"]], []
        while waiting:
            node = waiting.pop()
            waiting += node.get("Plans", [])
            nodes.append(node)
        self.assertNotIn("Sort", [node["Node Type"] for node in nodes])
        reads = [node.get("Index Cond") for node in nodes if node.get("Alias") == "o"]
        self.assertEqual(reads, ["(partner_id = s.partner_id)"])

    def test_followers_wait_and_others_go_on(self):
        stuck, free = self.registrant(), self.registrant()
        self.submit(stuck, "1000000001")
        self.spar.next(unavailable, "link")
        self.drain()
        self.later(-60)  # However slow the machine is, the retry is not due yet.
        self.submit(stuck, "1000000002")
        self.submit(free, "1000000003")
        self.drain()
        self.assertEqual(self.rows(stuck).mapped("state"), ["pending", "pending"])
        self.assertEqual(self.rows(free).state, "done")
        self.later(70)
        self.drain()
        self.assertEqual(
            self.spar.writes(stuck.ref)[1:], [("link", "1000000001"), ("update", "1000000002")]
        )

    def test_held_for_a_person_blocks_nobody(self):
        partner = self.registrant()
        partner.with_user(self.staff).write(self.bank_parts("1000000001"))
        self.next_transaction()
        self.submit(partner, "1000000002")
        self.drain()
        rows = self.rows(partner)
        self.assertEqual(rows.mapped("state"), ["superseded", "done"])
        self.assertEqual(self.spar.writes(partner.ref), [("link", "1000000002")])

    def test_held_for_an_id_blocks_until_there_is_one(self):
        partner = self.registrant(ref=False)
        first = self.submit(partner, "1000000001")
        self.drain()
        self.assertEqual(
            (first.state, first.hold_reason, first.waits_for_id), ("held", "no_id", True)
        )
        second = self.submit(partner, "1000000002")
        self.drain()
        self.assertEqual((first.state, second.state), ("held", "pending"))
        partner.ref = "late-id"
        self.drain()
        self.assertEqual(
            self.spar.writes("late-id"), [("link", "1000000001"), ("update", "1000000002")]
        )
        self.assertEqual(self.rows(partner).mapped("state"), ["done", "done"])

    def test_an_id_that_spar_would_take_blindly(self):
        for wrong, reason in {
            "has space": "whitespace",
            "x" * 200: "too_long",
            "a\u200bb": "invisible",
            "a\U0001f600b": "characters",
        }.items():
            with self.subTest(reason):
                partner = self.registrant(ref=wrong)
                row = self.submit(partner, "1000000001")
                self.drain()
                self.assertEqual((row.state, row.hold_reason), ("held", "id_malformed"))
                self.assertEqual(row.hold_params, {"reason": reason})
                self.assertIn(reason, row.explanation)
                partner.ref = f"good-{reason}"
                self.drain()
                self.assertEqual(row.state, "done")
        self.assertEqual(len(self.spar.table), 4)

    def test_prefix_and_suffix(self):
        self.connection.write({"id_prefix": "token:", "id_suffix": "@nationalId"})
        partner = self.registrant(ref=" 4711 ")
        row = self.submit(partner, "1000000001")
        self.drain()
        self.assertEqual(list(self.spar.table), ["token:4711@nationalId"])
        self.assertEqual(row.spar_id, "token:4711@nationalId")

    def test_archived(self):
        partner = self.registrant()
        row = self.submit(partner, "1000000001")
        partner.active = False
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "registrant_archived"))
        partner.active = True
        row.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(row.state, "done")

    def test_two_registrants_with_one_id(self):
        first, newcomer = self.registrant(ref="shared"), self.registrant(ref="shared")
        late = self.submit(newcomer, "1000000002")
        early = self.submit(first, "1000000001")
        self.drain()
        self.assertEqual((early.state, late.state), ("done", "held"))
        self.assertEqual(late.hold_reason, "duplicate_id")
        self.assertEqual(late.hold_params, {"partner": str(first.id)})
        self.assertEqual(self.spar.writes("shared"), [("link", "1000000001")])
        late.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual((late.state, late.hold_reason), ("held", "duplicate_id"))
        newcomer.ref = "own"
        late.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(self.spar.writes("own"), [("link", "1000000002")])

    def test_whose_address_is_confirmed_is_no_newcomer(self):
        thief, owner = self.registrant(ref="thief"), self.confirmed("1000000001", ref="owner")
        thief.ref = "owner"
        stolen = self.submit(thief, "1000000002")
        changed = self.submit(owner, "1000000003")
        self.drain()
        self.assertEqual((stolen.state, changed.state), ("held", "done"))
        self.assertEqual(self.spar.writes("owner")[1:], [("update", "1000000003")])

    def test_an_id_edited_to_a_strangers(self):
        """Also where the stranger's registrant is gone: what we never sent is not overwritten."""
        self.confirmed("1000000001", ref="stranger").ref = "moved-away"
        partner = self.confirmed("1000000002", ref="mine")
        partner.ref = "stranger"
        row = self.submit(partner, "1000000003")
        self.drain()
        self.assertEqual((row.state, row.hold_reason), ("conflict", "never_confirmed"))
        self.assertEqual(account(self.spar.table["stranger"]), "1000000001")

    def test_a_row_that_becomes_visible_late_is_never_sent(self):
        partner = self.registrant()
        self.env.cr.execute("SELECT nextval('spar_submission_id_seq')")
        [drawn] = self.env.cr.fetchone()
        newest = self.submit(partner, "1000000002")
        self.drain()
        late = self.with_number(drawn, lambda: self.submit(partner, "1000000001"))
        self.assertLess(late.id, newest.id)
        self.drain()
        self.assertEqual((late.state, newest.state), ("superseded", "done"))
        self.assertTrue(newest.confirmed)
        self.assertFalse(late.sudo().address_sealed)
        self.assertEqual(self.spar.writes(partner.ref), [("link", "1000000002")])

    def test_a_paused_connection_sends_nothing(self):
        self.connection.with_user(self.manager).action_pause()
        row = self.submit(self.registrant(), "1000000001")
        self.assertIsNone(self.drain())
        self.assertEqual((row.state, self.spar.log), ("pending", []))
        self.connection.with_user(self.manager).action_resume()
        self.drain()
        self.assertEqual(row.state, "done")

    def test_when_there_is_more_to_do(self):
        self.assertIsNone(self.drain())
        row = self.submit(self.registrant(), "1000000001")
        self.assertEqual(self.drain(budget=0), 0)
        self.spar.next(unavailable, "link")
        self.assertGreater(self.drain(), 0.5)
        self.assertEqual(row.state, "pending")
