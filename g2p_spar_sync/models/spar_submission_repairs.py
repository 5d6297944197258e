from odoo import _, api, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import clean_context

from ..spar import Linked
from .channel_marks import CONTEXT_KEY, RECONCILE
from .spar_submission_ids import ADDRESS
from .tools import database_now


class SparSubmission(models.Model):
    """What a comparison with SPAR leads to."""

    _inherit = "spar.submission"

    def _send_again(self, shown, user):
        """What was confirmed is sent once more, over what SPAR was seen to hold and nothing else.

        The confirmed row itself goes, no new one: a new one would have a later number than what
        the registrant handed in since, and take its place.

        :param shown: {row id: keyed hash of what SPAR holds, "" for nothing}
        :return: the rows that go; one that was replaced or is on its way does not
        """
        ready = self.filtered(lambda row: row.confirmed and row.state == "done")
        if not ready:
            return ready
        moved = ready._transition(
            "pending",
            "repaired",
            detail="reconciled",
            user=user,
            each={row.id: {"shown_hash": shown[row.id]} for row in ready},
            hold_reason="reconciled",
            hold_params=None,
            due_at=database_now(self.env.cr),
            recheck_at=None,
            decided=True,
            attempts=0,
            solo_failures=0,
            solo_since=None,
        )
        if moved:
            self.env["spar.dispatcher"]._wake()
        return moved

    def _drop_repair(self, user, event="cancelled", detail="repair"):
        """Not sent again after all: it is done, as it was before."""
        self._transition(
            "done", event, detail=detail, user=user, hold_reason=None, hold_params=None
        )

    @api.model
    def _accept_found(self, partner, connection, spar_id, answer, ours):
        """A row that says: this is what SPAR holds, and a person accepted it.

        :param ours: what was confirmed before, if anything
        """
        here = (connection, spar_id)
        now = (partner._spar_connections().get(partner.id), partner._spar_id().get(partner.id))
        return self._insert_accepted(
            {
                **self._columns_of(connection, answer, ours),
                "partner_id": partner.id,
                "channel": RECONCILE,
                # The order of a line leaves out the removals from an old id; this is none.
                "way": "row" if ours.way == "old_id" else ours.way or "row",
                "connection_id": connection.id,
                "spar_id": spar_id,
                "replaces_id": ours.id,
                # At an id of the past it is no newer than what was confirmed there.
                "as_old_as_id": ours._age() if ours and here != now else None,
                "submitted_by": self.env.uid,
            }
        )

    @api.model
    def _columns_of(self, connection, answer, ours):
        """The columns of a row for what SPAR holds: its address, sealed, or the removal of ours.

        :param ours: what was confirmed before, if anything
        """
        if not isinstance(answer, Linked):
            gone = {name: ours[name] for name in ADDRESS} if ours else {}
            return {"operation": "remove", **gone}
        address = connection._reader().interpret(answer)[2]
        if address is None:
            raise UserError(
                _("What SPAR holds cannot be read, so it cannot be accepted. Send ours.")
            )
        token, key_id = self.env["spar.vault"]._seal({"given": {}, "address": address.as_dict()})
        return {
            "operation": "set",
            "address_sealed": token,
            "seal_key_id": key_id,
            **self._described(address),
        }

    @api.model
    def _hand_in_found(self, inputs):
        """Hand in payment data of the registry's own that came in past every hook."""
        self = self.with_context(**{**clean_context(self.env.context), CONTEXT_KEY: RECONCILE})
        return self._hand_in(inputs)

    @api.model
    def _hold_reborn(self, connection, last_id, limit):
        """Rows of a restored database that would be sent by themselves wait for a person.

        In the time that was lost they may have been sent, cancelled or replaced. What might still
        land late has landed long ago.

        :param last_id: the newest row of the backup
        :return: (how many were held or judged, whether others hold on to some that are left)
        """
        if self._judge_new(limit):
            return limit, False
        self.env.cr.execute(
            "UPDATE spar_submission SET suspect_until = NULL, recheck_at = NULL "
            "WHERE connection_id = %s AND (suspect_until IS NOT NULL OR recheck_at IS NOT NULL)",
            (connection.id,),
        )
        # As sent before, so that none overwrites what is neither ours nor was looked at.
        self.env.cr.execute(
            "UPDATE spar_submission SET sent_at = %s WHERE id <= %s AND connection_id = %s "
            "AND state IN ('held', 'conflict', 'rejected') AND sent_at IS NULL",
            (database_now(self.env.cr), last_id, connection.id),
        )
        reborn = SQL(
            "SELECT id FROM spar_submission WHERE id <= %s AND COALESCE(connection_id, %s) = %s",
            last_id,
            connection.id,
            connection.id,
        )
        self.env.cr.execute(
            SQL(
                "%s AND (state IN ('pending', 'sending') OR waits_for_id) ORDER BY id LIMIT %s "
                "FOR UPDATE SKIP LOCKED",
                reborn,
                limit,
            )
        )
        rows = self.browse([row[0] for row in self.env.cr.fetchall()])
        if not rows:
            open_ones = SQL("(state IN ('new', 'pending', 'sending') OR waits_for_id)")
            self.env.cr.execute(SQL("%s AND %s LIMIT 1", reborn, open_ones))
            return 0, bool(self.env.cr.fetchall())
        rows._transition(
            "held",
            "held",
            detail="restored",
            hold_reason="restored",
            hold_params=None,
            waits_for_id=False,
            sent_at=database_now(self.env.cr),
            decided=False,
            observed=None,
            adopted_by=None,
        )
        return len(rows), False

    @api.model
    def _release_what_is_at_spar(self, partner, spar_id, digest):
        """Of the rows that a restore held: what SPAR holds by now was sent, and is confirmed.

        :return: whether there are such
        """
        if not digest:
            return False
        rows = self.search(
            [
                ("partner_id", "=", partner),
                ("state", "=", "held"),
                ("hold_reason", "=", "restored"),
                ("operation", "=", "set"),
            ]
        )
        current = rows.partner_id._spar_id().get(partner)
        there = rows.filtered(
            lambda row: (
                row.address_hash == digest
                and (row.spar_id if row._has_fixed_id() else current) == spar_id
            )
        )
        there._transition(
            "pending",
            "released",
            detail="at_spar",
            hold_reason=None,
            due_at=database_now(self.env.cr),
        )
        return bool(there)
