from odoo import api, models
from odoo.tools.misc import clean_context

from .tools import database_now

#: What describes an address without telling it, and the sealed address itself.
ADDRESS = (
    "payment_method payment_provider payment_branch account_mask last_four address_sealed "
    "seal_key_id address_hash hash_key_id normaliser"
).split()


class SparSubmission(models.Model):
    """A registrant's id that changed: the address at the old one, and for the new one."""

    _inherit = "spar.submission"

    @api.model
    def _hold_for_new_id(self, partners):
        """Where SPAR holds an address for an id that a registrant no longer carries, hand in what
        a person may want: the same address for the new id, and its removal from the old one."""
        self = self.sudo().with_context(clean_context(self.env.context))
        confirmed = self.search(
            [
                ("partner_id", "in", partners.ids),
                ("confirmed", "=", True),
                ("operation", "=", "set"),
            ]
        )
        if not confirmed:
            return
        current = confirmed.partner_id._spar_id()
        self._drop_where_back(confirmed.partner_id, current)
        moved = confirmed.filtered(lambda row: row.spar_id != current.get(row.partner_id.id))
        known = self._already_asked(moved)
        inputs = []
        for row in moved:
            if row.partner_id.id in current and not self._is_at(row, current):
                inputs.append(row._held_copy("id_changed", way="row"))
            inputs.append(
                row._held_copy("old_id", way="old_id", operation="remove", spar_id=row.spar_id)
            )
        asked = [vals for vals in inputs if (vals["replaces_id"], vals["hold_reason"]) not in known]
        for reason in {vals["hold_reason"] for vals in asked}:
            rows = super().create([vals for vals in asked if vals["hold_reason"] == reason])
            self.env["spar.event"]._record("held", rows, detail=reason, user=self.env.user)

    @api.model
    def _drop_where_back(self, partners, current):
        """An id that was put back needs no decision any more."""
        waiting = self.sudo().search(
            [
                ("partner_id", "in", partners.ids),
                ("hold_reason", "in", ("id_changed", "old_id")),
                ("state", "=", "held"),
            ]
        )
        # What is to be removed may have reached an id that it was confirmed for under another one.
        waiting.filtered(
            lambda row: (row.spar_id or row.replaces_id.spar_id) == current.get(row.partner_id.id)
        )._transition("cancelled", "cancelled", detail="id_back", user=self.env.user)

    @api.model
    def _already_asked(self, confirmed):
        """{(confirmed row, reason)} of decisions about an old id that were asked for before."""
        rows = self.sudo().search(
            [
                ("replaces_id", "in", confirmed.ids),
                ("hold_reason", "in", ("id_changed", "old_id")),
                ("state", "=", "held"),
            ]
        )
        return {(row.replaces_id.id, row.hold_reason) for row in rows}

    @api.model
    def _is_at(self, row, current):
        """Does SPAR hold an address of this registrant for the id it carries now?"""
        return bool(
            self.sudo().search_count(
                [
                    ("partner_id", "=", row.partner_id.id),
                    ("spar_id", "=", current[row.partner_id.id]),
                    ("confirmed", "=", True),
                ],
                limit=1,
            )
        )

    def _drop_removal(self):
        """The id was put back since a person released this removal from it.

        Where it has reached SPAR, or may yet, the confirmed row is looked at again, and repaired.
        """
        self.ensure_one()
        late = self.sent_at and (self.suspect_until or database_now(self.env.cr))
        dropped = self._transition(
            "cancelled", "cancelled", detail="id_back", suspect_until=late or None
        )
        dropped._recheck_later()

    def _ask_about_new_ids(self):
        """Rows that were done while their registrant got another id: a person decides.

        So it is with an id that was put back while what SPAR held for it was being removed.
        """
        current = self.partner_id._spar_id()
        for row in self.filtered(lambda row: row.way == "old_id"):
            if current.get(row.partner_id.id) == row.spar_id:
                row._hold_removed()
        stray = self.filtered(
            lambda row: row.way != "old_id" and current.get(row.partner_id.id) != row.spar_id
        )
        self._hold_for_new_id(stray.partner_id)

    def _has_fixed_id(self):
        """Is this row about the id it names, whatever id its registrant carries by now?

        So are the removal from an old id, and the repair of what was confirmed for it.
        """
        self.ensure_one()
        return self.way == "old_id" or bool(self.confirmed)

    def _hold_old_id(self):
        """A removal from this row's id that waits for a person; empty when one waits already."""
        self.ensure_one()
        if (self.id, "old_id") in self._already_asked(self):
            return self.browse()
        vals = self._held_copy("old_id", way="old_id", operation="remove", spar_id=self.spar_id)
        removal = super().create([vals])
        self.env["spar.event"]._record("held", removal, detail="old_id")
        return removal

    def _hold_removed(self):
        """What this row removed from SPAR, for a person to send again."""
        removed = super().create([self._held_copy("id_changed", way="row")])
        self.env["spar.event"]._record("held", removed, detail="id_changed")
        return removed

    def _held_copy(self, reason, **vals):
        """The columns of a row with this one's address that waits for a person."""
        self.ensure_one()
        return {
            **{name: self[name] for name in ADDRESS},
            "partner_id": self.partner_id.id,
            "channel": self.channel,
            "operation": "set",
            "state": "held",
            "hold_reason": reason,
            "hold_params": {"id": self.spar_id},
            "connection_id": self.connection_id.id,
            "replaces_id": self.id,
            "submitted_by": self.env.uid,
            "due_at": self.env.cr.now(),
            **vals,
        }
