from collections import Counter, defaultdict

from odoo import api, models

from ..spar import (
    AddressError,
    Confirmed,
    Kept,
    NotLinked,
    drift,
    is_spar_id,
)
from .spar_submission_intake import PARTS

#: In these a row will be carried by itself.
ON_ITS_WAY = ("new", "pending", "sending")


class SparReconciliation(models.Model):
    """A batch: whom to ask about, and what SPAR's answers mean beside the ledger.

    Between the two lies the request, in no transaction. Whatever moved on meanwhile is left out: it
    is on its way.
    """

    _inherit = "spar.reconciliation"

    def _asked(self, partners):
        """{partner id: the SPAR ids to ask about}: its own, and those it was confirmed for.

        Whoever is paid over another connection, and never was over this one, is missing.
        """
        connection = self.connection_id
        connections = partners._spar_connections()
        registrants = partners._spar_is_registrant()
        current = {
            partner: spar_id
            for partner, spar_id in partners._spar_id().items()
            if connections.get(partner) == connection and is_spar_id(spar_id)
        }
        asked = {
            partner: {current[partner]} if partner in current else set()
            for partner in partners.ids
            if partner in registrants and connections.get(partner) == connection
        }
        self.env.cr.execute(
            "SELECT partner_id, spar_id, operation FROM spar_submission WHERE connection_id = %s "
            "AND confirmed AND partner_id IN %s",
            (connection.id, tuple(partners.ids) or (0,)),
        )
        for partner, spar_id, operation in self.env.cr.fetchall():
            # A removal is over with the id: it may be somebody else's by now.
            if operation == "set" or current.get(partner) == spar_id:
                asked.setdefault(partner, set()).add(spar_id)
        return asked

    def _compare(self, asked, answers, since):
        """Write down what differs.

        :param asked: as ``_asked`` said
        :param answers: {SPAR id: SPAR's answer}; one it does not answer for is missing
        :param since: database time before SPAR was asked
        """
        lines = self.env["spar.reconciliation.line"]
        partners = self.env["res.partner"].sudo().browse(asked)
        mates = partners._spar_lines()
        rows = self._ledger({mate for line in mates.values() for mate in line} | {*asked})
        moving = {
            partner
            for partner, history in rows.items()
            if any(_moves(row, since) for row in history)
        }
        counts, findings, told = Counter(), [], set()
        carriers = self._carriers(self.connection_id, {i for ids in asked.values() for i in ids})
        reader = self.connection_id._reader()
        for partner, spar_ids in asked.items():
            line = mates[partner]
            if not moving.isdisjoint({*line, partner}):
                counts["on_its_way"] += 1
                continue
            if not spar_ids <= answers.keys():
                counts["unanswered"] += 1
                continue
            counts["no_id"] += not spar_ids
            history = sorted(
                (row for mate in {*line, partner} for row in rows[mate]), key=lambda row: row["id"]
            )
            told.add(partner)
            for spar_id in spar_ids:
                strangers = carriers[spar_id] - {*line, partner}
                held, digest, address = reader.interpret(answers[spar_id])
                found = self._differs(partner, line, spar_id, history, held, strangers)
                if self._at_spar_already(partner, spar_id, digest) and not strangers:
                    # It is confirmed as soon as the connection is resumed.
                    counts["on_its_way"] += 1
                    continue
                if found:
                    findings.append({**found, **self._seen(held, digest, address)})
        findings += self._not_handed_in(self._registrants(told), rows)
        counts.update(lines._keep(self.connection_id, self, findings, told).mapped("kind"))
        self.found = dict(Counter(self.found or {}) + counts)

    def _at_spar_already(self, partner, spar_id, digest):
        """After a restore: was what SPAR holds held here, and is released now?"""
        return self.purpose == "registry_restored" and self.env[
            "spar.submission"
        ]._release_what_is_at_spar(partner, spar_id, digest)

    def _registrants(self, partners):
        """Those among ``partners`` whose payment data this connection carries."""
        found = self.env["res.partner"].sudo().browse(partners).filtered("active")
        connections = found._spar_connections()
        registrants = found._spar_is_registrant()
        return found.filtered(
            lambda p: p.id in registrants and connections.get(p.id) == self.connection_id
        )

    def _ledger(self, partners):
        """{partner id: all its rows of the ledger, oldest first}"""
        self.env.cr.execute(
            "SELECT id, partner_id, connection_id, spar_id, state, operation, way, address_hash, "
            "payment_provider, payment_branch, account_mask, confirmed, waits_for_id, "
            "suspect_until, settled_at, outcome "
            "FROM spar_submission WHERE partner_id IN %s ORDER BY id",
            (tuple(partners) or (0,),),
        )
        rows = defaultdict(list)
        for row in self.env.cr.dictfetchall():
            rows[row["partner_id"]].append(row)
        return rows

    @api.model
    def _carriers(self, connection, spar_ids):
        """{SPAR id: ids of all who carry it, or were confirmed for it}"""
        found = self.env["spar.submission"]._confirmed_for(connection, spar_ids)
        for spar_id, ids in self.env["res.partner"]._spar_with_ids(connection, spar_ids).items():
            found[spar_id].update(ids)
        return found

    def _differs(self, partner, line, spar_id, history, held, strangers):
        """The columns of a difference about what SPAR holds for one id, None when there is none."""
        here = [
            row
            for row in history
            if row["spar_id"] == spar_id and row["connection_id"] == self.connection_id.id
        ]
        ours = next((row for row in reversed(here) if row["confirmed"]), None)
        kind = drift(held, kept(ours, here, history))
        if strangers:
            kind = "id_shared"
        if kind is None:
            return None
        return {
            "partner_id": ours["partner_id"] if ours else min({*line, partner}),
            "spar_id": spar_id,
            "about": "spar",
            "kind": kind,
            **self._ours(ours),
            "others": ", ".join(map(str, sorted(strangers))) or None,
        }

    @api.model
    def _ours(self, row):
        """The columns about what is confirmed, by this row of ``_ledger`` or by none."""
        address = row if row and row["operation"] == "set" else {}
        return {
            "our_id": row["id"] if row else None,
            "our_mask": address.get("account_mask"),
            "our_provider": address.get("payment_provider"),
            "our_branch": address.get("payment_branch"),
            "our_hash": address.get("address_hash"),
        }

    @api.model
    def _seen(self, held, digest, address):
        """The columns about what SPAR holds."""
        parts = address.as_dict() if address else {}
        state = "linked" if address else "unreadable"
        return {
            "spar_state": "not_linked" if isinstance(held, NotLinked) else state,
            "spar_mask": address.mask() if address else None,
            "spar_provider": parts.get("bank_code") or parts.get("provider_code"),
            "spar_branch": parts.get("branch_code") or None,
            "spar_hash": digest,
        }

    def _not_handed_in(self, partners, rows):
        """Differences between the registry's own payment data and what was ever handed in.

        So what was written past every hook, as by raw SQL, is found.
        """
        findings = []
        accounts = self.env["res.partner.bank"]._spar_accounts(partners)
        given = {}
        for partner in partners:
            for number, account in enumerate(accounts[partner.id]):
                given[partner.id, "bank", number] = self._bank_input(partner.id, account)
            watched = self.connection_id._watched_payment(partner)
            if "payment_account" in watched:
                given[partner.id, "watched", 0] = watched
        finder = self.env["spar.provider"]._finder(list(given.values()))
        known = {key: self._judged(parts, finder) for key, parts in given.items()}
        for partner in partners.ids:
            history = rows[partner]
            banks = [known[partner, "bank", n] for n, _account in enumerate(accounts[partner])]
            if _past_the_hooks(banks, "bank", history):
                findings.append(_unheard(partner, "bank", banks[0] if banks else (None, None)))
            if (partner, "watched", 0) in known:
                digest, mask = known[partner, "watched", 0]
                if _past_the_hooks([(digest, mask)], "watched", history):
                    findings.append(_unheard(partner, "watched", (digest, mask)))
        return findings

    def _bank_input(self, partner, account):
        return self.env["res.partner.bank"]._spar_input(partner, account, "set", None)

    def _judged(self, parts, finder):
        """(keyed hash, mask) of the registry's own payment data; (None, None) when it is none."""
        submissions = self.env["spar.submission"]
        parts = {**parts, **{key: str(parts[key]) for key in PARTS if parts.get(key)}}
        try:
            address = submissions._normalise(parts, self.connection_id, finder)
        except AddressError:
            return None, None
        described = submissions._described(address)
        return described["address_hash"], described["account_mask"]


