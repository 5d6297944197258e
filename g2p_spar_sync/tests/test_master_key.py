import tempfile
from pathlib import Path
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ..models import master_key
from .common import DispatchCase

NEW = Fernet.generate_key().decode()


@tagged("post_install", "-at_install")
class TestMasterKey(DispatchCase):
    """The key that wraps the keys: changed while everything runs, missing, or a wrong one."""

    def setUp(self):
        super().setUp()
        self.connection.wire_format = "g2p-connect"
        self.managed = self.connection.with_user(self.manager)
        self.managed.action_generate_key()
        self.env.registry.clear_cache()
        self.addCleanup(self.env.registry.clear_cache)
        self.old = config.get(master_key.OPTION_KEY) or self._file(config).read_text()

    @staticmethod
    def _file(options):
        return Path(options.get(master_key.OPTION_FILE) or master_key._default_path())

    def _with(self, key="", file=""):
        options = config.options if isinstance(config.options, dict) else config._runtime_options
        return patch.dict(options, {master_key.OPTION_KEY: key, master_key.OPTION_FILE: file})

    def _works(self):
        """With cold caches, as in a process that was just started: judge, seal, sign, open."""
        self.env.registry.clear_cache()
        row = self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual((row.state, self.connection.state), ("done", "running"))

    def _form(self):
        return self.env["spar.master.key.wizard"].with_user(self.manager).create({})

    def test_changed_without_loss(self):
        before = self.submit(self.registrant(), "1000000002")
        everything = self.env["spar.wrapped"]._all_wrapped()
        keepers = [
            name
            for name, model in self.env.registry.items()
            if "wrapped" in model._fields and not model._abstract
        ]
        self.assertEqual(set(everything), set(keepers))
        self.assertGreater(len(keepers), 2)
        count = sum(map(len, everything.values()))
        self.assertIn("by the master key", self._form().explanation)
        # 1. Every server knows both, and wraps by the new one from now on.
        with self._with(f"{NEW},{self.old}"):
            self._works()
            form = self._form()
            self.assertEqual((form.masters, form.older), (2, count))
            self.assertIn("must stay in odoo.conf", form.explanation)
            # 2. The button.
            form.action_wrap_anew()
            form = self._form()
            self.assertEqual(form.older, 0)
            self.assertIn("may be taken out", form.explanation)
            self._works()
        # 3. Without the old one.
        with self._with(NEW):
            self._works()
            self.env.registry.clear_cache()
            self.assertEqual(before._address()["given"], self.bank_parts("1000000002"))
            self.assertEqual(before.with_user(self.officer).partner_id.id, before.partner_id.id)
        # The old one opens nothing any more.
        with self._with(self.old):
            self.env.registry.clear_cache()
            with self.assertRaisesRegex(UserError, "does not fit"):
                before._address()
        events = self.env["spar.event"].search([("detail", "=like", "spar.%: wrapped")])
        self.assertEqual(len(events), count)
        self.assertEqual(events.user_id, self.manager)

    def test_a_process_that_opened_the_keys_before_goes_on(self):
        row = self.submit(self.registrant(), "1000000001")
        before = row._address()
        with self._with(f"{NEW}\n{self.old}"):
            self._form().action_wrap_anew()
        with self._with(self.old):  # This process was not restarted.
            self.assertEqual(row._address(), before)
        with self._with(NEW):
            self.assertEqual(row._address(), before)

    def test_wrapped_anew_twice(self):
        with self._with(f"{NEW}, {self.old}"):
            self._form().action_wrap_anew()
            before = {r: r.wrapped for r in self.env["spar.vault"].search([])}
            self._form().action_wrap_anew()
            self.assertEqual({record: record.wrapped for record in before}, before)

    def test_several_in_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "keys")
            file.write_text(f"{NEW}\n{self.old}\n")
            with self._with(file=str(file)):
                self._works()
                self.assertEqual(self._form().masters, 2)

    def test_which_one_wraps(self):
        with self._with(f"{NEW},{self.old}"):
            wrapped = master_key.wrap(b"secret")
            self.assertTrue(master_key.is_newest(wrapped))
        with self._with(f"{self.old},{NEW}"):
            self.assertFalse(master_key.is_newest(wrapped))
            self.assertEqual(master_key.unwrap(wrapped), b"secret")

    def test_missing_malformed_or_wrong_the_connection_says_so_and_goes_on_after_it(self):
        cases = [
            ("master_key_wrong", {"key": NEW}, "is not the one"),
            ("master_key_missing", {"file": "/nowhere/master.key"}, "There is no SPAR master key"),
            ("master_key_malformed", {"key": "rubbish"}, "is not one"),
            ("master_key_malformed", {"key": f"{self.old},rubbish"}, "is not one"),
        ]
        for wire_format in ("g2p-connect", "g2p-connect-1.0"):
            self.connection.wire_format = wire_format
            for code, options, words in cases:
                with self.subTest(code, wire_format=wire_format):
                    row = self.submit(self.registrant(), "1000000001")
                    self.env.registry.clear_cache()
                    asked = len(self.spar.log)
                    with self._with(**options):
                        with mute_logger("odoo.addons.g2p_spar_sync.dispatch.due"):
                            self.drain()
                        self.assertEqual((row.state, row.attempts), ("pending", 0))
                        self.assertEqual(self.connection.paused_reason, code)
                        self.assertIn(words, self.connection.pause_explanation)
                        self.assertEqual(len(self.spar.log), asked)
                        said = self.managed.action_test_connection()["params"]
                        self.assertIn(words, said["message"])
                    self.later(600)
                    self.drain()
                    self.assertEqual((row.state, self.connection.state), ("done", "running"))

    def test_rows_from_outside_wait_for_the_master_key(self):
        partner = self.registrant()
        self.env.cr.execute(
            "INSERT INTO spar_submission (partner_id, payment_method, payment_provider, "
            "payment_account) VALUES (%s, 'bank_account', %s, '1000000001') RETURNING id",
            (partner.id, self.bank.spar_code),
        )
        row = self.Submission.browse(self.env.cr.fetchone()[0])
        self.next_transaction()
        self.env.registry.clear_cache()
        with self._with(NEW), mute_logger("odoo.addons.g2p_spar_sync.dispatch.due"):
            self.drain()
        self.assertEqual(row.state, "new")
        self.drain()
        self.assertNotEqual(row.state, "new")

    def test_a_key_under_another_master_key_is_no_reason_to_hold_a_row(self):
        row = self.submit(self.registrant(), "1000000001")
        vault = self.env["spar.vault"].search([("purpose", "=", "seal")], limit=1)
        wrapped = vault.wrapped
        vault.wrapped = Fernet(NEW.encode()).encrypt(Fernet.generate_key()).decode()
        self.env.registry.clear_cache()
        with mute_logger("odoo.addons.g2p_spar_sync.dispatch.due"):
            self.drain()
        self.assertEqual((row.state, row.attempts), ("pending", 0))
        self.assertEqual(self.connection.paused_reason, "master_key_wrong")
        vault.wrapped = wrapped

    def test_no_key_is_made_without_one(self):
        with self._with(file="/nowhere/master.key"), self.assertRaisesRegex(UserError, "/nowhere"):
            self.managed.action_generate_key()
