from odoo import api, fields, models

KINDS = [
    ("captured", "Captured"),
    ("held", "Held"),
    ("released", "Released"),
    ("conflict", "Conflict"),
    ("leased", "Taken up"),
    ("observed", "Looked at, not sent"),
    ("sent", "Sent"),
    ("answered", "Answered"),
    ("delayed", "Delayed"),
    ("taken_over", "Taken over"),
    ("settled", "Settled"),
    ("superseded", "Superseded"),
    ("cancelled", "Cancelled"),
    ("decided", "Decided"),
    ("repaired", "Sent again"),
    ("revealed", "Revealed"),
    ("configured", "Setting changed"),
]


#: What is known of the request that carried a row.
OF_A_REQUEST = ("reference_id", "kid", "digest")


#: What stands in a detail before a difference's kind, what was decided, and what came of it.
DIFFERENCE = "difference"


class SparEvent(models.Model):
    """What happened to a submission, or to a registrant's address: append-only."""

    _name = "spar.event"
    _description = "SPAR event"
    _order = "id desc"
    _rec_name = "kind"
    _log_access = False

    submission_id = fields.Many2one("spar.submission", ondelete="restrict", index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Registrant", ondelete="restrict", index=True
    )
    kind = fields.Selection(KINDS, required=True)
    detail = fields.Char(help="A code: a reason, an operation, SPAR's answer.")
    at = fields.Datetime(required=True)
    user_id = fields.Many2one("res.users", string="Who", ondelete="restrict")
    reference_id = fields.Char(help="The reference under which it was sent to SPAR.")
    kid = fields.Char(string="Key id")
    digest = fields.Char(help="SHA-256 of the request's bytes.")

    @api.model
    def _record_setting(self, records, names):
        """Who changed which settings of a channel or a connection, not to what."""
        self.sudo().create(
            [
                {
                    "kind": "configured",
                    "detail": f"{record._name} {record.id}: {', '.join(sorted(names))}",
                    "at": fields.Datetime.now(),
                    "user_id": self.env.uid,
                }
                for record in records
            ]
        )

    @api.model
    def _record(self, kind, submissions, detail=None, user=None, about=None):
        """One event for each of ``submissions``, or more.

        :param user: who did it; a job's events name nobody
        :param about: {submission id: list of dicts with further fields}: an event for each dict
        """
        rows = [
            (row, *(more.get(name) for name in OF_A_REQUEST))
            for row in submissions.ids
            for more in (about.get(row, []) if about is not None else [{}])
        ]
        if not rows:
            return
        # By SQL: a batch has several events for each row, and the ORM's cost more than the sending.
        self.env.cr.execute(
            "INSERT INTO spar_event "
            "(kind, detail, at, user_id, submission_id, partner_id, reference_id, kid, digest) "
            "SELECT %s, %s, %s, %s, s.id, s.partner_id, v.reference_id, v.kid, v.digest "
            "FROM unnest(%s::int[], %s::varchar[], %s::varchar[], %s::varchar[]) "
            "WITH ORDINALITY AS v (submission, reference_id, kid, digest, place) "
            "JOIN spar_submission s ON s.id = v.submission ORDER BY v.place",
            (
                kind,
                detail or None,
                fields.Datetime.now(),
                user.id if user else None,
                *map(list, zip(*rows, strict=True)),
            ),
        )
        submissions.invalidate_recordset(["event_ids"], flush=False)