def _moves(row, since):
    """Will this row be carried by itself, or was it since ``since``?"""
    settled = row["settled_at"] and row["settled_at"] >= since
    may_arrive = row["suspect_until"] and row["suspect_until"] >= since
    return row["state"] in ON_ITS_WAY or row["waits_for_id"] or may_arrive or settled


def kept(ours, here, history):
    confirmed = None
    if ours:
        identity = ours["address_hash"] if ours["operation"] == "set" else None
        confirmed = Confirmed(identity=identity, at=ours["settled_at"])
    return Kept(
        confirmed=confirmed,
        done=frozenset(
            row["address_hash"] for row in here if row["state"] == "done" and row["address_hash"]
        ),
        handed_in=frozenset(row["address_hash"] for row in history if row["address_hash"]),
    )


def _was_handed_in(digest, way, history):
    """Was this ever handed in? What cannot be judged: was anything unjudgeable, by this way?"""
    if digest is None:
        return any(row["way"] == way and not row["address_hash"] for row in history)
    return any(row["address_hash"] == digest for row in history)


def _past_the_hooks(known, way, history):
    """Does the registry's own payment data of one way, primary first, say what was not handed in?

    :param known: list of (keyed hash, mask)
    """
    if known and not _was_handed_in(known[0][0], way, history):
        return True
    ours = next((row for row in reversed(history) if row["confirmed"]), None)
    if not ours or ours["way"] != way or ours["operation"] != "set":
        return False
    since = [row for row in history if row["id"] > ours["id"]]
    if known and _was_handed_in(known[0][0], way, since):
        # It was handed in after what is in use, and a person or SPAR said no.
        return False
    removed = any(
        row["operation"] == "remove" and row["address_hash"] == ours["address_hash"]
        for row in history
    )
    return not removed and ours["address_hash"] not in {digest for digest, _mask in known}


def _unheard(partner, about, known):
    digest, mask = known
    return {
        "partner_id": partner,
        "spar_id": None,
        "about": about,
        "kind": "not_handed_in",
        "registry_hash": digest,
        "registry_mask": mask,
    }
