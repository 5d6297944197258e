from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from . import ledger_schema
from .spar_channel import CHANNELS
from .tools import database_now

STATES = [
    ("new", "Handed in from outside"),
    ("held", "Held"),
    ("pending", "Waiting to be sent"),
    ("sending", "On its way"),
    ("done", "Done"),
    ("rejected", "Rejected by SPAR"),
    ("conflict", "Conflict"),
    ("superseded", "Superseded"),
    ("cancelled", "Cancelled"),
]

#: Where each state may lead. Nothing outside this file writes a state.
TRANSITIONS = {
    "new": {"pending", "held"},
    "held": {"pending", "held", "superseded", "cancelled"},
    "pending": {"sending", "held", "superseded", "cancelled"},
    "sending": {"pending", "done", "rejected", "held", "conflict", "superseded"},
    "conflict": {"pending", "superseded", "cancelled"},
    "rejected": {"pending", "superseded", "cancelled"},
    "done": {"pending"},
    "superseded": set(),
    "cancelled": set(),
}

#: In these the address is of no more use to anybody, and goes.
SCRUBBED = ("superseded", "cancelled")

METHODS = [
    ("bank_account", "Bank account"),
    ("mobile_wallet", "Mobile wallet"),
    ("email_wallet", "Email wallet"),
]


