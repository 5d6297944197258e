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

    def _age(self):
        """The number that its place in its line goes by."""
        self.ensure_one()
        return self.as_old_as_id.id or self.id

    @api.model
    def _hold_for_new_id(self, partners):
        """Where SPAR holds an address for an id that a registrant no longer carries, hand in what
        a person may want: its removal from there, and the newest address for the new id."""
        self = self.browse().sudo().with_context(clean_context(self.env.context))
        lines = {frozenset(mates) for mates in partners._spar_lines().values()}
        confirmed = self._confirmed_of_lines(partners)
        if not confirmed:
            return
        current = confirmed.partner_id._spar_id()
        connections = confirmed.partner_id._spar_connections()
        waiting = self._waiting_about_ids(confirmed.partner_id, current, connections)
        known = {row._question() for row in waiting}
        of_partner = confirmed.grouped("partner_id")
        inputs = []
        for line in lines:
            rows = self.union(*(of_partner.get(p, self) for p in confirmed.partner_id.browse(line)))
            inputs += rows._questions_for_now(current, connections)
            inputs += [row._removal_of_it() for row in rows._elsewhere_than(current)]
        asked = {self.new(vals)._question(): vals for vals in inputs}
        # The address before its removal: what came after that was asked about since.
        for reason in ("id_changed", "old_id"):
            rows = self._insert_rows(
                [vals for key, vals in asked.items() if key not in known and key[0] == reason]
            )
            self.env["spar.event"]._record("held", rows, detail=reason, user=self.env.user)

    @api.model
    def _confirmed_of_lines(self, partners):
        """What SPAR holds of these registrants, and of those who share their lines."""
        mates = {mate for line in partners._spar_lines().values() for mate in line}
        return self.sudo().search([("partner_id", "in", list(mates)), ("confirmed", "=", True)])

    def _question(self):
        """What tells one question to a person from another."""
        self.ensure_one()
        at = (self.connection_id.id, self.spar_id) if self.way == "old_id" else None
        return self.hold_reason, self.as_old_as_id.id, at

    @api.model
    def _waiting_about_ids(self, partners, current, connections):
        """What waits for a person about ids; an id that was put back needs no decision any more."""
        waiting = self.search(
            [
                ("partner_id", "in", partners.ids),
                ("hold_reason", "in", ("id_changed", "old_id")),
                ("state", "=", "held"),
            ]
        )
        back = waiting.filtered(lambda row: row._is_back(current, connections))
        back._transition("cancelled", "cancelled", detail="id_back", user=self.env.user)
        return waiting - back

    def _is_back(self, current, connections):
        """Does the registrant carry the id again that this row would remove, or that SPAR holds
        the same address for which it is a copy of?

        Two connections may lead to one SPAR: from there no id is removed that is in use.
        """
        self.ensure_one()
        partner = self.partner_id.id
        if self.way == "old_id":
            return self.spar_id == current.get(partner)
        copied = self.replaces_id
        at = (copied.connection_id, copied.spar_id)
        return bool(copied.confirmed) and at == (connections.get(partner), current.get(partner))

    def _elsewhere_than(self, current):
        """Of confirmed rows those by which SPAR holds an address for an id of the past.

        :param current: {partner id: SPAR id}
        """
        return self.filtered(
            lambda row: (
                row.way != "old_id"
                and row.operation == "set"
                and row.spar_id != current.get(row.partner_id.id)
            )
        )

    def _questions_for_now(self, current, connections):
        """Of a line's confirmed rows: the columns of what a person may want for the id of now.

        It is the newest address where SPAR may lack that there; what a removal from an old id took
        away was an address of theirs, too. Where the newest is a removal that was asked for, it is
        that of the older address which the id has brought back.

        :param current: {partner id: SPAR id}
        :param connections: {partner id: connection}
        """
        newest = max(self, key=lambda row: row._place(), default=self)
        spar_id = current.get(newest.partner_id.id)
        at = (connections.get(newest.partner_id.id), spar_id)
        there = self.filtered(
            lambda row: (
                (row.connection_id, row.spar_id) == at
                and row.operation == "set"
                and row.way != "old_id"
            )
        )
        if not spar_id:
            return []
        if newest.operation == "remove" and newest.way != "old_id":
            return [
                row._held_copy(
                    "id_changed",
                    way="row",
                    operation="remove",
                    as_old_as_id=newest._age(),
                    replaces_id=newest.id,
                )
                for row in there
            ]
        if newest.address_hash in there.mapped("address_hash"):
            return []
        if newest.way == "old_id" and newest._was_offered():
            return []
        return [newest._held_copy("id_changed", way="row")]

    def _place(self):
        """By which confirmed rows of a line are sorted.

        Those about one address are of one age: what set it counts over what removed it from an old
        id, and of these the last one counts, after which a person may have decided.
        """
        self.ensure_one()
        removed = self.way == "old_id"
        return self._age(), not removed, self.id if removed else -self.id

    def _was_offered(self):
        """Has a person decided, since this removal, on what it took away?"""
        self.ensure_one()
        since = [
            ("partner_id", "=", self.partner_id.id),
            ("as_old_as_id", "=", self._age()),
            ("way", "=", "row"),
            ("id", ">", self.id),
        ]
        return bool(self.search_count(since, limit=1))

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
        there = self._where_they_are()
        removals = self.filtered(lambda row: row.way == "old_id")
        self._hold_for_new_id((removals & there | self - removals - there).partner_id)

    def _where_they_are(self):
        """Those about the id, and at the connection, that their registrants go by now."""
        connections, ids = self.partner_id._spar_connections(), self.partner_id._spar_id()
        now = {partner: (connections.get(partner), ids.get(partner)) for partner in connections}
        return self.filtered(
            lambda row: now.get(row.partner_id.id) == (row.connection_id, row.spar_id)
        )

    def _has_fixed_id(self):
        """Is this row about the id it names, whatever id its registrant carries by now?

        So are the removal from an old id, and the repair of what was confirmed for it.
        """
        self.ensure_one()
        return self.way == "old_id" or bool(self.confirmed)

    def _was_sent_for_another_id(self):
        """May it have reached SPAR under an id that its registrant does not carry now?"""
        self.ensure_one()
        current = self.partner_id._spar_id().get(self.partner_id.id)
        return bool(self.sent_at and self.spar_id) and self.spar_id != current

    def _hold_old_id(self):
        """A removal from this row's id that waits for a person; empty when one waits already."""
        self.ensure_one()
        vals = self._removal_of_it()
        same = "partner_id connection_id as_old_as_id spar_id hold_reason state".split()
        if self.search_count([(name, "=", vals[name]) for name in same], limit=1):
            return self.browse()
        removal = self._insert_rows([vals])
        self.env["spar.event"]._record("held", removal, detail="old_id")
        return removal

    def _ask_about_overtaken(self, overtaken):
        """A person is asked about what ``overtaken`` rows may have left at SPAR for another id, or
        over another connection, than these rows, which take their place."""
        here = {(row.connection_id, row.spar_id) for row in self}
        for row in overtaken.filtered("suspect_until"):
            there = (row.connection_id, row.spar_id)
            if row.spar_id and row.way != "old_id" and there not in here:
                row._hold_old_id()

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
            # What a removal took away is no copy of that, but of what it removed.
            "replaces_id": self.replaces_id.id if self.way == "old_id" else self.id,
            "as_old_as_id": self._age(),
            "submitted_by": self.env.uid,
            "due_at": self.env.cr.now(),
            **vals,
        }
