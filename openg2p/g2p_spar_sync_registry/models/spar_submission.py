from odoo import _, models


class SparSubmission(models.Model):
    _inherit = "spar.submission"

    def _releasable(self):
        return super()._releasable() | {"registrant_disabled"}

    def _hold_texts(self):
        return {
            **super()._hold_texts(),
            "registrant_disabled": _(
                "The registrant is disabled. Release it only if payments shall go there all the "
                "same, or enable the registrant first."
            ),
        }
