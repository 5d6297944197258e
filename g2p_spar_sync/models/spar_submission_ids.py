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
        a person may want: its removal from there, and the newest address for the new id."""
        self = self.sudo().with_context(clean_context(self.env.context))
        confirmed = self.search([("partner_id", "in", partners.ids), ("confirmed", "=", True)])
        if not confirmed:
            return
        current = confirmed.partner_id._spar_id()
        waiting = self._waiting_about_ids(confirmed.partner_id, current)
        known = {(row.replaces_id.id, row.hold_reason) for row in waiting}
        inputs = []
        for partner in confirmed.partner_id:
            rows = confirmed.filtered(lambda row, partner=partner: row.partner_id == partner)
            spar_id = current.get(partner.id)
            if spar_id:
                newest = rows._missing_at(spar_id, waiting)
                inputs += [row._held_copy("id_changed", way="row") for row in newest]
            inputs += [row._removal_of_it() for row in rows._elsewhere_than(spar_id)]
        asked = [vals for vals in inputs if (vals["replaces_id"], vals["hold_reason"]) not in known]
        # The address before its removal: what came after that was asked about since.
        for reason in ("id_changed", "old_id"):
            rows = super().create([vals for vals in asked if vals["hold_reason"] == reason])
            self.env["spar.event"]._record("held", rows, detail=reason, user=self.env.user)

    @api.model
    def _waiting_about_ids(self, partners, current):
        """What waits for a person about ids; an id that was put back needs no decision any more."""
        waiting = self.search(
            [
                ("partner_id", "in", partners.ids),
                ("hold_reason", "in", ("id_changed", "old_id")),
                ("state", "=", "held"),
            ]
        )
        back = waiting.filtered(lambda row: row._is_about() == current.get(row.partner_id.id))
        back._transition("cancelled", "cancelled", detail="id_back", user=self.env.user)
        return waiting - back

    def _is_about(self):
        """The id for which SPAR holds what this row would remove, or is a copy of; False: none."""
        self.ensure_one()
        if self.way == "old_id" and self.spar_id:
            # It may have reached an id that its row was confirmed for under another one.
            return self.spar_id
        return self.replaces_id.confirmed and self.replaces_id.spar_id

    def _elsewhere_than(self, spar_id):
        """Of confirmed rows those by which SPAR holds an address for another id."""
        return self.filtered(
            lambda row: row.way != "old_id" and row.operation == "set" and row.spar_id != spar_id
        )

    def _missing_at(self, spar_id, waiting):
        """Of a registrant's confirmed rows the newest, where SPAR may lack its address for
        ``spar_id``. What a removal from an old id took away counts where nothing else is left."""
        own = self.filtered(lambda row: row.way != "old_id")
        if not own:
            return self.sorted("id")[-1:].filtered(lambda row: not row._is_offered(waiting))
        newest = own.sorted("id")[-1:]
        there = own.filtered(lambda row: row.spar_id == spar_id and row.operation == "set")
        if newest.operation == "remove" or newest.address_hash in there.mapped("address_hash"):
            return self.browse()
        return newest

    def _is_offered(self, waiting):
        """Does a person decide on what this removal took away, or did one since?"""
        self.ensure_one()
        since = [("replaces_id", "=", self.replaces_id.id), ("way", "=", "row")]
        return self.partner_id in waiting.partner_id or bool(
            self.search_count([*since, ("id", ">", self.id)], limit=1)
        )

    def _drop_removal(self):
        """The id was put back since a person released this removal from it.

        Where it has reached SPAR, or may yet, the confirmed row is looked at again, and repaired.
        """
        self.ensure_one()
        if self.confirmed:
            self._drop_repair(self.env.user)
            return
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
        asked = self.filtered(
            lambda row: (row.way == "old_id") == (current.get(row.partner_id.id) == row.spar_id)
        )
        self._hold_for_new_id(asked.partner_id)

    def _has_fixed_id(self):
        """Is this row about the id it names, whatever id its registrant carries by now?

        So are the removal from an old id, and the repair of what was confirmed for it.
        """
        self.ensure_one()
        return self.way == "old_id" or bool(self.confirmed)

    def _hold_old_id(self):
        """A removal from this row's id that waits for a person; empty when one waits already."""
        self.ensure_one()
        vals = self._removal_of_it()
        asked = [(name, "=", vals[name]) for name in ("replaces_id", "hold_reason", "state")]
        if self.search_count(asked, limit=1):
            return self.browse()
        removal = super().create([{**vals, "suspect_until": self.suspect_until}])
        self.env["spar.event"]._record("held", removal, detail="old_id")
        return removal

    def _removal_of_it(self):
        """The columns of a removal from this row's id."""
        return self._held_copy("old_id", way="old_id", operation="remove", spar_id=self.spar_id)

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
            # A copy is as old as what was copied, also over the removal of that.
            "replaces_id": self.replaces_id.id if self.way == "old_id" else self.id,
            "submitted_by": self.env.uid,
            "due_at": self.env.cr.now(),
            **vals,
        }
