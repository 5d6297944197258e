from odoo import _, models
from odoo.exceptions import AccessError, UserError

from ..spar import address_from_dict
from .tools import database_now

OFFICER = "g2p_spar_sync.group_spar_officer"


class SparSubmission(models.Model):
    """What officers decide. Every action checks for itself, since RPC reaches each of them.

    They return True: XML-RPC cannot carry a None.
    """

    _inherit = "spar.submission"

    def action_release(self):
        """Held rows go on; one that is older than what SPAR confirmed goes on as a new row."""
        rows = self._for_decision(("held",), second_person=True, observed=("held",))
        if rows._are_many():
            return self._in_background("action_release")
        for row in rows:
            if row._needs_new_one():
                raise UserError(
                    _(
                        "%(reference)s cannot be released: %(explanation)s",
                        reference=row.reference,
                        explanation=row.explanation,
                    )
                )
            row._refuse_behind_newer()
            reason = row.observed_reason if row.observed else row.hold_reason
            row._go_on("released", reason, released_by=self.env.uid)
        return True

    def _refuse_behind_newer(self):
        """The address of an old id, handed in for the new one, is older than what came since."""
        if self.hold_reason != "id_changed":
            return
        since = [
            ("partner_id", "in", self.partner_id._spar_lines()[self.partner_id.id]),
            ("id", ">", self._age()),
            ("way", "!=", "old_id"),
            ("state", "in", ("new", "pending", "sending", "held", "conflict", "rejected")),
        ]
        newer = self.search(since).filtered(lambda row: row._age() > self._age())[:1]
        if newer:
            raise UserError(
                _(
                    "%(newer)s is newer than the address in %(reference)s, and not over. Decide on "
                    "that one first: it goes to the new id, or cancel it.",
                    newer=newer.reference,
                    reference=self.reference,
                )
            )

    def action_retry(self):
        """Rejected rows are tried again as they were, and waiting or observed ones at once.

        That is no release: the channel's policy judges them once more.
        """
        rows = self._for_decision(("rejected", "pending"))
        waiting = rows.filtered(lambda row: row.state == "pending")
        waiting._make_due()
        for row in rows - waiting:
            row._go_on("released", "retry")
        self.env["spar.dispatcher"]._wake()
        return True

    def action_cancel(self):
        """Rows that are not sent, for good. Refused while an earlier request may still arrive, and
        where it has arrived: then SPAR pays to it."""
        rows = self._for_decision(("held", "pending", "conflict", "rejected"))
        now = database_now(self.env.cr)
        suspect = rows.filtered(
            lambda row: (
                (row.confirmed and row.state == "pending")
                or (row.suspect_until and row.suspect_until > now)
            )
        )
        if suspect:
            raise UserError(
                _(
                    "%(references)s may be on the way to SPAR: the outcome of a request is not "
                    "known yet. Try again in some minutes.",
                    references=", ".join(suspect.mapped("reference")),
                )
            )
        rows.filtered(
            lambda row: row.suspect_until or (row.state == "pending" and row.sent_at)
        )._refuse_arrived()
        repairs = rows.filtered("confirmed")
        repairs._drop_repair(self.env.user)
        (rows - repairs)._transition("cancelled", "cancelled", user=self.env.user)
        return True

    def action_send_ours(self):
        """Conflicts: send ours over what SPAR holds now. What that is, is asked here and kept."""
        rows = self._for_decision(("conflict",), second_person=True, observed=("differs",))
        if rows._are_many():
            return self._in_background("action_send_ours")
        answers = rows._ask_spar()
        hashes = {row: row._hash_of(answers[row]) for row in rows}
        changed = rows._seen_otherwise(hashes)
        for row in rows - changed:
            row._go_on(
                "decided",
                "send_ours",
                released_by=self.env.uid,
                shown_hash=hashes[row],
                decided=True,
            )
        return changed._ask_again() if changed else True

    def _ask_again(self):
        """SPAR holds something else by now than what the decision was about: plan anew."""
        self._transition(
            "pending",
            "delayed",
            detail="changed_since_shown",
            user=self.env.user,
            due_at=self.env.cr.now(),
            hold_reason=None,
        )
        self.env["spar.dispatcher"]._wake()
        message = _(
            "SPAR's address changed since %s became a conflict. Nothing was overwritten: it is "
            "compared again; look at it, then decide.",
            ", ".join(self.mapped("reference")),
        )
        return self.env["spar.connection"]._say(message, "warning")

    def action_keep_spars(self):
        """Conflicts: accept what SPAR holds now as confirmed, and drop ours."""
        rows = self._for_decision(("conflict",), second_person=True, observed=("differs",))
        if rows._are_many():
            return self._in_background("action_keep_spars")
        answers = rows._ask_spar()
        changed = rows._seen_otherwise({row: row._hash_of(answers[row]) for row in rows})
        kept = rows - changed
        kept._refuse_with_newer()
        kept._refuse_while_sent_again()
        # Before a newer row is confirmed, which would supersede them without a word on who decided.
        # What was confirmed keeps its address for now, which a removal is accepted with.
        repairs = kept.filtered("confirmed")
        repairs._drop_repair(self.env.user, "decided", "keep_spars")
        (kept - repairs)._transition(
            "cancelled", "decided", detail="keep_spars", user=self.env.user
        )
        for row in kept:
            row._accept(answers[row])
        return changed._ask_again() if changed else True

    def action_reveal(self):
        """Show an officer what was handed in, whole; the look is an event."""
        self.ensure_one()
        if not self.env.user.has_group(OFFICER):
            raise AccessError(_("Only a SPAR officer may reveal a payment address."))
        self.mapped("state")  # Raises where record rules hide it.
        payload = self._address()
        if payload is None:
            raise UserError(_("%s is over, and its address was deleted with that.", self.reference))
        self.env["spar.event"]._record("revealed", self, user=self.env.user)
        parts = payload["address"] or payload["given"]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.reference,
                "message": " · ".join(str(value) for value in parts.values() if value),
                "sticky": True,
            },
        }

    def _for_decision(self, states, second_person=False, observed=()):
        """``self`` with the right to decide on it, or an error that names what is in the way.

        :param observed: what a waiting row may have been found to be, beside ``states``
        """
        if not self.env.user.has_group(OFFICER):
            raise AccessError(_("Only a SPAR officer may decide on submissions."))
        self.mapped("state")  # Raises where record rules hide one of them.
        rows = self.sudo()
        wrong = rows.filtered(
            lambda row: (
                row.state not in states and (not row.observed or row.observed not in observed)
            )
        )
        if wrong:
            names = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                _(
                    "This is not possible for %(rows)s. Reload the page and choose again.",
                    rows=self._some(f"{row.reference} ({names[row.state]})" for row in wrong),
                )
            )
        if second_person:
            channels = self.env["spar.channel"]._spar_by_code()
            own = rows.filtered(
                lambda row: (
                    channels[row.channel].second_person and row.submitted_by == self.env.user
                )
            )
            if own:
                raise UserError(
                    _(
                        "You submitted %s yourself: another officer has to decide on it.",
                        self._some(own.mapped("reference")),
                    )
                )
        return rows

    def _go_on(self, event, detail, **vals):
        """Send this row with ``vals``; as a new row where a newer one was confirmed since."""
        self.ensure_one()
        if self.partner_id.id not in self.partner_id._spar_is_registrant():
            raise UserError(
                _(
                    "%s belongs to a contact that is no registrant by the connection's domain.",
                    self.reference,
                )
            )
        fixed = self._has_fixed_id()
        # A copy is no newer than it was: what came since is refused, or takes its place.
        newer = not (fixed or self.as_old_as_id) and self.search_count(
            [
                ("partner_id", "in", self.partner_id._spar_lines()[self.partner_id.id]),
                ("id", ">", self.id),
                ("way", "!=", "old_id"),
                "|",
                ("state", "=", "done"),
                ("confirmed", "=", True),
            ],
            limit=1,
        )
        # Another connection may be another SPAR, which knows nothing of this id.
        current = self.partner_id._spar_connections().get(self.partner_id.id)
        connection = self.connection_id if fixed else current
        if not connection:
            raise UserError(
                _("No SPAR connection is set up for this registrant. Ask a SPAR manager for one.")
            )
        if not connection.active:
            raise UserError(
                _(
                    "%(reference)s goes over %(connection)s, which is archived. Have a SPAR "
                    "manager restore that, or cancel it.",
                    reference=self.reference,
                    connection=connection.name,
                )
            )
        if newer:
            # It keeps that id, by which what it sent is known should it land there late.
            if self._was_sent_for_another_id():
                self._hold_old_id()
            self._hand_in([{**self._as_input(), **vals}])
            self._transition("cancelled", event, detail=detail, user=self.env.user)
            return
        if not fixed and connection != self.connection_id:
            self._ask_about_sent()
        self._transition(
            "pending",
            event,
            detail=detail,
            user=self.env.user,
            connection_id=connection.id,
            due_at=self.env.cr.now(),
            hold_reason=None,
            hold_params=None,
            waits_for_id=False,
            attempts=0,
            solo_failures=0,
            **vals,
        )
        self.env["spar.dispatcher"]._wake()

    def _as_input(self):
        """This row's inputs and what was decided on it, to hand it in once more."""
        self.ensure_one()
        payload = self._address()
        # A row made from what SPAR held was given by nobody: its address says it all.
        given = payload["given"] or {
            "payment_method": self.payment_method,
            "payment_provider": self.payment_provider,
            "payment_branch": self.payment_branch,
            "payment_account": address_from_dict(payload["address"]).account,
        }
        kept = "channel operation way note actor collected_at shown_hash decided".split()
        return {
            **{name: self[name] for name in kept},
            "partner_id": self.partner_id.id,
            "released_by": self.released_by.id,
            "replaces_id": self.id,
            "submitted_by": self.submitted_by.id,
            **given,
        }
