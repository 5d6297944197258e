from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .spar_event import DIFFERENCE
from .spar_reconciliation import OFFICER
from .spar_reconciliation_line import CURRENT


class SparReconciliationLine(models.Model):
    """What is offered on a difference, what came of it, and why something cannot be done."""

    _inherit = "spar.reconciliation.line"

    can_send = fields.Boolean(compute="_compute_can_send", compute_sudo=True)
    event_ids = fields.One2many(
        "spar.event",
        string="Decisions",
        compute="_compute_event_ids",
        help="What was decided on differences of this registrant, and by whom.",
    )

    @api.depends("kind", "about", "spar_id", "our_id")
    def _compute_can_send(self):
        for line in self:
            line.can_send = not line._why_not_ours()

    def _compute_event_ids(self):
        for line in self:
            line.event_ids = self.env["spar.event"].search(
                [
                    ("partner_id", "=", line.partner_id.id),
                    ("kind", "=", "decided"),
                    ("detail", "=like", f"{DIFFERENCE}:%"),
                ]
            )

    def action_compare_again(self):
        """Ask SPAR about these registrants, soon."""
        runs = self.env["spar.reconciliation"]
        runs._refuse_others(OFFICER)
        for connection in self.connection_id:
            lines = self.filtered(lambda line, own=connection: line.connection_id == own)
            runs._start(connection, "compare", [("id", "in", lines.partner_id.ids)])
        still = self.connection_id.sudo().filtered(
            lambda own: own.state != "running" and not own._compares_while_paused()
        )
        return self.env["spar.connection"]._say(
            _("It is compared once its connection goes on.")
            if still
            else _("It is being compared. Reload the page in a moment."),
            "info",
        )

    def _refuse_for(self, why_not):
        """UserError that says for which of ``self`` something cannot be done, and why.

        :param why_not: (line) -> a code of ``_words_for``, or None
        """
        wrong = self.grouped(why_not)
        wrong.pop(None, None)
        if wrong:
            raise UserError("\n".join(lines._words_for(code) for code, lines in wrong.items()))

    def _words_for(self, code):
        named = self._named()
        return {
            "shared": _(
                "Several registrants carry the id of %s: correct the wrong one, then compare "
                "again.",
                named,
            ),
            "unreadable": _(
                "SPAR holds no readable address for %s, and none was confirmed here: submit an "
                "address on the registrant.",
                named,
            ),
            "none": _(
                "Nothing of ours was confirmed for %s: submit an address on the registrant, or "
                "accept SPAR's.",
                named,
            ),
            "moved": _("The registrant has another id by now: %s. Compare again.", named),
            "not_readable": _(
                "SPAR holds no readable address for %s that could be accepted: send ours, or "
                "submit an address on the registrant.",
                named,
            ),
            "own_data": _(
                "This is about the registry's own payment data, not about what SPAR holds: %s. "
                "Send ours, which hands it in, or ignore it.",
                named,
            ),
        }[code]

    def _note_why_not_ours(self, user):
        """On each difference for which nothing of ours can be sent: why."""
        for line in self.with_context(lang=user.lang):
            why = line.state in CURRENT and line._why_not_ours()
            if why:
                line.undecided = line._words_for(why)

    def _note_why(self, code, user):
        """On the difference itself: why nothing came of a decision by ``user``."""
        self = self.with_context(lang=user.lang)
        self.undecided = {
            "changed": _("What SPAR holds, or whose id it is, changed since it was looked at."),
            "silent": _("SPAR gave no answer for it: compare it again."),
            "moving": _(
                "A submission of the registrant is open: decide on it, or wait until it is done."
            ),
        }[code]
