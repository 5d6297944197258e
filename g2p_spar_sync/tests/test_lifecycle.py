from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import config

from .. import hooks
from ..models import ledger_schema, master_key
from .common import SparCase


@tagged("post_install", "-at_install")
class TestLifecycle(SparCase):
    """Installing, uninstalling and what is configured in between."""

    def _module(self):
        return self.env["ir.module.module"].search([("name", "=", "g2p_spar_sync")])

    def test_uninstall_is_refused_while_rows_are_open(self):
        row = self.submit(self.registrant(), "1000000001")
        with self.assertRaisesRegex(UserError, "still open"):
            self._module().button_uninstall()
        self.assertEqual(self._module().state, "installed")
        row.with_user(self.officer).action_cancel()
        open_rows = self.Submission.search(
            [("state", "in", ("new", "held", "pending", "conflict"))]
        )
        self.assertFalse(open_rows)
        self._module().button_uninstall()
        self.assertEqual(self._module().state, "to remove")

    def test_another_module_is_none_of_our_business(self):
        self.submit(self.registrant(), "1000000001")
        other = self.env["ir.module.module"].search([("name", "=", "contacts")])
        with self.assertRaisesRegex(UserError, "still open"):
            (other | self._module()).button_uninstall()

    def test_nor_is_a_module_uninstalled_that_it_depends_on(self):
        self.submit(self.registrant(), "1000000001")
        for name in ("contacts", "mail", "queue_job"):
            module = self.env["ir.module.module"].search([("name", "=", name)])
            with self.subTest(name), self.assertRaisesRegex(UserError, "still open"):
                module.button_uninstall()

    def test_uninstall_takes_the_functions_out(self):
        hooks.uninstall_hook(self.env)
        self.env.cr.execute(
            "SELECT count(*) FROM pg_proc WHERE proname IN %s", (ledger_schema.FUNCTIONS,)
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.env.cr.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'spar\\_%%' AND NOT tgisinternal"
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        ledger_schema.install(self.env.cr)
        ledger_schema.install(self.env.cr)
        self.env.cr.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'spar\\_%%' AND NOT tgisinternal"
        )
        self.assertEqual(self.env.cr.fetchone()[0], 5)

    def test_uninstall_leaves_no_wake_up(self):
        workers = ("spar.dispatcher", "spar.reconciler")
        decided = ("spar.submission", "spar.reconciliation.line")
        models = (*workers, *decided)
        for model in workers:
            self.env[model]._enqueue(seconds=60)
        partner = self.registrant()
        self.submit(partner, "1000000001")._in_background("action_release")
        line = {"connection_id": self.connection.id, "partner_id": partner.id, "kind": "missing"}
        self.env["spar.reconciliation.line"].create(line)._in_background("action_send_ours")
        wake_ups = [("model_name", "in", models), ("state", "=", "pending")]
        found = self.env["queue.job"].search(wake_ups)
        self.assertEqual(set(found.mapped("model_name")), {*models})
        hooks.uninstall_hook(self.env)
        self.assertFalse(self.env["queue.job"].search(wake_ups))

    def test_keys_are_made_once(self):
        vault = self.env["spar.vault"]
        before = vault.search([])
        self.assertEqual(set(before.mapped("purpose")), {"seal", "hash"})
        hooks.post_init_hook(self.env)
        self.assertEqual(vault.search([]), before)

    def test_an_unusable_master_key_stops_the_installation(self):
        options = config.options if isinstance(config.options, dict) else config._runtime_options
        with (
            patch.dict(options, {master_key.OPTION_KEY: "rubbish"}),
            self.assertRaisesRegex(UserError, "32 bytes"),
        ):
            hooks.pre_init_hook(self.env)

    def test_a_key_file_is_made_where_nothing_is_configured(self):
        import tempfile
        from pathlib import Path

        options = config.options if isinstance(config.options, dict) else config._runtime_options
        nothing = {master_key.OPTION_KEY: "", master_key.OPTION_FILE: ""}
        with tempfile.TemporaryDirectory() as folder:
            with patch.dict(options, {**nothing, "data_dir": folder}):
                hooks.pre_init_hook(self.env)
                path = Path(folder) / "spar" / "master.key"
                self.assertEqual(path.stat().st_mode & 0o777, 0o600)
                made = path.read_text()
                Fernet(made)
                hooks.pre_init_hook(self.env)
                self.assertEqual(path.read_text(), made)
                self.assertEqual(master_key.unwrap(master_key.wrap(b"secret")), b"secret")

    def test_the_sweeper_runs_on_and_on(self):
        cron = self.env.ref("g2p_spar_sync.cron_sweep")
        self.assertTrue(cron.active)
        self.assertEqual((cron.interval_number, cron.interval_type), (1, "minutes"))
        if "numbercall" in cron._fields:
            self.assertEqual(cron.numbercall, -1)

    def test_default_policies(self):
        channels = self.env["spar.channel"].search([])
        policy = {channel.code: (channel.first_link, channel.change) for channel in channels}
        self.assertEqual(
            policy,
            {
                "backend": ("send", "send"),
                **dict.fromkeys(
                    ("odk", "portal", "api", "selfservice", "import"), ("send", "hold")
                ),
                **dict.fromkeys(("reconcile", "unknown"), ("hold", "hold")),
            },
        )
        self.assertEqual(set(channels.mapped("on_conflict")), {"hold"})
        self.assertEqual(set(channels.mapped("second_person")), {True})

    def test_wrong_settings_are_refused(self):
        for vals in (
            {"base_url": "spar.example.org"},
            {"base_url": "ftp://spar.example.org"},
            {"base_url": "http://spar.example.org"},
            {"base_url": "https://user:secret@spar.example.org"},
            {"base_url": "https://spar.example.org/?token=1"},
            {"registrant_domain": "nobody"},
            {"registrant_domain": "[('no_such_field', '=', 1)]"},
            {"registrant_domain": "__import__('os').getcwd()"},
            {"id_prefix": "has space"},
            {"batch_size": 0},
            {"batch_size": 5000},
            {"read_seconds": 0},
            {"lease_seconds": 5},
            {"in_flight_seconds": 0},
        ):
            with self.subTest(vals), self.refused(ValidationError):
                self.connection.write(vals)

    def test_a_lease_ends_before_odoo_kills_the_worker(self):
        self.addCleanup(config.__setitem__, "limit_time_real", config["limit_time_real"])
        for limit, most in ((120, 80), (600, 560), (0, 80)):
            config["limit_time_real"] = limit
            self.connection.lease_seconds = most
            with self.assertRaises(ValidationError) as caught, self.env.cr.savepoint():
                self.connection.lease_seconds = most + 1
            self.assertIn(f"{most} seconds at the most", str(caught.exception))
            self.assertIn("limit_time_real", str(caught.exception))

    def test_wrong_forms_of_numbers_are_refused(self):
        for vals in (
            {"spar_number_form": "pattern", "spar_number_pattern": False},
            {"spar_number_form": "pattern", "spar_number_pattern": "("},
            {"spar_number_lengths": "ten"},
        ):
            with self.subTest(vals), self.refused(ValidationError):
                self.bank.write(vals)
        with self.subTest("template"), self.refused(ValidationError):
            self.env.ref("g2p_spar_sync.strategy_2").template = "bank_name:{}"
