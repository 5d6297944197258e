from odoo import api, models

from odoo.addons.g2p_spar_sync.models.channel_marks import ODK


class SparSubmission(models.Model):
    _inherit = "spar.submission"

    @api.model
    def _same_registrant(self, known, row):
        """The importer makes a new contact of a form that comes in again: the address in it, for
        the same member, is no second submission."""
        return row["channel"] == ODK or super()._same_registrant(known, row)
