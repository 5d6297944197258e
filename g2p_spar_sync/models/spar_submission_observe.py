from odoo import _, fields, models
from odoo.tools import SQL

#: In these a row leaves its registrant's line, and what slept behind it is next.
LEAVES = ("done", "rejected", "held", "conflict", "superseded", "cancelled")


class SparSubmission(models.Model):
    """What was only looked at: the plan is recorded on the row, which sleeps, still pending.

    A row sleeps while ``observed`` says what it was found to be; then it has no ``due_at``, so that
    no claim meets it.
    """

    _inherit = "spar.submission"

    observed = fields.Selection(
        [
            ("link", "Would link"),
            ("update", "Would update"),
            ("unlink", "Would unlink"),
            ("same", "The same at SPAR"),
            ("differs", "Differs at SPAR"),
            ("held", "Would be held"),
            ("invalid", "Would be rejected"),
            ("behind", "Behind an earlier one"),
        ],
        readonly=True,
        help="What would be done at SPAR, did the connection not only observe.",
    )
    observed_reason = fields.Char(readonly=True, help="A code; Explanation has the words.")
    observed_at = fields.Datetime(readonly=True)
    observe_round = fields.Integer(readonly=True)
    observing = fields.Boolean(readonly=True, help="On its way to be looked at, not to be sent.")
    adopted_by = fields.Many2one(
        "res.users",
        readonly=True,
        ondelete="restrict",
        help="Who wants it confirmed where SPAR holds the same.",
    )

    def _transition(self, state, event, **kwargs):
        moved = super()._transition(state, event, **{"observed": None, **kwargs})
        if state in LEAVES and any(c._observes() for c in moved.connection_id.sudo()):
            moved._wake_behind()
        return moved

    def _confirm(self):
        """What was only looked at, would wait for a person and is older than these steps back."""
        result = super()._confirm()
        if any(c._observes() for c in self.connection_id.sudo()):
            self.env.cr.execute(
                "SELECT DISTINCT o.id FROM spar_submission o "
                "JOIN spar_submission n ON o.partner_id = n.partner_id "
                "AND COALESCE(o.as_old_as_id, o.id) < COALESCE(n.as_old_as_id, n.id) "
                "WHERE n.id IN %s AND o.state = 'pending' "
                "AND o.observed IN ('differs', 'held', 'invalid') "
                "AND o.confirmed IS NOT TRUE "
                "AND o.way IS DISTINCT FROM 'old_id' AND n.way IS DISTINCT FROM 'old_id'",
                (tuple(self.ids),),
            )
            overtaken = self.browse([row[0] for row in self.env.cr.fetchall()])
            overtaken._transition("superseded", "superseded", detail="newer_done")
        return result

    def _make_due(self, now=None):
        """To be looked at, or sent, at once; where they still wait."""
        return self._update_rows(
            {"due_at": now or self.env.cr.now(), "observed": None},
            SQL("state = 'pending'"),
        )

    def _record_observed(self, verdict, observe_round, now):
        """Put these rows to sleep with what they were found to be, and their followers behind."""
        self._update_rows(
            {
                "due_at": None,
                "observed": verdict.observed,
                "observed_reason": verdict.detail,
                "observed_at": now,
                "observe_round": observe_round,
                "seen_hash": verdict.seen,
                "adopted_by": None,
            }
        )
        self._followers_sleep(observe_round)

    def _followers_sleep(self, observe_round):
        # What would wait for a person blocks nobody, unless it may be at SPAR: see the claim.
        if self.ids:
            self.env.cr.execute(
                "SELECT f.id FROM spar_submission f JOIN spar_submission h "
                "ON f.partner_id = h.partner_id AND f.id <> h.id "
                "AND (f.connection_id = h.connection_id "
                "OR (h.way = 'old_id' OR h.confirmed) IS NOT TRUE) "
                "AND (h.sent_at IS NOT NULL "
                "OR (f.id > h.id AND h.observed NOT IN ('differs', 'held', 'invalid'))) "
                "WHERE h.id IN %s AND f.state = 'pending' AND f.observed IS NULL",
                (tuple(self.ids),),
            )
            followers = self.browse({row[0] for row in self.env.cr.fetchall()})
            followers._sleep_behind(observe_round)

    def _sleep_behind(self, observe_round):
        return self._update_rows(
            {"due_at": None, "observed": "behind", "observe_round": observe_round},
            SQL("state = 'pending'"),
        )

    def _wake_behind(self):
        """These rows left their lines: what slept behind them is looked at."""
        lines = self.partner_id._spar_lines().values()
        self._asleep_of({mate for line in lines for mate in line}, ("behind",))._make_due()

    def _asleep_of(self, partners, kinds):
        self.env.cr.execute(
            "SELECT id FROM spar_submission WHERE partner_id IN %s AND state = 'pending' "
            "AND observed IN %s",
            (tuple(partners) or (0,), tuple(kinds)),
        )
        return self.sudo().browse([row[0] for row in self.env.cr.fetchall()])

    def _registrants_changed(self, partners):
        """Registrants who may have come into a pilot, or left it."""
        kinds = self._fields["observed"].get_values(self.env)
        if self._asleep_of(partners.ids, kinds)._make_due():
            self.env["spar.dispatcher"]._wake()

    def _explained(self):
        told = super()._explained()
        for row in self:
            if row.observed:
                told[row] = _(
                    "Recorded, not sent: the connection observes. %(found)s", found=row._found()
                )
            elif row.state in ("new", "pending") and row.connection_id.sudo().mode == "observe":
                told[row] = _("Recorded, not sent: the connection observes.")
        return told

    def _found(self):
        """What it was found to be, and why, in the reader's language."""
        texts = {
            "link": _("It would be linked: SPAR holds nothing for this registrant."),
            "update": _("It would replace what SPAR holds."),
            "unlink": _("It would be removed from SPAR."),
            "same": _("SPAR holds the same: adopt it as confirmed, or leave it for going live."),
            "behind": _("It is next after an earlier submission of its registrant."),
        }
        if self.observed in texts:
            return texts[self.observed]
        return self._words_of(self.observed_reason, {})
