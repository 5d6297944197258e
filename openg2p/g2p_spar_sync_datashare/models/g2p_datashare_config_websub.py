from odoo import models

from odoo.addons.g2p_spar_sync.models.spar_submission_intake import PARTS

#: What of a write is never told to subscribers, nor kept in the job that would tell them.
KEPT_BACK = {*PARTS, "submission_ids", "bank_ids"}


class G2PDatashareConfigWebsub(models.Model):
    """Upstream hands the raw values of each write to a job, whose arguments lie open."""

    _inherit = "g2p.datashare.config.websub"

    def with_delay(self, *args, **kwargs):
        watched = self.env["res.partner"]._spar_watched()
        return _Publishing(super().with_delay(*args, **kwargs), KEPT_BACK | watched)


class _Publishing:
    """Enqueues what upstream enqueues, less what is kept back."""

    def __init__(self, delayable, kept_back):
        self._delayable = delayable
        self._kept_back = kept_back

    def publish_event(self, event_type, data):
        told = {name: value for name, value in data.items() if name not in self._kept_back}
        return self._delayable.publish_event(event_type, told)