class SparSubmission(models.Model):
    """One payment address (or its removal) handed in for one registrant: the ledger's row.

    Its order is its id, drawn at insertion. The address lies sealed in ``address_sealed``; only
    rows from an outside role carry it open, until they are judged. See ``ledger.sql`` for what
    the database enforces.
    """

    _name = "spar.submission"
    _description = "SPAR submission"
    _order = "id desc"
    _rec_name = "reference"

    reference = fields.Char(compute="_compute_reference", help="What to quote when asking about it.")
    partner_id = fields.Many2one(
        "res.partner", string="Registrant", ondelete="restrict", index=True
    )
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    way = fields.Selection(
        [
            ("row", "Row of the ledger"),
            ("fields", "Payment fields"),
            ("bank", "Bank account"),
            ("watched", "Watched fields"),
            ("wizard", "Change form"),
        ],
        string="Way in",
        readonly=True,
    )
    operation = fields.Selection(
        [("set", "Set"), ("remove", "Remove")], required=True, default="set"
    )
    payment_method = fields.Selection(METHODS, string="Kind")
    payment_provider = fields.Char(string="Provider code")
    payment_branch = fields.Char(string="Branch code")
    payment_account = fields.Char(groups=NO_ACCESS, copy=False)
    origin_ref = fields.Char(
        string="Origin", help="What it is called where it came from; unique in its channel."
    )
    collected_at = fields.Datetime(help="When it was asked of the registrant, in the field.")
    actor = fields.Char(help="Who handed it in, outside Odoo.")
    note = fields.Char(string="Reason given")
    submitted_by = fields.Many2one("res.users", readonly=True, ondelete="restrict")

    state = fields.Selection(STATES, required=True, readonly=True, index=True)
    hold_reason = fields.Char(readonly=True, help="A code; Explanation has the words.")
    hold_params = fields.Json(readonly=True)
    waits_for_id = fields.Boolean(readonly=True)
    explanation = fields.Char(compute="_compute_explanation")
    account_mask = fields.Char(string="Payment address", readonly=True)
    last_four = fields.Char(readonly=True, groups=NO_ACCESS)
    address_sealed = fields.Text(readonly=True, groups=NO_ACCESS)
    seal_key_id = fields.Integer(readonly=True, groups=NO_ACCESS)
    address_hash = fields.Char(readonly=True, groups=NO_ACCESS)
    hash_key_id = fields.Integer(readonly=True, groups=NO_ACCESS)
    normaliser = fields.Integer(readonly=True, groups=NO_ACCESS)
    shown_hash = fields.Char(readonly=True, groups=NO_ACCESS)

    connection_id = fields.Many2one("spar.connection", readonly=True, ondelete="restrict")
    spar_id = fields.Char(string="SPAR id", readonly=True)
    due_at = fields.Datetime(string="Next attempt", readonly=True)
    attempts = fields.Integer(readonly=True)
    solo_failures = fields.Integer(readonly=True)
    solo_since = fields.Datetime(readonly=True)
    lease_token = fields.Char(readonly=True, groups=NO_ACCESS)
    lease_until = fields.Datetime(readonly=True)
    sent_at = fields.Datetime(readonly=True)
    suspect_until = fields.Datetime(
        readonly=True, help="Until then a request whose outcome is unknown may still arrive."
    )
    recheck_at = fields.Datetime(readonly=True)
    settled_at = fields.Datetime(readonly=True)
    outcome = fields.Selection(
        [
            ("link", "Linked"),
            ("update", "Updated"),
            ("unlink", "Unlinked"),
            ("nothing", "Was there already"),
            ("accepted", "SPAR's own accepted"),
        ],
        readonly=True,
        help="What was done at SPAR.",
    )
    confirmed = fields.Boolean(
        readonly=True, help="The newest address that SPAR acknowledged for this id."
    )
    released_by = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided = fields.Boolean(readonly=True)
    replaces_id = fields.Many2one("spar.submission", readonly=True, ondelete="restrict")
    event_ids = fields.One2many("spar.event", "submission_id", readonly=True)

    def init(self):
        ledger_schema.install(self.env.cr)

    @api.depends("channel")
    def _compute_reference(self):
        for submission in self:
            submission.reference = f"SPAR-{submission.id or 0:08d}"

    @api.depends("hold_reason", "hold_params", "state")
    def _compute_explanation(self):
        for submission in self:
            submission.explanation = submission._explain()

    def write(self, vals):
        """Refused: what was handed in is never altered, and states change by actions."""
        raise AccessError(
            _("A submission cannot be edited. Submit a new payment address instead.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("A submission is never deleted. Cancel it instead."))

    def copy(self, default=None):
        """Refused: a copy would be a submission that nobody handed in."""
        raise UserError(_("A submission cannot be duplicated. Submit a new payment address."))

    def _transition(self, state, event, *, lease=None, detail=None, user=None, **vals):
        """Move the rows of ``self`` to ``state`` where they may go there; the only way to do it.

        :param event: kind of the ``spar.event`` left behind
        :param lease: token; only rows still leased under it are moved
        :param vals: other columns to set with it
        :return: the rows moved (another worker or person may have been faster)
        """
        was = [old for old, nexts in TRANSITIONS.items() if state in nexts]
        if lease:
            was = ["sending"]
        vals["state"] = state
        if state != "sending":
            vals.update(lease_token=None, lease_until=None)
        if state in SCRUBBED:
            vals.update(address_sealed=None, waits_for_id=False)
        moved = self._update_rows(
            vals,
            SQL("state IN %s", tuple(was)),
            SQL("lease_token = %s", lease) if lease else SQL("TRUE"),
        )
        self.env["spar.event"]._record(event, moved, detail=detail, user=user)
        return moved

    def _update_rows(self, vals, *conditions):
        """Raw UPDATE of these rows where ``conditions`` hold; the rows that it reached."""
        if not self.ids:
            return self
        assignments = SQL(", ").join(
            SQL("%s = %s", SQL.identifier(name), _adapt(value)) for name, value in vals.items()
        )
        self.env.cr.execute(
            SQL(
                "UPDATE spar_submission SET %s WHERE id IN %s AND %s RETURNING id",
                assignments,
                tuple(self.ids),
                SQL(" AND ").join(conditions or (SQL("TRUE"),)),
            )
        )
        moved = self.browse(sorted(row[0] for row in self.env.cr.fetchall()))
        self.invalidate_recordset()
        return moved

    def _confirm(self):
        """These rows are what SPAR acknowledged last: older ones of their line step back.

        An older confirmed row keeps its place in history, scrubbed; what waited for a person and
        is older than the row is superseded.
        """
        if not self.ids:
            return
        self.env.cr.execute(
            "SELECT o.id FROM spar_submission o JOIN spar_submission n ON o.partner_id = n.partner_id "
            "AND o.connection_id = n.connection_id AND o.spar_id = n.spar_id "
            "WHERE n.id IN %s AND o.confirmed AND o.id < n.id",
            (tuple(self.ids),),
        )
        before = self.browse([row[0] for row in self.env.cr.fetchall()])
        if before:
            before._update_rows({"confirmed": False, "address_sealed": None})
        self.env.cr.execute(
            "SELECT DISTINCT o.id FROM spar_submission o "
            "JOIN spar_submission n ON o.partner_id = n.partner_id AND o.id < n.id "
            "WHERE n.id IN %s AND o.state IN ('held', 'conflict', 'rejected')",
            (tuple(self.ids),),
        )
        overtaken = self.browse([row[0] for row in self.env.cr.fetchall()])
        overtaken._transition("superseded", "superseded", detail="newer_done")

    def _recheck_later(self):
        """Where an older request for the same id may still arrive, look again after that."""
        if self.ids:
            self.env.cr.execute(
                "UPDATE spar_submission s SET recheck_at = x.until FROM ("
                "SELECT n.id, max(o.suspect_until) AS until FROM spar_submission n "
                "JOIN spar_submission o ON o.connection_id = n.connection_id "
                "AND o.spar_id = n.spar_id WHERE n.id IN %s AND o.suspect_until IS NOT NULL "
                "GROUP BY n.id) x WHERE s.id = x.id",
                (tuple(self.ids),),
            )

    def _rechecked(self, digest, now):
        """Looked again: SPAR holds what hashes to ``digest`` ("" for nothing)."""
        self.ensure_one()
        line = self.search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("spar_id", "=", self.spar_id),
                ("suspect_until", "!=", False),
            ]
        )
        expected = self.address_hash if self.operation == "set" else ""
        older = {row.address_hash if row.operation == "set" else "" for row in line - self}
        if self.confirmed and digest != expected and digest in older:
            self._transition(
                "pending", "repaired", detail="landed_late", recheck_at=None, sent_at=now, due_at=now
            )
            return
        if self.confirmed and digest != expected:
            self.env["spar.event"]._record("answered", self, detail="differs")
        over = line.filtered(lambda row: row.suspect_until <= now)
        if over:
            over._update_rows({"suspect_until": None})
        still = max((line - over).mapped("suspect_until"), default=None)
        self._update_rows({"recheck_at": still})

    @api.model
    def _insert_accepted(self, vals):
        """A row for an address that SPAR holds and a person accepted."""
        now = database_now(self.env.cr)
        row = super().create(
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
        return row

    def _lease(self, token, until, connection, spar_ids):
        """Put these rows on their way under one lease, each with its id in ``spar_ids``."""
        if spar_ids:
            pairs = SQL(", ").join(SQL("(%s, %s)", row, spar_id) for row, spar_id in spar_ids.items())
            self.env.cr.execute(
                SQL(
                    "UPDATE spar_submission s SET spar_id = v.spar_id "
                    "FROM (VALUES %s) AS v (id, spar_id) WHERE s.id = v.id",
                    pairs,
                )
            )
        self.browse(spar_ids)._transition(
            "sending",
            "leased",
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
        for connection in rows.connection_id:
            lost = rows.filtered(lambda row, connection=connection: row.connection_id == connection)
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
        """These registrants got another id: what waited for one is judged again at dispatch."""
        waiting = self.sudo().search(
            [("partner_id", "in", partners.ids), ("waits_for_id", "=", True)]
        )
        if waiting:
            waiting._transition(
                "pending", "released", detail="id", user=self.env.user,
                waits_for_id=False, hold_reason=None, hold_params=None,
            )
            self.env["spar.dispatcher"]._wake()

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

    def _address(self):
        """What is sealed in this row, None once it is scrubbed.

        ``{"given": the input's parts, "address": as_dict() of the payment address or None}``
        """
        self.ensure_one()
        row = self.sudo()
        if not row.address_sealed:
            return None
        return self.env["spar.vault"]._unseal(row.address_sealed, row.seal_key_id)


def _adapt(value):
    return fields.Json().convert_to_column(value, None) if isinstance(value, dict) else value
