from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .spar_reconciliation import WHOLESALE, SelectionUnusable
from .spar_reconciliation_compare import ON_ITS_WAY
from .spar_submission_asked import SparSilent


class SparReconciliationLine(models.Model):
    """What becomes of a difference that was decided on."""

    _inherit = "spar.reconciliation.line"

    def _settle(self, decision, user, answers=None, since=None):
        """Ask SPAR again, and do what was decided where it still holds what was looked at.

        :param answers: {SPAR id: its answer} when it was asked just now
        :param since: database time before that
        :return: lines that are (done, changed since, on their way)
        """
        done, changed, moving, silent = (self.browse() for _each in range(4))
        for connection in self.connection_id:
            lines = self.filtered(
                lambda line, connection=connection: line.connection_id == connection
            )
            said = answers if answers is not None else lines._ask(connection)
            reader = connection._reader()
            moving |= lines._moving(decision, since)
            (lines - moving)._note_others(connection)
            strays = (lines - moving)._strays(decision)
            changed |= strays
            for line in lines - moving - strays:
                if line.spar_id not in said:
                    silent |= line
                    continue
                held, digest, address = reader.interpret(said[line.spar_id])
                if line.others or digest != (line.spar_hash or ""):
                    line._look_anew(held, digest, address)
                    changed |= line
                    continue
                if decision == "accept":
                    line._accept(said[line.spar_id], user)
                done |= line
            if decision == "send":
                ready = done & lines
                sent = ready._send(user)
                done -= ready - sent
                moving |= ready - sent
        changed._note_why("changed", user)
        moving._note_why("moving", user)
        silent._note_why("silent", user)
        if decision == "send":
            changed._note_why_not_ours(user)
        return done, changed, moving

    def _moving(self, decision, since):
        """Those over whose registrant's line a decision has to wait, or that was settled since SPAR
        was asked.

        What is accepted takes the place of whatever waits for a person, so that comes first; but
        not of a question about another id than its own.
        """
        mates = self.partner_id._spar_lines()
        waiting = ("held", "conflict", "rejected") if decision == "accept" else ("",)
        self.env.cr.execute(
            "SELECT partner_id, CASE WHEN way = 'old_id' AND state IN %(waiting)s "
            "THEN connection_id END, CASE WHEN way = 'old_id' AND state IN %(waiting)s "
            "THEN spar_id END FROM spar_submission WHERE partner_id IN %(partners)s "
            "AND (state IN %(open)s OR waits_for_id OR settled_at >= %(since)s)",
            {
                "waiting": waiting,
                "partners": tuple({mate for line in mates.values() for mate in line}) or (0,),
                "open": (*ON_ITS_WAY, *waiting),
                "since": since,
            },
        )
        found = set(self.env.cr.fetchall())
        return self.filtered(
            lambda line: any(
                {(mate, None, None), (mate, line.connection_id.id, line.spar_id)} & found
                for mate in mates[line.partner_id.id]
            )
        )

    def _note_others(self, connection):
        """Who else carries the id by now is noted on its line."""
        spar_ids = set(self.mapped("spar_id"))
        carriers = self.env["spar.reconciliation"]._carriers(connection, spar_ids)
        mates = self.partner_id._spar_lines()
        for line in self:
            partner = line.partner_id.id
            others = carriers[line.spar_id] - {*mates[partner], partner}
            line.others = ", ".join(map(str, sorted(others))) or False

    def _strays(self, decision):
        """Lines whose id is not their registrant's any more, where that is in the way."""
        current = self.partner_id._spar_id()
        gone = self.filtered(
            lambda line: not line.our_id and line.spar_id != current.get(line.partner_id.id)
        )
        gone._gone()
        if decision == "send":
            return gone | self.filtered(lambda line: line._why_not_ours())
        return gone

    def _ask(self, connection):
        """{SPAR id: its answer now}. UserError when SPAR cannot be asked."""
        ids = set(self.mapped("spar_id"))
        said = connection._ask_in_batches(ids)
        answers = {i: said[i]["answer"] for i in said if "answer" in said[i]}
        if not ids <= answers.keys():
            raise SparSilent(
                _("SPAR cannot be asked now, so nothing was decided. Try again once it answers.")
            )
        return answers

    def _look_anew(self, held, digest, address):
        """SPAR holds something else by now: another difference, or none any more."""
        found = self._as_it_is(
            self.connection_id, self.partner_id, self.spar_id, held, digest, address
        )
        if found:
            now = fields.Datetime.now()
            self._changed({**found, "partner_id": self.partner_id.id, "seen_at": now})
        else:
            self._gone()

    def _gone(self):
        self.write({"state": "gone", "seen_at": fields.Datetime.now()})

    @api.model
    def _as_it_is(self, connection, partner, spar_id, held, digest, address):
        """The columns of a difference about one id, now; None when there is none."""
        run = self.env["spar.reconciliation"].new({"connection_id": connection.id})
        line = {*partner._spar_lines()[partner.id], partner.id}
        rows = run._ledger(line)
        history = sorted((row for many in rows.values() for row in many), key=lambda r: r["id"])
        strangers = run._carriers(connection, {spar_id})[spar_id] - line
        found = run._differs(partner.id, line, spar_id, history, held, strangers)
        return found and {**found, **run._seen(held, digest, address)}

    def _send(self, user):
        """The lines whose confirmed address goes once more."""
        shown = {line.our_id.id: line.spar_hash or "" for line in self}
        moved = self.our_id._send_again(shown, user)
        sent = self.filtered(lambda line: line.our_id in moved)
        for line in sent:
            line._decided("send", user, state="sent", submission_id=line.our_id.id)
        return sent

    def _accept(self, answer, user):
        row = (
            self.env["spar.submission"]
            .with_user(user)
            .sudo()
            ._accept_found(self.partner_id, self.connection_id, self.spar_id, answer, self.our_id)
        )
        self._decided("accept", user, state="accepted", submission_id=row.id)

    def _hand_in_own(self):
        """The registry's own payment data, as it is now, is a submission like any other change.

        Whose it is waits as its channel's policy says, and for another officer where it demands.
        """
        inputs = self._own_input()
        if not inputs:
            raise UserError(
                _("There is nothing any more that could be handed in for %s.", self._named())
            )
        if inputs["operation"] == "set" and self._own_hash(inputs) != (self.registry_hash or None):
            raise UserError(
                _("The registry's payment data changed for %s: compare again.", self._named())
            )
        row = self.env["spar.submission"].with_user(self.env.user).sudo()._hand_in_found([inputs])
        self._decided("send", self.env.user, state="sent", submission_id=row.id)

    def _own_hash(self, inputs):
        finder = self.env["spar.provider"]._finder([inputs])
        run = self.env["spar.reconciliation"].new({"connection_id": self.connection_id.id})
        return run._judged(inputs, finder)[0]

    def _own_input(self):
        partner = self.partner_id
        if self.about == "watched":
            parts = self.connection_id._watched_payment(partner)
            row = {"partner_id": partner.id, "way": "watched", "operation": "set", **parts}
            return row if parts else None
        accounts = self.env["res.partner.bank"]._spar_accounts(partner)[partner.id]
        if not accounts:
            return self._removed_input()
        way = self.env["spar.submission"]._ways_in_use(partner).get(partner.id)
        reason = "second_account" if way not in (None, "bank") else None
        return self.env["res.partner.bank"]._spar_input(partner.id, accounts[0], "set", reason)

    def _removed_input(self):
        """The account in use is gone from the registry: whether to pay it still, a person says."""
        ours = self.env["spar.submission"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("confirmed", "=", True),
                ("operation", "=", "set"),
                ("way", "=", "bank"),
            ],
            limit=1,
        )
        if not ours:
            return None
        return {
            **{key: value for key, value in ours._as_input().items() if key.startswith("payment_")},
            "partner_id": self.partner_id.id,
            "way": "bank",
            "operation": "remove",
            "hold_reason": "account_removed",
        }


class SparReconciliation(models.Model):
    _inherit = "spar.reconciliation"

    def _next_lines(self, limit):
        """The next of this run's open differences that what was decided on all of it is about."""
        lines, to_decide = self._to_decide(self.decision, self.decided_by)
        after = [("id", ">", self.last_id)]
        try:
            return lines.search([*to_decide, *after], order="id", limit=limit).sudo()
        except AccessError as error:
            raise SelectionUnusable from error

    def _count_to_decide(self, decision):
        """How many its user may decide on at once."""
        lines, to_decide = self._to_decide(decision, self.env.user)
        return lines.search_count(to_decide)

    def _to_decide(self, decision, user):
        """(differences as ``user``, who decides on all of them, may see them, which: a domain)"""
        # Of all companies that are theirs, as the worker sees it, not only of those shown just now.
        lines = self.env["spar.reconciliation.line"].with_context(allowed_company_ids=None)
        lines = lines.with_user(user).sudo(False)
        return lines, [
            ("wholesale_run_id", "=", self.id),
            ("state", "in", ("open", "proposed")),
            ("about", "=", "spar"),
            ("kind", "in", WHOLESALE[self.purpose][decision]),
        ]
