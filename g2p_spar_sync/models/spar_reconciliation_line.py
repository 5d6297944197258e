from odoo import _, api, fields, models
from odoo.fields import NO_ACCESS

from .tools import index, unique_index

#: In these a line says how things are now; there is one of a registrant, id and subject.
CURRENT = ("open", "proposed", "ignored")
#: What makes two findings of one key the same difference.
SAME = ("kind", "our_hash", "spar_hash", "registry_hash")

KINDS = [
    ("missing", "Missing in SPAR"),
    ("older", "An older address of ours"),
    ("differs", "Not what we sent last"),
    ("elsewhere", "Changed elsewhere"),
    ("unknown", "Unknown to us"),
    ("unreadable", "Not readable"),
    ("id_shared", "Id shared"),
    ("not_handed_in", "Not handed in"),
]


class SparReconciliationLine(models.Model):
    """One difference between SPAR, what was confirmed here, and the registry's own payment data.

    Both sides are kept masked, and as keyed hashes that nobody reads; a decision asks SPAR again.
    """

    _name = "spar.reconciliation.line"
    _description = "Difference from SPAR"
    _order = "id desc"
    _rec_name = "spar_id"

    run_id = fields.Many2one(
        "spar.reconciliation", string="Comparison", readonly=True, ondelete="set null", index=True
    )
    wholesale_run_id = fields.Many2one(
        "spar.reconciliation",
        string="Decided on with all of",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The newest comparison that found it and has all that it found decided on at once.",
    )
    connection_id = fields.Many2one(
        "spar.connection", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Registrant",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    spar_id = fields.Char(string="SPAR id", readonly=True)
    about = fields.Selection(
        [
            ("spar", "What SPAR holds"),
            ("bank", "The registry's bank account"),
            ("watched", "Watched fields"),
        ],
        required=True,
        readonly=True,
        default="spar",
    )
    kind = fields.Selection(KINDS, string="Difference", required=True, readonly=True)
    state = fields.Selection(
        [
            ("open", "Open"),
            ("proposed", "Waits for a second officer"),
            ("sent", "Ours handed on"),
            ("accepted", "SPAR's accepted"),
            ("ignored", "Ignored"),
            ("gone", "No longer so"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    our_id = fields.Many2one("spar.submission", string="Confirmed by", readonly=True)
    our_mask = fields.Char(string="Confirmed here", readonly=True)
    our_provider = fields.Char(string="Provider here", readonly=True)
    our_branch = fields.Char(string="Branch here", readonly=True)
    our_hash = fields.Char(groups=NO_ACCESS, readonly=True)
    spar_state = fields.Selection(
        [("linked", "Linked"), ("not_linked", "Not linked"), ("unreadable", "Not readable")],
        string="At SPAR",
        readonly=True,
    )
    spar_mask = fields.Char(string="SPAR holds", readonly=True)
    spar_provider = fields.Char(string="Provider at SPAR", readonly=True)
    spar_branch = fields.Char(string="Branch at SPAR", readonly=True)
    spar_hash = fields.Char(groups=NO_ACCESS, readonly=True)
    registry_mask = fields.Char(string="In the registry", readonly=True)
    registry_hash = fields.Char(groups=NO_ACCESS, readonly=True)
    others = fields.Char(readonly=True, help="Numbers of the other contacts that carry the id.")
    seen_at = fields.Datetime(string="Seen", readonly=True)
    decision = fields.Selection(
        [("send", "Send ours"), ("accept", "Accept SPAR's"), ("ignore", "Ignore")], readonly=True
    )
    proposed_by = fields.Many2one("res.users", readonly=True)
    decided_by = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)
    note = fields.Char(string="Reason given", readonly=True)
    undecided = fields.Char(
        string="Not decided", readonly=True, help="Why nothing came of the last decision."
    )
    submission_id = fields.Many2one("spar.submission", string="Became", readonly=True)
    explanation = fields.Char(compute="_compute_explanation")

    def init(self):
        cr = self.env.cr
        unique_index(
            cr,
            self._table,
            "current",
            "(partner_id, connection_id, about, (COALESCE(spar_id, '')))",
            where="state IN ('open', 'proposed', 'ignored')",
        )
        index(cr, self._table, "run_open", "(run_id, id)", where="state IN ('open', 'proposed')")

    @api.depends("kind", "others")
    def _compute_explanation(self):
        texts = {
            "missing": _("We confirmed this address, and SPAR holds none for the id any more."),
            "older": _("SPAR holds an address that this registry had replaced."),
            "differs": _("SPAR holds an address that was handed in here, but not sent by us."),
            "elsewhere": _("SPAR holds an address that this registry never had."),
            "unknown": _("SPAR pays this id, and this registry never confirmed an address for it."),
            "unreadable": _("What SPAR holds for the id is no readable address."),
            "id_shared": _("Others carry the same id, too: %(others)s. Correct the wrong one."),
            "not_handed_in": _(
                "The registry's own payment data was never handed in: it was written past this "
                "addon, or before it was here."
            ),
        }
        named = self.env["spar.submission"]._named_each([line.others or "" for line in self])
        for line, others in zip(self, named, strict=True):
            line.explanation = texts[line.kind] % {"others": others} if line.kind else False

    @api.model
    def _key(self, found):
        """What tells one current difference from another."""
        partner = found["partner_id"]
        return (
            partner if isinstance(partner, int) else partner.id,
            found["spar_id"] or "",
            found["about"],
        )

    @api.model
    def _keep(self, connection, run, findings, partners):
        """What was found about ``partners``: known differences stay, ended ones are closed.

        :param run: the comparison that found it; none when a recheck did
        :param findings: dicts of this model's columns
        :param partners: ids of those about whom everything was found out
        :return: those that this comparison had not found yet
        """
        now = fields.Datetime.now()
        found = {}
        for vals in findings:
            found.setdefault(self._key(vals), vals)
        current = self.search(
            [
                ("connection_id", "=", connection.id),
                ("partner_id", "in", list({*partners, *(key[0] for key in found)})),
                ("state", "in", CURRENT),
            ]
        )
        seen = {"run_id": run.id, "seen_at": now} if run else {"seen_at": now}
        wholesale = {"wholesale_run_id": run.id}
        new = self.browse()
        for line in current:
            vals = found.pop(self._key(line), None)
            if vals is None:
                if line.partner_id.id in partners:
                    line._gone()
                continue
            if line.run_id != run:
                new |= line
            offers = run._offers(vals["kind"])
            if all((line[name] or "") == (vals.get(name) or "") for name in SAME):
                # One that decides on nothing, or other things, takes it from none that does.
                taken = offers and offers >= line.wholesale_run_id._offers(vals["kind"])
                line.write({**seen, **(wholesale if taken else {}), "our_id": vals.get("our_id")})
            else:
                line._changed({**vals, **seen, **(wholesale if offers else {})})
        own = {"connection_id": connection.id}
        return new | self.create(
            [
                {**vals, **seen, **own, **(wholesale if run._offers(vals["kind"]) else {})}
                for vals in found.values()
            ]
        )

    def _changed(self, vals):
        """It is another difference by now: what was decided on it was about the one before."""
        before = ("decision", "proposed_by", "note", "undecided", "wholesale_run_id")
        self.write({"state": "open", **dict.fromkeys(before, False), **vals})
