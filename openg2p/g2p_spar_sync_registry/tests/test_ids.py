from datetime import date, timedelta

from odoo.tests import tagged

from .common import RegistryCase

YESTERDAY = date.today() - timedelta(days=1)
TOMORROW = date.today() + timedelta(days=1)


@tagged("post_install", "-at_install")
class TestIds(RegistryCase):
    """The id SPAR keys on is the registrant's id of the connection's type."""

    def test_prefix_value_and_suffix(self):
        self.connection.write({"id_prefix": "ID:", "id_suffix": "@reg"})
        partner = self.individual(" 123 ")
        self.give_id(partner, "999", self.other_type)
        self.assertEqual(partner._spar_id(), {partner.id: "ID:123@reg"})

    def test_sent_under_it(self):
        row = self.carried(self.individual("A-1"), "1000000001")
        self.assertEqual((row.state, row.spar_id), ("done", "A-1"))
        self.assertIn("A-1", self.spar.table)

    def test_without_a_type_the_reference_counts(self):
        self.connection.id_type_id = False
        partner = self.individual("A-2", ref="REF-2")
        self.assertEqual(partner._spar_id(), {partner.id: "REF-2"})

    def test_ids_that_do_not_count_and_why(self):
        for vals, said in (
            ({"status": "invalid"}, "marked invalid"),
            ({"expiry_date": YESTERDAY}, "expired"),
            ({"value": "  "}, "Enter it"),
        ):
            with self.subTest(said):
                partner = self.individual()
                self.give_id(partner, **{"value": "B", **vals})
                row = self.carried(partner, "1000000001")
                self.assertTrue(row.waits_for_id)
                self.assertIn(said, row.explanation)
                self.assertIn(self.id_type.name, row.explanation)

    def test_ids_that_count(self):
        for vals in ({"status": "valid"}, {"expiry_date": TOMORROW}, {"expiry_date": date.today()}):
            with self.subTest(vals):
                partner = self.individual()
                self.give_id(partner, "C", **vals)
                self.assertEqual(partner._spar_id(), {partner.id: "C"})

    def test_an_id_added_later_sends_what_waited(self):
        partner = self.individual()
        row = self.carried(partner, "1000000001")
        self.assertEqual(row.hold_reason, "no_id")
        self.give_id(partner, "D-1")
        self.drain()
        self.assertEqual((row.state, row.spar_id), ("done", "D-1"))

    def test_an_id_made_valid_or_moved_sends_what_waited(self):
        partner, other = self.individual(), self.individual()
        reg = self.give_id(partner, "D-2", status="invalid")
        row = self.carried(partner, "1000000001")
        reg.status = "valid"
        self.drain()
        self.assertEqual(row.state, "done")
        waiting = self.carried(other, "1000000002")
        self.give_id(partner, "D-3", self.other_type).write(
            {"partner_id": other.id, "id_type": self.id_type.id}
        )
        self.drain()
        self.assertEqual((waiting.state, waiting.spar_id), ("done", "D-3"))

    def test_a_corrected_id_unlinks_the_old_one_only_by_a_person(self):
        partner = self.individual("E-1")
        confirmed = self.carried(partner, "1000000001")
        partner.reg_ids.value = "E-2"
        self.drain()
        self.assertEqual(set(self.spar.table), {"E-1"})
        asked = self.rows(partner) - confirmed
        self.assertEqual(set(asked.mapped("hold_reason")), {"id_changed", "old_id"})
        asked.with_user(self.officer).action_release()
        self.drain()
        self.drain()
        self.assertEqual(set(self.spar.table), {"E-2"})

    def test_a_removed_id_waits_for_a_person(self):
        partner = self.individual("E-3")
        confirmed = self.carried(partner, "1000000001")
        partner.reg_ids.unlink()
        asked = self.rows(partner) - confirmed
        self.assertEqual((asked.hold_reason, asked.state), ("old_id", "held"))
        self.assertIn("E-3", self.spar.table)

    def test_two_registrants_with_one_id(self):
        """The ODK importer always creates: the second would redirect the first one's payments."""
        first, second = self.individual("F-1"), self.individual("F-1")
        one = self.carried(first, "1000000001")
        two = self.carried(second, "1000000002")
        self.assertEqual((one.state, two.state), ("done", "held"))
        self.assertEqual(two.hold_reason, "duplicate_id")
        self.assertIn(first.name, two.with_user(self.officer).explanation)
        self.assertEqual(self.spar.writes("F-1"), [("link", "1000000001")])

    def test_an_invalid_duplicate_disturbs_nobody(self):
        self.give_id(self.individual(), "F-2", status="invalid")
        self.assertEqual(self.carried(self.individual("F-2"), "1000000001").state, "done")
