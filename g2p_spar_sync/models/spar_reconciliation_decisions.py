from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .spar_event import DIFFERENCE

OFFICER = "g2p_spar_sync.group_spar_officer"
#: Differences between an address of ours and SPAR's: the kinds on which ours can be sent.
OURS = ("missing", "older", "differs", "elsewhere", "unreadable")
#: kind -> why what SPAR holds cannot be accepted; a code of ``_words_for``
NOT_ACCEPTABLE = {"unreadable": "not_readable", "id_shared": "shared", "not_handed_in": "own_data"}


class SparReconciliationLine(models.Model):
    """What officers decide about differences. SPAR is asked again at that moment."""

    _inherit = "spar.reconciliation.line"

    def action_send_ours(self):
        """Send what was confirmed once more; hand in what the registry's own data says."""
        lines = self._for_decision()
        if lines._are_many():
            return self._in_background("action_send_ours")
        lines._refuse_for(lambda line: line._why_not_ours())
        own = lines.filtered(lambda line: line.about != "spar")
        for line in own:
            line._hand_in_own()
        return self._report(*(lines - own)._decide_as_second("send"), handed_in=len(own))

    def action_accept_spars(self):
        """What SPAR holds now counts as confirmed."""
        lines = self._for_decision()
        if lines._are_many():
            return self._in_background("action_accept_spars")
        lines._refuse_for(lambda line: NOT_ACCEPTABLE.get(line.kind))
        return self._report(*lines._decide_as_second("accept"))

    def _ignore(self, note):
        """Leave it as it is, for a reason; it comes up again only when something else is found."""
        self._for_decision()._decided("ignore", self.env.user, state="ignored", note=note)

    @api.model
    def _found_by_recheck(self, row, held, digest, address):
        """SPAR holds something else than the confirmed ``row`` says, and no older one of ours."""
        found = self._as_it_is(
            row.connection_id, row.partner_id, row.spar_id, held, digest, address
        )
        if found:
            self._keep(row.connection_id, self.env["spar.reconciliation"], [found], set())

    def _for_decision(self):
        """``self`` with the right to decide on it, or an error that names what is in the way."""
        if not self.env.user.has_group(OFFICER):
            raise AccessError(_("Only a SPAR officer may decide on differences."))
        self.mapped("kind")  # Raises where record rules hide one of them.
        lines = self.sudo()
        over = lines.filtered(lambda line: line.state not in ("open", "proposed", "ignored"))
        if over:
            raise UserError(
                _("This was decided already, or is no longer so: %s. Reload.", over._named())
            )
        return lines

    def _named(self):
        """For messages: the registrants and their ids."""
        return ", ".join(f"{line.partner_id.id} ({line.spar_id or '-'})" for line in self[:20])

    def _why_not_ours(self):
        """Why nothing of ours can be sent for it, a code of ``_words_for``; None where it can."""
        self.ensure_one()
        if self.about != "spar":
            return None
        if self.kind == "id_shared":
            return "shared"
        ours, current = self.our_id, self.partner_id._spar_id().get(self.partner_id.id)
        # What was accepted where nothing was ever confirmed is no address, nor the removal of one.
        if self.kind not in OURS or not ours.address_hash:
            return "unreadable" if self.kind == "unreadable" else "none"
        if ours.way == "old_id":
            # A removal from an id that is theirs again.
            return "none" if current == self.spar_id else None
        return None if current in (None, self.spar_id) else "moved"

    def _decide_as_second(self, decision):
        """Where the channel's policy wants two officers, the first one proposes.

        :return: lists of lines (done, proposed, changed, on their way)
        """
        user = self.env.user
        if not self.env["spar.channel"]._spar_by_code()["reconcile"].second_person:
            done, changed, moving = self._settle(decision, user)
            return done, self.browse(), changed, moving
        agreed = self.filtered(lambda line: line.state == "proposed" and line.decision == decision)
        own = agreed.filtered(lambda line: line.proposed_by == user)
        if own:
            raise UserError(
                _(
                    "You proposed this yourself for %s: another officer has to decide it.",
                    own._named(),
                )
            )
        proposal = {"decision": decision, "proposed_by": user.id, "undecided": False}
        (self - agreed).write({"state": "proposed", **proposal})
        (self - agreed)._tell("proposed", decision)
        done, changed, moving = agreed._settle(decision, user)
        return done, self - agreed, changed, moving

    def _decided(self, decision, user, **vals):
        self.write(
            {
                "decision": decision,
                "decided_by": user.id,
                "decided_at": fields.Datetime.now(),
                "undecided": False,
                **vals,
            }
        )
        self._tell("decided", decision, user)

    def _tell(self, what, decision, user=None):
        """An event on the registrant: a comparison may be deleted, who decided on it may not."""
        self.env["spar.event"].sudo().create(
            [
                {
                    "kind": "decided",
                    "detail": f"{DIFFERENCE}:{line.kind}:{decision}:{what}",
                    "at": fields.Datetime.now(),
                    "partner_id": line.partner_id.id,
                    "submission_id": line.submission_id.id,
                    "user_id": (user or self.env.user).id,
                }
                for line in self
            ]
        )

    @api.model
    def _report(self, done, proposed, changed, moving, handed_in=0):
        """What became of it, in words; True when all of it was simply done."""
        if not proposed and not changed and not moving:
            return True
        texts = []
        if proposed:
            texts.append(_("%s wait for another officer to decide the same.", len(proposed)))
        if changed:
            texts.append(
                _(
                    "What SPAR holds changed since it was looked at, or whose id it is, for %s: "
                    "look again.",
                    changed._named(),
                )
            )
        if moving:
            texts.append(
                _(
                    "Submissions of %s are open: decide on these, or wait until they are done.",
                    moving._named(),
                )
            )
        if done or handed_in:
            texts.append(_("%s done.", len(done) + handed_in))
        return self.env["spar.connection"]._say(" ".join(texts), "warning")
