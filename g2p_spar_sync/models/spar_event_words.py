from odoo import _, api, fields, models

from .spar_event import DIFFERENCE


class SparEvent(models.Model):
    """An event in the reader's words, where its detail is more than one code."""

    _inherit = "spar.event"

    words = fields.Char(string="What", compute="_compute_words")

    @api.depends("detail")
    @api.depends_context("lang")
    def _compute_words(self):
        line = self.env["spar.reconciliation.line"]._fields
        kinds = dict(line["kind"]._description_selection(self.env))
        decisions = dict(line["decision"]._description_selection(self.env))
        # A decision that nothing came of goes by the name of its button.
        decisions.update(send_ours=decisions["send"], accept_spars=decisions["accept"])
        texts = {
            "proposed": _("%(decision)s: proposed (%(kind)s)"),
            "decided": _("%(decision)s: decided (%(kind)s)"),
            "not_decided": _("%(decision)s: nothing came of it (%(kind)s)"),
        }
        for event in self:
            subject, *codes = (event.detail or "").split(":")
            if subject != DIFFERENCE or len(codes) != 3:
                event.words = event.detail
                continue
            kind, decision, what = codes
            event.words = texts.get(what, event.detail) % {
                "decision": decisions.get(decision, decision),
                "kind": kinds.get(kind, kind),
            }
