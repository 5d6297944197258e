import json
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ..models import restore_mark
from .test_reconcile import ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcileNoticed(ReconcileCase):
    """A restored database is noticed by how far it had come, which lies outside of it."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        options = config.options if isinstance(config.options, dict) else config._runtime_options
        data_dir = patch.dict(options, {"data_dir": folder.name})
        data_dir.start()
        self.addCleanup(data_dir.stop)
        self.folder = Path(folder.name)
        self.row = self.submit(self.registrant(), "1000000001")

    def _mark(self, **vals):
        restore_mark.keep(self.open_env)
        [path] = self.folder.glob("spar/*.mark")
        mark = {**json.loads(path.read_text()), **vals}
        path.write_text(json.dumps(mark))
        return mark

    def _look(self):
        restore_mark.look(self.open_env)
        self.env.invalidate_all()

    def test_all_is_well(self):
        self._look()
        self._mark()
        self._look()
        self.assertEqual(self.connection.state, "running")

    def test_behind_its_mark(self):
        ahead = self._mark()["event"] + 5_000_000
        self._mark(event=ahead)
        with mute_logger("odoo.addons.g2p_spar_sync.models.restore_mark"):
            self._look()
        self.assertEqual(self.connection.paused_reason, "restored")
        self.drain()
        self.assertFalse(self.spar.log)
        restored_to = self.connection.restored_to
        self.assertGreaterEqual(restored_to, self.row.id)
        self._look()
        self.assertEqual(self.connection.restored_to, restored_to, "it is noticed once")
        fresh = self.env["spar.event"].create({"kind": "configured", "at": "2026-01-01 00:00:00"})
        self.assertGreater(fresh.id, ahead)

    def test_another_database_of_this_name(self):
        self._mark(event=2_000_000_000, made="1999-12-31")
        self._look()
        self.assertEqual(self.connection.state, "running")
        self.assertLess(self._mark()["event"], 2_000_000_000)

    def test_half_a_file(self):
        self._mark()
        [path] = self.folder.glob("spar/*.mark")
        path.write_text('{"made": "20')
        self._look()
        self.assertEqual(self.connection.state, "running")
        self._mark()

    def test_no_place_for_it(self):
        (self.folder / "spar").write_text("a file")
        with self.assertLogs("odoo.addons.g2p_spar_sync.models.restore_mark", "WARNING"):
            restore_mark.keep(self.open_env)
        self._look()
        self.assertEqual(self.connection.state, "running")

    def test_the_dispatcher_looks_and_keeps(self):
        with (
            patch.object(restore_mark, "look") as look,
            patch.object(restore_mark, "keep") as keep,
            self._test_mode(),
        ):
            self.env["spar.dispatcher"]._drain(0)
        self.assertEqual((look.call_count, keep.call_count), (1, 1))
