import json

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from . import ledger_schema
from .spar_channel import CHANNELS

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
    "held": {"pending", "done", "held", "superseded", "cancelled"},
    "pending": {"pending", "sending", "done", "held", "superseded", "cancelled"},
    "sending": {"pending", "done", "rejected", "held", "conflict", "superseded"},
    "conflict": {"pending", "done", "superseded", "cancelled"},
    "rejected": {"pending", "done", "superseded", "cancelled"},
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

    reference = fields.Char(
        compute="_compute_reference", help="What to quote when asking about it."
    )
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
            ("old_id", "Id that changed"),
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

    state = fields.Selection(STATES, required=True, readonly=True)
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
    seen_hash = fields.Char(readonly=True, groups=NO_ACCESS)

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
    as_old_as_id = fields.Many2one(
        "spar.submission",
        readonly=True,
        ondelete="restrict",
        help="Its place in its line, where it is about an address that was handed in before: a "
        "copy for a new id, the removal from an old id, what was accepted there.",
    )
    event_ids = fields.One2many("spar.event", "submission_id", readonly=True)

    def init(self):
        ledger_schema.install(self.env.cr)

    @api.depends("channel")
    def _compute_reference(self):
        for submission in self:
            submission.reference = f"SPAR-{submission.id or 0:08d}"

    @api.depends("hold_reason", "hold_params", "state", "observed", "observed_reason")
    def _compute_explanation(self):
        explained = self._explained()
        for submission in self:
            submission.explanation = explained[submission]

    def write(self, vals):  # pylint: disable=method-required-super
        """Refused: what was handed in is never altered, and states change by actions."""
        raise AccessError(_("A submission cannot be edited. Submit a new payment address instead."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("A submission is never deleted. Cancel it instead."))

    def copy(self, default=None):  # pylint: disable=method-required-super
        """Refused: a copy would be a submission that nobody handed in."""
        raise UserError(_("A submission cannot be duplicated. Submit a new payment address."))

    @api.model
    def _insert_rows(self, rows):
        """Raw INSERT of ``rows`` ({column: value}); the records, in their order.

        By SQL: the ORM's ``create`` costs three times what judging and sealing do.
        """
        if not rows:
            return self.browse()
        columns = {name: self._fields[name] for row in rows for name in row}
        user, now = self.env.uid, self.env.cr.now()
        marks = {"create_uid": user, "create_date": now, "write_uid": user, "write_date": now}
        values = [
            (
                *(field.convert_to_column(row.get(name), self) for name, field in columns.items()),
                *marks.values(),
            )
            for row in rows
        ]
        self.env.cr.execute(
            SQL(
                "INSERT INTO spar_submission (%s) VALUES %s RETURNING id",
                SQL(", ").join(map(SQL.identifier, (*columns, *marks))),
                SQL(", ").join(SQL("%s", own) for own in values),
            )
        )
        self.env["res.partner"].invalidate_model(["submission_ids"], flush=False)
        return self.browse(sorted(row[0] for row in self.env.cr.fetchall()))

    def _transition(self, state, event, *, lease=None, detail=None, user=None, each=None, **vals):
        """Move the rows of ``self`` to ``state`` where they may go there; the only way to do it.

        :param event: kind of the ``spar.event`` left behind
        :param lease: token; only rows still leased under it are moved
        :param each: {id: {column: value}}, columns alike: what is set for each row of its own
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
            SQL("s.state IN %s", tuple(was)),
            SQL("s.lease_token = %s", lease) if lease else SQL("TRUE"),
            each=each,
        )
        self.env["spar.event"]._record(event, moved, detail=detail, user=user)
        return moved

    def _update_rows(self, vals, *conditions, each=None):
        """Raw UPDATE of these rows (``s``) where ``conditions`` hold; the rows that it reached.

        :param each: {id: {column: value}}, columns alike: what is set for each row of its own
        """
        if not self.ids:
            return self
        assignments = [
            SQL("%s = %s", SQL.identifier(name), _adapt(value)) for name, value in vals.items()
        ]
        source, own = SQL(), []
        if each:
            own = list(next(iter(each.values())))
            assignments += [SQL("%s = v.%s", *[SQL.identifier(name)] * 2) for name in own]
            columns = [
                SQL("%s %s", SQL.identifier(name), SQL(self._fields[name].column_type[1]))
                for name in ("id", *own)
            ]
            source = SQL(
                "FROM jsonb_to_recordset(%s::jsonb) AS v (%s)",
                json.dumps([{"id": row, **each[row]} for row in self.ids]),
                SQL(", ").join(columns),
            )
            conditions = (*conditions, SQL("v.id = s.id"))
        self.env.cr.execute(
            SQL(
                "UPDATE spar_submission s SET %s %s WHERE s.id IN %s AND %s RETURNING s.id",
                SQL(", ").join(assignments),
                source,
                tuple(self.ids),
                SQL(" AND ").join(conditions or (SQL("TRUE"),)),
            )
        )
        moved = self.browse(sorted(row[0] for row in self.env.cr.fetchall()))
        # Not the whole of them: a batch goes on with what it has read.
        self.invalidate_recordset([*vals, *own, "explanation"], flush=False)
        return moved

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
