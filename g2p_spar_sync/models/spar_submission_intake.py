import logging

import psycopg2

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.misc import clean_context

from ..spar import NORMALISER_VERSION, AddressError, normalise
from .spar_channel import OUTSIDE_COLUMNS
from .spar_submission import METHODS
from .spar_submission_origins import origin_of

_logger = logging.getLogger(__name__)

PARTS = ("payment_method", "payment_provider", "payment_branch", "payment_account")
INPUTS = {*OUTSIDE_COLUMNS, "note"}
#: What a value that nobody foresaw may raise.
UNJUDGEABLE = (ValueError, TypeError, psycopg2.DataError)
ROW_COLUMNS = (
    "payment_method payment_provider payment_branch account_mask last_four address_sealed "
    "seal_key_id address_hash hash_key_id normaliser state hold_reason hold_params connection_id"
).split()


class SparSubmission(models.Model):
    """In: from what was handed in to a judged row."""

    _inherit = "spar.submission"

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        """Submit: takes the input columns only; state, channel and the rest are the ledger's."""
        self = self.with_context(clean_context(self.env.context))
        if not self.env.su and not self.env.user.has_group("g2p_spar_sync.group_spar_officer"):
            raise AccessError(_("Only a SPAR officer may submit a payment address."))
        for vals in vals_list:
            refused = set(vals) - INPUTS
            if refused:
                raise UserError(
                    _(
                        "A submission takes only what is handed in; remove: %s",
                        ", ".join(sorted(refused)),
                    )
                )
        # Raises where the user may not see the registrant.
        self.env["res.partner"].browse(
            {vals["partner_id"] for vals in vals_list if vals.get("partner_id")}
        ).mapped("display_name")
        return self.sudo()._hand_in(vals_list).sudo(self.env.su)

    @api.model
    def load(self, fields, data):
        marks = self.env["spar.channel"]._of_a_file()
        return super(SparSubmission, self.with_context(**marks)).load(fields, data)

    @api.model
    def _hand_in(self, inputs):
        """Write one row per input, judged. Never raises for bad data: such a row is held.

        :param inputs: dicts of the input columns, and from our own code also ``hold_reason``,
            ``bank`` (res.bank), ``shown_hash``, ``replaces_id``, ``decided``, ``released_by``
        """
        self = self.sudo().with_context(clean_context(self.env.context))
        rows = self._rows(inputs)
        known = self._known_origins(rows)
        fresh, places = [], []
        for row in rows:
            earlier = self._retried(row, known.get(origin_of(row), []))
            if earlier is None:
                known.setdefault(origin_of(row), []).append(row)
                fresh.append(row)
            places.append(earlier or row)
        submissions = self._insert_rows(fresh)
        for reason in {row["hold_reason"] for row in fresh}:
            alike = submissions.filtered(lambda s, reason=reason: (s.hold_reason or None) == reason)
            event = "held" if reason else "captured"
            self.env["spar.event"]._record(event, alike, detail=reason, user=self.env.user)
        if any(row["state"] == "pending" for row in fresh):
            self.env["spar.dispatcher"]._wake()
        for row, submission in zip(fresh, submissions, strict=True):
            row["id"] = submission.id
        return self.browse(dict.fromkeys(row["id"] for row in places))

    @api.model
    def _judge_new(self, limit):
        """Judge rows that came from outside, oldest first. Returns how many."""
        self.env.cr.execute(
            "SELECT id FROM spar_submission WHERE state = 'new' ORDER BY id LIMIT %s "
            "FOR UPDATE SKIP LOCKED",
            (limit,),
        )
        rows = self.sudo().browse([row[0] for row in self.env.cr.fetchall()])
        try:
            with self.env.cr.savepoint():
                rows._judge_outside()
        except UNJUDGEABLE:
            # One of them is to blame; the others must not wait for it.
            for row in rows:
                row._judge_alone()
        return len(rows)

    def _judge_alone(self):
        try:
            with self.env.cr.savepoint():
                self._judge_outside()
        except UNJUDGEABLE as error:
            _logger.error(
                "spar: submission %s cannot be judged (%s)", self.id, type(error).__name__
            )
            [inputs] = self._open_inputs()
            given = {key: inputs[key] for key in PARTS if inputs[key]}
            token, key_id = self.env["spar.vault"]._seal({"given": given, "address": None})
            self._transition(
                "held",
                "held",
                detail="unjudgeable",
                hold_reason="unjudgeable",
                hold_params=None,
                payment_account=None,
                address_sealed=token,
                seal_key_id=key_id,
            )

    def _judge_outside(self):
        """Judge these rows, which lie open in the table, and seal them."""
        inputs = self._open_inputs()
        judged = dict(zip(self.ids, self._judge(inputs), strict=True))
        for reason in {vals["hold_reason"] for vals in judged.values()}:
            alike = self.browse([row for row in judged if judged[row]["hold_reason"] == reason])
            alike._transition(
                "held" if reason else "pending",
                "held" if reason else "captured",
                detail=reason,
                payment_account=None,
                each={
                    row: {name: judged[row][name] for name in ROW_COLUMNS if name != "state"}
                    for row in alike.ids
                },
            )

    def _open_inputs(self):
        """What an outside program wrote, past the ORM: no Selection may know the kind."""
        columns = ("id", "partner_id", "channel", "operation", "hold_params", *PARTS)
        self.env.cr.execute(
            SQL(
                "SELECT %s FROM spar_submission WHERE id IN %s ORDER BY id",
                SQL(", ").join(map(SQL.identifier, columns)),
                tuple(self.ids) or (0,),
            )
        )
        return self.env.cr.dictfetchall()

    def _complete(self, inputs):
        """Fragments of this very transaction: judge the row again with what came since."""
        self.ensure_one()
        payload = self._address()
        given = {**payload["given"], **{key: value for key, value in inputs.items() if value}}
        [judged] = self._judge(
            [{"partner_id": self.partner_id.id, "channel": self.channel, **given}]
        )
        self._update_rows({name: judged[name] for name in ROW_COLUMNS})
        if judged["state"] == "pending":
            self.env["spar.dispatcher"]._wake()

    @api.model
    def _of_this_transaction(self, partners):
        """{partner id: its rows of this very transaction that are still open, newest first}"""
        self.env.cr.execute(
            "SELECT partner_id, array_agg(id ORDER BY id DESC) FROM spar_submission "
            "WHERE partner_id IN %s AND txid = txid_current() "
            "AND create_date = now() AT TIME ZONE 'UTC' AND state IN ('pending', 'held') "
            "GROUP BY partner_id",
            (tuple(partners.ids) or (0,),),
        )
        return {partner: self.sudo().browse(ids) for partner, ids in self.env.cr.fetchall()}

    @api.model
    def _rows(self, inputs):
        """One row per input: what is stored of it."""
        current = self.env["spar.channel"]._spar_current()
        inputs = [
            {"channel": current, "operation": "set", "way": "row", **_as_text(vals)}
            for vals in inputs
        ]
        inputs = self._with_origin(inputs)
        rows = []
        for vals, judged in zip(inputs, self._judge(inputs), strict=True):
            kept = {
                key: vals[key]
                for key in (
                    "partner_id channel way operation origin_ref collected_at actor note "
                    "shown_hash replaces_id decided released_by"
                ).split()
                if key in vals
            }
            # As the ORM judges it: a time with an offset is none of Odoo's.
            kept["collected_at"] = fields.Datetime.to_datetime(kept.get("collected_at"))
            kept["submitted_by"] = vals.get("submitted_by", self.env.uid)
            rows.append({**kept, **judged, "due_at": self.env.cr.now()})
        return rows

    @api.model
    def _judge(self, inputs):
        """What becomes of each input: the columns of ``ROW_COLUMNS``."""
        ids = {vals["partner_id"] for vals in inputs if vals.get("partner_id")}
        partners = self.env["res.partner"].sudo().browse(ids)
        connections = partners._spar_connections()
        registrants = partners._spar_is_registrant()
        finder = self.env["spar.provider"]._finder(inputs)
        held_channels = self.env["spar.channel"]._held_at_once()
        judged = []
        for vals in inputs:
            connection = connections.get(vals.get("partner_id")) or self.env["spar.connection"]
            given = {key: vals[key] for key in PARTS if vals.get(key)}
            row = dict.fromkeys(ROW_COLUMNS, None)
            row.update(connection_id=connection.id or None, hold_params=vals.get("hold_params"))
            payload = {"given": given, "address": None}
            reason = vals.get("hold_reason")
            try:
                address = self._normalise(vals, connection, finder)
            except AddressError as error:
                reason = error.code
                row["hold_params"] = {"form": str(error.params.get("form", ""))}
                row["account_mask"] = None
            else:
                payload["address"] = address.as_dict()
                row.update(self._described(address))
            row["address_sealed"], row["seal_key_id"] = self.env["spar.vault"]._seal(payload)
            if not vals.get("partner_id"):
                reason = "registrant_unknown"
                row["hold_params"] = vals.get("hold_params")
            elif not connection:
                reason = reason or "no_connection"
            elif vals["partner_id"] not in registrants:
                reason = reason or "not_registrant"
            elif (vals.get("hold_params") or {}).get("partner"):
                # Moved by a merge before it was judged: see ledger.sql.
                reason = reason or "merged"
            elif vals["channel"] in held_channels and not vals.get("released_by"):
                reason = reason or "unknown_channel"
            row.update(hold_reason=reason, state="held" if reason else "pending")
            judged.append(row)
        return judged

    def _described(self, address):
        """The columns that tell about ``address`` without telling it."""
        identify, key_id = self.env["spar.vault"]._identifier()
        parts = address.as_dict()
        return {
            "payment_method": address.method,
            "payment_provider": parts.get("bank_code") or parts.get("provider_code"),
            "payment_branch": parts.get("branch_code") or None,
            "account_mask": address.mask(),
            "last_four": address.last_four,
            "address_hash": identify(address.identity()),
            "hash_key_id": key_id,
            "normaliser": NORMALISER_VERSION,
        }

    @api.model
    def _normalise(self, vals, connection, finder):
        """The payment address in ``vals``. AddressError when it is none."""
        method = (vals.get("payment_method") or "").strip().lower()
        if method not in dict(METHODS):
            raise AddressError("method_unknown", "payment_method")
        return normalise(
            method=method,
            provider=finder(method, vals),
            branch=vals.get("payment_branch") or "",
            account=vals.get("payment_account") or "",
            region=connection.country_id.code or self.env.company.country_id.code or None,
        )


def _as_text(vals):
    """JSON may bring a number where an account number is meant."""
    return {
        key: str(value) if key in PARTS and value not in (None, False) else value
        for key, value in vals.items()
    }
