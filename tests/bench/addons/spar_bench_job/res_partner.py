from odoo import models

from odoo.addons.g2p_spar_sync.spar import Item


class ResPartner(models.Model):
    """The pattern in use today: a queue job for each registrant, and a call to SPAR in each."""

    _inherit = "res.partner"

    def bench_enqueue(self, fa):
        """A job each.

        :param fa: SPAR's string, with %s for the registrant's own number
        """
        for partner in self:
            partner.with_delay(description="one registrant")._bench_link(fa % f"{partner.id:013d}")
        return True

    def _bench_link(self, fa):
        self.ensure_one()
        client = self._spar_connections()[self.id]._client()
        spar_id = self._spar_id()[self.id]
        item = Item(reference_id=str(self.id), spar_id=spar_id, fa=fa, strategy_id=2)
        try:
            [outcome] = client.link([item]).outcomes
        finally:
            client.close()
        if not outcome.ok:
            raise ValueError(f"SPAR refused it: {outcome.code}")
