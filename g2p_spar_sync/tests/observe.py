"""A connection that observes, and a SPAR that counts what it is asked to change."""

from .common import DispatchCase

FOREIGN = "account_number:9999999999.branch_name:.branch_code:.bank_name:.bank_code:X.fa_type:BANK"


class ObserveCase(DispatchCase):
    """Nothing is sent until ``go_live``."""

    def setUp(self):
        super().setUp()
        self.connection.with_user(self.manager).mode = "observe"

    def held_at_spar(self, partner, account):
        """SPAR holds this account for the registrant; this registry never sent it."""
        self.spar.table[partner.ref] = FOREIGN.replace("9999999999", account).replace(
            "bank_code:X", f"bank_code:{self.bank.spar_code}"
        )

    def observe(self, *rows):
        """A worker's turn; what these rows were found to be."""
        self.drain()
        self.assertFalse(self.spar.writes())
        return [row.observed for row in rows]

    def go_live(self, **vals):
        self.connection.with_user(self.manager).write({"mode": "live", **vals})
        self.drain()
