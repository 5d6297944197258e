from . import hostile_spar as hostile
from .test_reconcile import ReconcileCase


class MovedIdsCase(ReconcileCase):
    """Registrants whose ids change."""

    def at(self, ref):
        """The account that SPAR holds for an id."""
        return hostile.account(self.spar.table.get(ref))

    def held(self, partners, reason="id_changed"):
        """Their rows that wait for a person for ``reason``."""
        return self.rows(partners).filtered(
            lambda row: row.state == "held" and row.hold_reason == reason
        )

    def release(self, rows):
        """A second officer releases these, one by one."""
        for row in rows:
            row.with_user(self.second_officer).action_release()
        self.drain()
