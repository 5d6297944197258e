from ast import literal_eval

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .tools import index, unique_index

OFFICER = "g2p_spar_sync.group_spar_officer"
MANAGER = "g2p_spar_sync.group_spar_manager"
GOING_ON, DECIDABLE = ("running", "paused"), ("done", "cancelled")
#: What is counted beside the kinds of differences.
COUNTS = ("on_its_way", "no_id", "unanswered")
#: purpose -> what may be decided on all of a run's differences at once, and on which kinds
WHOLESALE = {
    "compare": {},
    "resend": {"send": ("missing",)},
    "spar_restored": {"send": ("missing", "older")},
    "registry_restored": {"accept": ("missing", "older", "differs", "elsewhere", "unknown")},
}

#: What Odoo raises on a domain that is none, or that names fields which are no more.
NO_DOMAIN = (ValueError, SyntaxError, TypeError, KeyError)


class SelectionUnusable(Exception):
    """What a run is about cannot be searched by the rights of who chose it, or decided on it."""


class SparReconciliation(models.Model):
    """One comparison of a connection's registrants with SPAR, and what was decided on all of it.

    A worker goes through the registrants by their number, batch by batch; ``last_id`` is as far as
    it got, so whoever goes on after a crash goes on there. It is no ledger: runs may be deleted.
    """

    _name = "spar.reconciliation"
    _description = "Comparison with SPAR"
    _order = "id desc"
    _rec_name = "reference"

    connection_id = fields.Many2one(
        "spar.connection", required=True, readonly=True, ondelete="cascade", index=True
    )
    purpose = fields.Selection(
        [
            ("compare", "Compare only"),
            ("resend", "Send again what is missing"),
            ("spar_restored", "SPAR was restored"),
            ("registry_restored", "The registry was restored"),
        ],
        required=True,
        readonly=True,
        default="compare",
    )
    partner_domain = fields.Char(
        string="Limited to", readonly=True, help="Which contacts; empty for all registrants."
    )
    state = fields.Selection(
        [
            ("running", "Running"),
            ("paused", "Paused"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="running",
        index=True,
    )
    decision = fields.Selection(
        [("send", "Send ours"), ("accept", "Accept SPAR's")],
        string="Decided on all",
        readonly=True,
        help="What is done with all of its differences, once everything is compared.",
    )
    proposed = fields.Selection([("send", "Send ours"), ("accept", "Accept SPAR's")], readonly=True)
    proposed_by = fields.Many2one("res.users", readonly=True)
    decided_by = fields.Many2one("res.users", readonly=True)
    started_by = fields.Many2one("res.users", readonly=True, required=True)
    started_at = fields.Datetime(string="Started", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    total = fields.Integer(readonly=True, help="Registrants to compare, or differences to decide.")
    done = fields.Integer(readonly=True, help="Of these, compared or seen to.")
    compared = fields.Integer(readonly=True, help="Registrants, once all are compared.")
    last_id = fields.Integer(readonly=True)
    found = fields.Json(string="Counts", readonly=True)
    reborn_held = fields.Boolean(readonly=True)
    next_at = fields.Datetime(string="Next batch", readonly=True)
    resumed_at = fields.Datetime(readonly=True)
    resumed_done = fields.Integer(readonly=True)
    lease_token = fields.Char(readonly=True)
    lease_until = fields.Datetime(readonly=True)
    trouble = fields.Char(readonly=True, help="Why it waits, a code.")
    line_ids = fields.One2many("spar.reconciliation.line", "run_id", readonly=True)

    def init(self):
        cr = self.env.cr
        unique_index(
            cr,
            self._table,
            "one",
            "(connection_id)",
            where="state IN ('running', 'paused') AND partner_domain IS NULL",
        )
        # The keyset of those who were confirmed, whoever is a registrant by now.
        index(
            cr, "spar_submission", "confirmed_partner", "(connection_id, partner_id)", "confirmed"
        )

    @api.model
    def _start(self, connection, purpose="compare", domain=None):
        """A new run, worked on from now on. UserError while one of all registrants goes on."""
        if domain is None:
            self._refuse_a_second(connection)
        now = fields.Datetime.now()
        run = self.sudo().create(
            {
                "connection_id": connection.id,
                "purpose": purpose,
                "partner_domain": None if domain is None else repr(domain),
                "started_by": self.env.uid,
                "started_at": now,
                "resumed_at": now,
                "next_at": now,
                "found": {},
            }
        )
        by_officer = self.env.uid != SUPERUSER_ID and self.env.user.has_group(OFFICER)
        if purpose in ("resend", "spar_restored") and by_officer:
            # Who asks for that has proposed it.
            run.write({"proposed": "send", "proposed_by": self.env.uid})
        run.total = run._partners().search_count(run._domain())
        self.env["spar.reconciler"]._wake()
        return run

    @api.model
    def _refuse_a_second(self, connection):
        """UserError while a run of all registrants goes on."""
        if self._going_on(connection):
            raise UserError(
                _(
                    "All registrants of %s are being compared already. Wait for its end, or cancel "
                    "it (SPAR → Comparisons).",
                    connection.name,
                )
            )

    @api.model
    def _going_on(self, connection, selections=False):
        going_on = [("connection_id", "=", connection.id), ("state", "in", GOING_ON)]
        of_all = [] if selections else [("partner_domain", "=", False)]
        return self.sudo().search([*going_on, *of_all])

    def _partners(self):
        """``res.partner`` as this run may search it: what a person selected, by their rights."""
        self.ensure_one()
        partners = self.env["res.partner"].with_context(active_test=False)
        if self.partner_domain:
            return partners.with_user(self.started_by).sudo(False)
        return partners.sudo()

    def _domain(self):
        self.ensure_one()
        if self.partner_domain:
            return list(literal_eval(self.partner_domain))
        return self.connection_id._registrant_domain()

    def _next_partners(self, limit):
        """The next ``limit`` contacts by number: registrants, and whoever was confirmed.

        SelectionUnusable where a selection fits this database, or its user's rights, no more.
        """
        after = ("id", ">", self.last_id)
        try:
            ids = self._partners().search([*self._domain(), after], order="id", limit=limit).ids
        except (AccessError, *NO_DOMAIN) as error:
            if self.partner_domain:
                raise SelectionUnusable from error
            raise
        if not self.partner_domain:
            self.env.cr.execute(
                "SELECT DISTINCT partner_id FROM spar_submission WHERE connection_id = %s "
                "AND confirmed AND partner_id > %s ORDER BY partner_id LIMIT %s",
                (self.connection_id.id, self.last_id, limit),
            )
            ids = sorted({*ids, *(row[0] for row in self.env.cr.fetchall())})[:limit]
        return self.env["res.partner"].sudo().with_context(active_test=False).browse(ids)

    @api.constrains("partner_domain")
    def _check_partner_domain(self):
        for run in self.filtered("partner_domain"):
            try:
                run._partners().search_count(run._domain(), limit=1)
            except NO_DOMAIN as error:
                raise ValidationError(_("This is no domain on contacts.")) from error

    def _offers(self, kind):
        """What may be decided on all of this run's differences of a kind; of no run: nothing."""
        decisions = WHOLESALE[self.purpose] if self else {}
        return {decision for decision, kinds in decisions.items() if kind in kinds}

    @api.model
    def _refuse_others(self, *groups):
        groups = groups or (OFFICER, MANAGER)
        if not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(
                _("Only a SPAR officer may do this.")
                if groups == (OFFICER,)
                else _("Only a SPAR officer or manager may do this.")
            )

    def _advance(self, token, **vals):
        """Write down how far a worker got; False when it lost its lease meanwhile."""
        self.invalidate_recordset()
        if not self.exists() or self.lease_token != token:
            return False
        self.write({**vals, "lease_token": False, "lease_until": False})
        return True

    def _end(self):
        """All is compared, or decided."""
        self.write({"state": "done", "ended_at": fields.Datetime.now(), "total": self.done})
        if self.decision:
            return
        self.compared = self.done
        if self.purpose == "registry_restored":
            self.connection_id._compared_after_restore()
