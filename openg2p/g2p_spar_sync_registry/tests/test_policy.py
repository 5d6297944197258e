from odoo.tests import new_test_user, tagged

from .common import RegistryCase


@tagged("post_install", "-at_install")
class TestPolicy(RegistryCase):
    """Disabled registrants, and who may do what."""

    def test_disabled_registrants_are_held_by_default(self):
        partner = self.individual("P-1", disabled="2026-01-01 00:00:00")
        row = self.carried(partner, "1000000001")
        self.assertEqual((row.state, row.hold_reason), ("held", "registrant_disabled"))
        row.with_user(self.second_officer).action_release()
        self.drain()
        self.assertEqual(row.state, "done")

    def test_disabled_registrants_are_sent_where_the_connection_says_so(self):
        self.connection.disabled_policy = "send"
        partner = self.individual("P-2", disabled="2026-01-01 00:00:00")
        self.assertEqual(self.carried(partner, "1000000001").state, "done")

    def test_a_registrars_bank_account_waits_for_an_officer(self):
        registrar = new_test_user(
            self.env, "registrar_spar", "base.group_user,g2p_registry_base.group_g2p_registrar"
        )
        partner = self.individual("P-3")
        self.next_transaction()
        partner.with_user(registrar).write(
            {"bank_ids": [(0, 0, {"acc_number": "1000000001", "bank_id": self.bank.id})]}
        )
        self.drain()
        row = self.rows(partner)
        self.assertEqual((row.state, row.hold_reason), ("held", "unknown_channel"))
        row.with_user(self.officer).action_release()
        self.drain()
        self.assertEqual(row.state, "done")

    def test_the_panel_says_why_there_is_no_id(self):
        partner = self.individual()
        self.give_id(partner, "P-5", status="invalid")
        said = partner.with_user(self.viewer).spar_panel()
        self.assertEqual(said["state"], "no_id")
        self.assertIn("marked invalid", said["explanation"])

    def test_the_registrys_roles_imply_nothing(self):
        for role in ("group_g2p_admin", "group_g2p_registrar"):
            user = new_test_user(self.env, f"spar_{role}", f"g2p_registry_base.{role}")
            for group in ("viewer", "officer", "manager"):
                self.assertFalse(user.has_group(f"g2p_spar_sync.group_spar_{group}"), (role, group))
            self.assertEqual(
                self.individual("P-4").with_user(user).spar_panel(), {"state": "no_right"}
            )
