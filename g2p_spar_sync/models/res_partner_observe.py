from odoo import _, models

WAITS = ("new", "pending")


class ResPartner(models.Model):
    """Registrants of a pilot, and those whose submissions are only looked at."""

    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if not self.env["spar.connection"]._pilot_fields().isdisjoint(vals):
            self.env["spar.submission"]._registrants_changed(self)
        return result

    def _spar_is_observed(self):
        """Is what is submitted for this registrant recorded and not sent?"""
        self.ensure_one()
        connection = self._spar_connections().get(self.id)
        return bool(connection and connection._observed_among(self))

    def spar_panel(self):
        """Also says that nothing is sent where that is so: ``observes``, and row by row."""
        said = super().spar_panel()
        if "open" not in said:
            return said
        said["observes"] = self._spar_is_observed()
        rows = self.env["spar.submission"].browse([row["id"] for row in said["open"]])
        for row, submission in zip(said["open"], rows, strict=True):
            row["looked_at"] = bool(submission.observed)
            if submission.observed or (said["observes"] and submission.state in WAITS):
                row["state_label"] = _("Recorded, not sent")
        return said
