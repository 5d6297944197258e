"""Against the real SPAR mapper 1.1 of the stack, signed."""

import json
import os
from pathlib import Path
from uuid import uuid4

import psycopg2

from odoo.tests import tagged

from .common import DispatchCase


class RealSparCase(DispatchCase):
    """The connection is one to the stack's SPAR, as a partner of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = os.environ.get("SPAR_STACK_ENDPOINTS")
        if not path or not Path(path).exists():
            cls.skipTest(cls, "there is no stack with a real SPAR")
        cls.stack = json.loads(Path(path).read_text())
        sender = f"odoo-test-{uuid4().hex[:8]}"
        cls.connection.write(
            {
                "base_url": cls.stack["spar_url"],
                "wire_format": cls.stack["spar_wire"],
                "sender_id": sender,
            }
        )
        partner = f"PARTNER_{sender.replace('-', '_').upper()}.pem"
        cls.certificate = Path(cls.stack["keymanager_certs"], "OpenG2P-SPAR-Mapper", partner)
        cls.addClassCleanup(cls.certificate.unlink, missing_ok=True)

    def setUp(self):
        super().setUp()
        self._register()

    def _register(self):
        """A new key, and its certificate given to SPAR's administrator."""
        self.connection.with_user(self.manager).action_generate_key()
        self.connection.invalidate_recordset()
        self._give(self.connection._key_in("active"))

    def _give(self, key):
        """SPAR's administrator registers the certificate, in one go. The one before ends by it."""
        self.certificate.parent.mkdir(parents=True, exist_ok=True)
        file = self.certificate.with_suffix(".new")
        file.write_text(key.certificate)
        file.replace(self.certificate)

    def _audit(self, spar_id):
        """What SPAR's own table saw, in order."""
        connection = psycopg2.connect(self.stack["pg_dsn_spar"])
        try:
            with connection, connection.cursor() as cr:
                cr.execute(
                    "SELECT op, substring(coalesce(fa_new, fa_old) from ':(.*?)\\.') "
                    "FROM id_fa_audit WHERE id_value = %s ORDER BY seq",
                    (spar_id,),
                )
                return cr.fetchall()
        finally:
            connection.close()


@tagged("post_install", "-at_install")
class TestRealSpar(RealSparCase):
    def test_in_order_and_seen_from_spars_side(self):
        partner = self.registrant()
        for account in ("1000000001", "1000000002", "1000000003"):
            self.submit(partner, account)
        self.submit(partner, "1000000003", operation="remove")
        self.drain()
        self.assertEqual(
            self.rows(partner).mapped("outcome"), ["link", "update", "update", "unlink"]
        )
        self.assertEqual(
            self._audit(partner.ref),
            [
                ("INSERT", "1000000001"),
                ("UPDATE", "1000000002"),
                ("UPDATE", "1000000003"),
                ("DELETE", "1000000003"),
            ],
        )

    def test_what_the_panel_says(self):
        partner = self.registrant()
        self.assertEqual(partner._spar_resolve()[partner.id]["state"], "not_linked")
        partner.with_user(self.officer).write(self.wallet_parts("0712345678"))
        self.drain()
        said = partner._spar_resolve()[partner.id]
        self.assertEqual((said["state"], said["mask"]), ("linked", "+254 •••• 678"))
        self.submit(partner, "x", **self.wallet_parts("0712345678"), operation="remove")
        self.drain()
        self.assertEqual(self._audit(partner.ref)[-1][0], "DELETE")

    def test_a_foreign_key(self):
        self.certificate.unlink()
        row = self.submit(self.registrant(), "1000000001")
        self.drain()
        self.assertEqual((row.state, row.attempts), ("pending", 0))
        self.assertEqual(self.connection.paused_reason, "rjct.jwt.invalid")
        said = self.connection.with_user(self.manager).action_test_connection()
        self.assertIn(self.connection.sender_id, said["params"]["message"])
        self._give(self.connection._key_in("active"))
        said = self.connection.with_user(self.manager).action_test_connection()
        self.assertEqual(said["params"]["type"], "success")
        self.later(5)
        self.drain()
        self.assertEqual(row.state, "done")
        self.submit(row.partner_id, "1000000001", operation="remove")
        self.drain()
