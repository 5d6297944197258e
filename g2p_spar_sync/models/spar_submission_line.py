from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..spar import is_spar_id
from .tools import database_now

#: A row in one of these is not what SPAR should hold, however new it is.
LEFT_BEHIND = ("held", "conflict", "rejected", "cancelled")
#: After which a row that waits for an id is looked at again.
LOOK_AGAIN = timedelta(minutes=1)


class SparSubmission(models.Model):
    """A row on its registrant's line: leased, taken over, confirmed, looked at again."""

    _inherit = "spar.submission"

    def _confirm(self):
        """These rows are what SPAR acknowledged last: what was confirmed before steps back.

        It keeps its place in history, scrubbed. It may have a higher number: a removal from an old
        id keeps no order with the rest. What waited for a person and is older is superseded; what
        stepped back while it was sent again is done, as it was before.
        """
        if not self.ids:
            return
        mates = self.partner_id._spar_lines()
        pairs = [(row.id, mate) for row in self for mate in mates[row.partner_id.id]]
        others = SQL(
            "SELECT DISTINCT o.id, o.state FROM (VALUES %s) AS v (row, partner) "
            "JOIN spar_submission n ON n.id = v.row "
            "JOIN spar_submission o ON o.partner_id = v.partner AND o.id <> n.id",
            SQL(", ").join(SQL("(%s, %s)", *pair) for pair in pairs),
        )
        self.env.cr.execute(
            SQL(
                "%s AND o.connection_id = n.connection_id AND o.spar_id = n.spar_id "
                "WHERE o.confirmed",
                others,
            )
        )
        was = dict(self.env.cr.fetchall())
        before = self.browse(was)
        if before:
            # Looked at again is the newest one alone, by which an older one counts as late.
            before._update_rows({"confirmed": False, "address_sealed": None, "recheck_at": None})
            waits = before.filtered(lambda row: was[row.id] not in ("done", "sending"))
            waits._drop_repair(None, "superseded", "newer_done")
        self.env.cr.execute(
            SQL(
                "%s AND COALESCE(o.as_old_as_id, o.id) < COALESCE(n.as_old_as_id, n.id) "
                "WHERE o.state IN ('held', 'conflict', 'rejected') AND o.confirmed IS NOT TRUE "
                "AND n.way IS DISTINCT FROM 'old_id' AND (o.way IS DISTINCT FROM 'old_id' "
                # The question about what lay at this id before.
                "OR (o.spar_id = n.spar_id AND o.connection_id = n.connection_id))",
                others,
            )
        )
        overtaken = self.browse([row[0] for row in self.env.cr.fetchall()])
        self._ask_about_overtaken(overtaken)
        overtaken._transition("superseded", "superseded", detail="newer_done")

    @api.model
    def _confirmed_for(self, connection, spar_ids):
        """{SPAR id: ids of the registrants who were confirmed for it}"""
        self.env.cr.execute(
            "SELECT DISTINCT spar_id, partner_id FROM spar_submission WHERE connection_id = %s "
            "AND confirmed AND operation = 'set' AND spar_id IN %s",
            (connection.id, tuple(spar_ids) or ("",)),
        )
        found = defaultdict(set)
        for spar_id, partner in self.env.cr.fetchall():
            found[spar_id].add(partner)
        return found

    def _recheck_later(self):
        """Where an older request for these ids may still arrive, look again after that.

        What is looked at is the id's confirmed row: a request of a row that was rejected, or waits
        for a person by now, may arrive as well; so may, after a removal from an old id, that of the
        row which went to another one since.
        """
        if self.ids:
            self.env.cr.execute(
                "UPDATE spar_submission c SET recheck_at = x.until FROM ("
                "SELECT connection_id, spar_id, max(until) AS until FROM ("
                "SELECT n.connection_id, n.spar_id, o.suspect_until AS until "
                "FROM spar_submission n JOIN spar_submission o "
                "ON o.connection_id = n.connection_id AND o.spar_id = n.spar_id "
                "WHERE n.id IN %(ids)s AND o.suspect_until IS NOT NULL "
                "UNION ALL SELECT n.connection_id, n.spar_id, o.suspect_until "
                "FROM spar_submission n "
                "JOIN spar_submission o ON o.id IN (n.replaces_id, n.as_old_as_id) "
                "WHERE n.id IN %(ids)s AND n.way = 'old_id' AND o.suspect_until IS NOT NULL"
                ") AS either GROUP BY 1, 2) x "
                "WHERE c.connection_id = x.connection_id AND c.spar_id = x.spar_id "
                "AND c.confirmed AND c.state = 'done'",
                {"ids": tuple(self.ids)},
            )

    def _rechecked(self, digest, now):
        """Looked again: SPAR holds what hashes to ``digest`` ("" for nothing).

        :return: whether that is none of ours
        """
        self.ensure_one()
        if self.state != "done":
            # It is on its way again, under another worker's lease.
            return False
        line = self.search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("spar_id", "=", self.spar_id),
                ("suspect_until", "!=", False),
            ]
        )
        expected = self.address_hash if self.operation == "set" else ""
        # A newer row that is open or done is not late, it is next.
        late = line.filtered(lambda row: row.id < self.id or row.state in LEFT_BEHIND)
        older = {row.address_hash if row.operation == "set" else "" for row in late}
        if self.confirmed and digest != expected and digest in older:
            self._transition(
                "pending",
                "repaired",
                detail="landed_late",
                hold_reason="repair",
                recheck_at=None,
                sent_at=now,
                # Where it stood when it was handed in: before the backlog that came after it.
                due_at=self.create_date,
            )
            return False
        differs = bool(self.confirmed and digest != expected)
        if differs:
            self.env["spar.event"]._record("answered", self, detail="differs")
        over = line.filtered(lambda row: row.suspect_until <= now)
        if over:
            over._update_rows({"suspect_until": None})
        still = max((line - over).mapped("suspect_until"), default=None)
        self._update_rows({"recheck_at": still})
        return differs

    @api.model
    def _insert_accepted(self, vals):
        """A row for an address that SPAR holds and a person accepted."""
        now = database_now(self.env.cr)
        row = self._insert_rows(
            [
                {
                    **vals,
                    "state": "done",
                    "outcome": "accepted",
                    "settled_at": now,
                    "due_at": now,
                    "confirmed": True,
                }
            ]
        )
        self.env["spar.event"]._record("settled", row, detail="accepted", user=self.env.user)
        row._confirm()
        row._recheck_later()
        if not row._where_they_are():
            self._hold_for_new_id(row.partner_id)
        return row

    def _lease(self, token, until, connection, spar_ids, observing=()):
        """Put these rows on their way under one lease, each with its id in ``spar_ids``.

        :param observing: ids of those that are only looked at
        """
        self.browse(spar_ids)._transition(
            "sending",
            "leased",
            each={
                row: {"spar_id": spar_id, "observing": row in observing}
                for row, spar_id in spar_ids.items()
            },
            lease_token=token,
            lease_until=until,
            connection_id=connection.id,
        )

    @api.model
    def _take_over(self, now):
        """Rows whose worker is gone: they may be at SPAR, or on the way there. Returns how many."""
        self.env.cr.execute(
            "SELECT id FROM spar_submission WHERE state = 'sending' AND lease_until < %s "
            "FOR UPDATE SKIP LOCKED",
            (now,),
        )
        rows = self.browse([row[0] for row in self.env.cr.fetchall()])
        looked_at = rows.filtered("observing")
        looked_at._transition("pending", "taken_over", due_at=now)
        sent = rows - looked_at
        for connection in sent.connection_id:
            lost = sent.filtered(lambda row, connection=connection: row.connection_id == connection)
            lost._transition(
                "pending",
                "taken_over",
                sent_at=now,
                suspect_until=now + timedelta(seconds=connection.in_flight_seconds),
                due_at=now,
            )
        return len(rows)

    @api.model
    def _id_changed(self, partners):
        """These registrants may have got another id: what waited for one is judged again at
        dispatch, and what SPAR holds under the old one waits for a person."""
        self._hold_for_new_id(partners)
        self._look_once_more(partners)
        lines = [("partner_id", "in", partners.ids)]
        # Touched, so that a worker who is about to hold one for its missing id meets this change.
        self.sudo().search([*lines, ("state", "=", "pending")])._make_due()
        self._touch_on_the_way(partners)
        waiting = self.sudo().search([*lines, ("waits_for_id", "=", True)])
        if waiting:
            waiting._id_came(self.env.user)
            self.env["spar.dispatcher"]._wake()

    @api.model
    def _touch_on_the_way(self, partners):
        """So that a worker who is about to note that one is done meets what was changed."""
        on_the_way = self.sudo().search(
            [("partner_id", "in", partners.ids), ("state", "=", "sending")]
        )
        on_the_way._update_rows({"due_at": self.env.cr.now()}, SQL("state = 'sending'"))

    def _id_came(self, user=None):
        self._transition(
            "pending",
            "released",
            detail="id",
            user=user,
            due_at=self.env.cr.now(),
            waits_for_id=False,
            hold_reason=None,
            hold_params=None,
        )
        self._go_over()

    @api.model
    def _look_for_ids(self, now, limit):
        """Rows that wait for an id, the longest not looked at first: some ids come by raw SQL."""
        self.env.cr.execute(
            "SELECT id FROM spar_submission WHERE waits_for_id AND due_at <= %s "
            "ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED",
            (now, limit),
        )
        waiting = self.browse([row[0] for row in self.env.cr.fetchall()])
        waiting._update_rows({"due_at": now + LOOK_AGAIN})
        known = waiting.partner_id._spar_id()
        waiting.filtered(
            lambda row: row.partner_id.id in known and is_spar_id(known[row.partner_id.id])
        )._id_came()

    @api.model
    def _ways_in_use(self, partners):
        """{partner id: way of its newest address that is in use or on its way}"""
        self.env.cr.execute(
            "SELECT DISTINCT ON (partner_id) partner_id, way FROM spar_submission "
            "WHERE partner_id IN %s AND operation = 'set' "
            "AND (confirmed OR state IN ('pending', 'sending')) ORDER BY partner_id, id DESC",
            (tuple(partners.ids) or (0,),),
        )
        return dict(self.env.cr.fetchall())
