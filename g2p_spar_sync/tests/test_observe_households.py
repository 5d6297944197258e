from unittest.mock import patch

from odoo.tests import tagged

from .observe import ObserveCase


@tagged("post_install", "-at_install")
class TestObserveHouseholds(ObserveCase):
    """A household and its head, who are one line, are only looked at."""

    def setUp(self):
        super().setUp()
        self.head, self.household = self.registrant(ref="home"), self.registrant(ref="home")
        together = (self.head.id, self.household.id)

        def lines(records):
            return {p: together if p in together else (p,) for p in records.ids}

        one_line = patch.object(self.registry["res.partner"], "_spar_lines", lines)
        one_line.start()
        self.addCleanup(one_line.stop)

    def test_who_sleeps_behind_the_head_lets_its_followers_sleep(self):
        rows = [
            self.submit(partner, account)
            for partner, account in (
                (self.head, "1000000001"),
                (self.household, "1000000002"),
                (self.household, "1000000003"),
            )
        ]
        self.assertIsNone(self.drain(5), "nothing is due, so no worker turns in circles")
        self.assertEqual([row.observed for row in rows], ["link", "behind", "behind"])
        rows[0].with_user(self.second_officer).action_cancel()
        self.assertIsNone(self.drain(5))
        self.assertEqual([row.observed for row in rows], [False, "link", "behind"])

    def test_whenever_they_come_in_and_in_order_at_last(self):
        for number, partner in enumerate(
            (self.head, self.household, self.household, self.head), start=1
        ):
            row = self.submit(partner, f"100000000{number}")
            self.assertIsNone(self.drain(5), "nothing is due, so no worker turns in circles")
            self.assertEqual(row.observed, "link" if number == 1 else "behind")
        self.go_live()
        self.later(5)
        self.drain()
        self.assertEqual(
            [account for _operation, account in self.spar.writes("home")],
            ["1000000001", "1000000002", "1000000003", "1000000004"],
        )
