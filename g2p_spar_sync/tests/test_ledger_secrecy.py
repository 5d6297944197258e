import json
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import config, mute_logger

from ..models import master_key
from .common import SPAR, DispatchCase

ACCOUNT = "4711000815"
HIDDEN = (
    "payment_account",
    "address_sealed",
    "seal_key_id",
    "address_hash",
    "hash_key_id",
    "shown_hash",
    "last_four",
    "lease_token",
)


@tagged("post_install", "-at_install")
class TestLedgerSecrecy(DispatchCase):
    """Nobody reads an address out of the ledger, and at rest it is sealed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = f"base.group_system,base.group_allow_export,{SPAR}officer,{SPAR}manager"
        cls.exporter = new_test_user(cls.env, "all-but-superuser", groups)

    def _raw(self, row):
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(s) FROM spar_submission s WHERE id = %s", (row.id,))
        return json.dumps(self.env.cr.fetchone()[0])

    def _reaches(self, row, name):
        """Every way by which RPC could get at a field, as functions."""
        partners = self.env["res.partner"].with_user(row.env.user)
        return [
            lambda: row.read([name]),
            lambda: row.mapped(name),
            lambda: row.export_data([name]),
            lambda: row.filtered_domain([(name, "!=", False)]),
            lambda: row.search([(name, "!=", False)]),
            lambda: row.search([], order=name),
            lambda: row.search_read([], [name]),
            lambda: row.read_group([], [name], [name]),
            lambda: partners.search([(f"submission_ids.{name}", "!=", False)]),
        ]

    def test_unreadable_by_every_group(self):
        row = self.submit(self.registrant(), ACCOUNT)
        for user in (self.viewer, self.officer, self.manager, self.exporter):
            seen = row.with_user(user)
            for name in HIDDEN:
                self.assertNotIn(name, seen.fields_get())
                for number, reach in enumerate(self._reaches(seen, name)):
                    with self.subTest(f"{user.login} {name} {number}"):
                        with self.refused(UserError, ValueError):
                            reach()
        for reach in self._reaches(row.with_user(self.exporter), "account_mask"):
            reach()

    def test_nothing_that_can_be_read_tells_it(self):
        row = self.submit(self.registrant(), ACCOUNT).with_user(self.exporter)
        names = list(row.fields_get())
        seen = json.dumps(row.read(names), default=str)
        seen += json.dumps(row.export_data(names)["datas"], default=str)
        seen += json.dumps(row.event_ids.read(), default=str)
        self.assertNotIn(ACCOUNT, seen)
        self.assertNotIn(ACCOUNT[:-4], seen)
        self.assertFalse(self.Submission.with_user(self.officer).name_search(ACCOUNT))

    def test_sealed_at_rest(self):
        for parts in (
            self.bank_parts(ACCOUNT),
            self.bank_parts("4711.branch_name:0815"),
            self.wallet_parts("+254712340815"),
            self.email_parts("somebody@example.org"),
        ):
            partner = self.registrant()
            partner.with_user(self.officer).write(parts)
            row = self.rows(partner)
            raw = self._raw(row)
            self.assertNotIn(parts["payment_account"], raw)
            self.assertNotIn("712340815", raw)
            self.assertNotIn("somebody", raw)
            self.assertEqual(row._address()["given"]["payment_account"], parts["payment_account"])

    def test_scrubbed_when_it_is_of_no_more_use(self):
        partner = self.registrant()
        partner.with_user(self.staff).write(self.bank_parts(ACCOUNT))
        self.next_transaction()
        older = self.submit(partner, "1000000001")
        self.drain()
        newest = self.submit(partner, "1000000002")
        cancelled = self.submit(self.registrant(), "N/A")
        cancelled.with_user(self.officer).action_cancel()
        self.drain()
        superseded = self.rows(partner)[0]
        self.assertEqual(
            (superseded + older + newest + cancelled).mapped("state"),
            ["superseded", "done", "done", "cancelled"],
        )
        for row in superseded + older + cancelled:
            self.assertFalse(row.sudo().address_sealed)
            self.assertIsNone(row._address())
        self.assertTrue(newest.sudo().address_sealed, "SPAR can be rebuilt from it")
        self.assertTrue(older.account_mask and older.sudo().address_hash)

    def test_the_hash_needs_the_key(self):
        row = self.submit(self.registrant(), ACCOUNT)
        same = self.submit(self.registrant(), "4711-000815")
        self.assertEqual(row.sudo().address_hash, same.sudo().address_hash)
        vault = self.env["spar.vault"]
        old_key = row.hash_key_id
        vault.create({"purpose": "hash", "wrapped": master_key.wrap(Fernet.generate_key())})
        self.env.registry.clear_cache()
        other = self.submit(self.registrant(), ACCOUNT)
        self.assertNotEqual(row.sudo().address_hash, other.sudo().address_hash)
        self.assertNotEqual(old_key, other.hash_key_id)

    def test_a_seal_that_was_altered(self):
        row = self.submit(self.registrant(), ACCOUNT)
        row._update_rows({"address_sealed": "x" + row.address_sealed[1:]})
        with self.assertRaisesRegex(UserError, "altered"):
            row._address()

    def test_another_master_key_says_what_to_do(self):
        row = self.submit(self.registrant(), ACCOUNT)
        self.env.registry.clear_cache()
        options = config.options if isinstance(config.options, dict) else config._runtime_options
        for key, words in (
            (Fernet.generate_key().decode(), "does not fit this database"),
            ("no key", "32 bytes"),
        ):
            with (
                self.subTest(words),
                patch.dict(options, {master_key.OPTION_KEY: key}),
                self.assertRaisesRegex(UserError, words),
            ):
                row._address()
        with (
            patch.dict(
                options, {master_key.OPTION_KEY: "", master_key.OPTION_FILE: "/nowhere/master.key"}
            ),
            self.assertRaisesRegex(UserError, "/nowhere/master.key"),
        ):
            row._address()
        self.assertEqual(row._address()["given"], self.bank_parts(ACCOUNT))

    def test_a_row_that_cannot_be_judged_is_sealed_too(self):
        partner = self.registrant()
        self.env.cr.execute(
            "INSERT INTO spar_submission (partner_id, payment_method, payment_provider, "
            "payment_account) VALUES (%s, 'bank_account', %s, %s) RETURNING id",
            (partner.id, self.bank.spar_code, ACCOUNT),
        )
        row = self.Submission.browse(self.env.cr.fetchone()[0])
        self.next_transaction()
        broken = patch.object(type(self.Submission), "_normalise", side_effect=ValueError("x"))
        with broken, mute_logger("odoo.addons.g2p_spar_sync.models.spar_submission_intake"):
            self.drain()
        self.assertEqual((row.state, row.hold_reason), ("held", "unjudgeable"))
        self.assertEqual(row._address()["given"]["payment_account"], ACCOUNT)
        self.env.cr.execute(
            "SELECT to_jsonb(s)::text FROM spar_submission s WHERE id = %s", row.ids
        )
        self.assertNotIn(ACCOUNT, self.env.cr.fetchone()[0])
