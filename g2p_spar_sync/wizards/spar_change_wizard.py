from odoo import _, api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import NO_ACCESS
from odoo.tools.misc import clean_context

from ..models.spar_submission import METHODS
from ..spar import AddressError

OFFICER = "g2p_spar_sync.group_spar_officer"
#: Which input of the protocol core an error points at -> the field that shows it.
ERRORS = {
    "payment_provider": "provider_error",
    "payment_branch": "branch_error",
    "payment_account": "account_error",
    "again": "again_error",
}

#: What its user fills in; the rest is what the server has shown.
INPUTS = {
    "operation",
    "kind",
    "bank_id",
    "provider_id",
    "branch",
    "account",
    "account_again",
    "note",
}


class SparChangeWizard(models.TransientModel):
    """Hand in a payment address, or its removal, beside what SPAR holds now.

    Rows of a transient model lie open in the database for hours. So the typed number is stored
    nowhere but in ``sealed``, encrypted, from saving the form to submitting it.
    """

    _name = "spar.change.wizard"
    _description = "Change of a payment address"

    partner_id = fields.Many2one("res.partner", string="Registrant", required=True, readonly=True)
    held_state = fields.Selection(
        [
            ("linked", "Linked"),
            ("not_linked", "Not linked"),
            ("no_id", "No id"),
            ("unreadable", "Not readable"),
            ("unreachable", "SPAR cannot be reached"),
        ],
        string="At SPAR now",
        readonly=True,
    )
    held_method = fields.Selection(METHODS, string="Kind now", readonly=True)
    held_provider = fields.Char(string="Provider now", readonly=True)
    held_mask = fields.Char(string="Payment address now", readonly=True)
    shown_hash = fields.Char(groups=NO_ACCESS)
    operation = fields.Selection(
        [("set", "Pay to another address"), ("remove", "Remove the address")],
        string="Change",
        required=True,
        default="set",
    )
    kind = fields.Selection(METHODS, string="Pay to", required=True, default="bank_account")
    bank_id = fields.Many2one("res.bank")
    provider_id = fields.Many2one("spar.provider", string="Wallet provider")
    branch = fields.Char(string="Branch code")
    account = fields.Char(compute="_compute_account", inverse="_inverse_account")
    account_again = fields.Char(
        string="Account again", compute="_compute_account_again", inverse="_inverse_account_again"
    )
    note = fields.Char(string="Reason")
    sealed = fields.Text(groups=NO_ACCESS)
    seal_key_id = fields.Integer(groups=NO_ACCESS)
    checked = fields.Boolean(readonly=True, help="Submitted once: what is missing is an error now.")
    refusal = fields.Char(readonly=True)
    provider_error = fields.Char(compute="_compute_errors")
    branch_error = fields.Char(compute="_compute_errors")
    account_error = fields.Char(compute="_compute_errors")
    again_error = fields.Char(compute="_compute_errors")

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_shown(vals_list)
        # default_ keys of a caller's context could forge what the officer was shown.
        return super(SparChangeWizard, self.with_context(clean_context(self.env.context))).create(
            vals_list
        )

    def write(self, vals):
        self._refuse_shown([vals])
        return super().write(vals)

    def _refuse_shown(self, vals_list):
        """Nobody claims to have been shown something else, about somebody else."""
        if not self.env.su and not all(map(INPUTS.issuperset, vals_list)):
            raise AccessError(_("What SPAR holds is shown in this form, and cannot be written."))

    def _compute_account(self):
        for wizard in self:
            wizard.account = wizard._typed().get("account", False)

    def _compute_account_again(self):
        for wizard in self:
            wizard.account_again = wizard._typed().get("account_again", False)

    def _inverse_account(self):
        self._seal("account")

    def _inverse_account_again(self):
        self._seal("account_again")

    def _typed(self):
        row = self._origin.sudo()
        if not row.sealed:
            return {}
        return self.env["spar.vault"]._unseal(row.sealed, row.seal_key_id)

    def _seal(self, name):
        for wizard in self:
            token, key = self.env["spar.vault"]._seal({**wizard._typed(), name: wizard[name] or ""})
            wizard.sudo().write({"sealed": token, "seal_key_id": key})

    @api.onchange("kind")
    def _onchange_kind(self):
        """A number of one kind is none of another."""
        self.provider_id = self.bank_id = self.branch = False
        self.account = self.account_again = self.checked = False

    @api.depends(
        "kind",
        "operation",
        "bank_id",
        "provider_id",
        "branch",
        "account",
        "account_again",
        "checked",
    )
    def _compute_errors(self):
        for wizard in self:
            filled = {
                "payment_provider": wizard.bank_id or wizard.provider_id,
                "payment_branch": wizard.branch,
                "payment_account": wizard.account,
                "again": wizard.account_again,
            }
            problem = wizard._problem() if wizard.operation == "set" else {}
            for key, name in ERRORS.items():
                wizard[name] = problem.get(key) if wizard.checked or filled[key] else False

    def _problem(self):
        """{input: what is wrong with it}, empty when all is well. The first one found."""
        try:
            address = self._normalised(self._parts())
        except AddressError as error:
            return {error.field: self._in_words(error)}
        try:
            again = self._normalised({**self._parts(), "payment_account": self.account_again})
        except AddressError:
            again = None
        return {} if again == address else {"again": _("The two entries differ.")}

    def _parts(self):
        provider = self.bank_id.spar_code or self.bank_id.bic
        if self.kind != "bank_account":
            provider = self.provider_id.code
        return {
            "payment_method": self.kind,
            "payment_provider": provider or "",
            "payment_branch": self.branch if self.kind == "bank_account" else "",
            "payment_account": self.account or "",
            "bank": self.bank_id._origin if self.kind == "bank_account" else None,
        }

    def _normalised(self, parts):
        connection = self.partner_id._spar_connections().get(
            self.partner_id.id, self.env["spar.connection"]
        )
        finder = self.env["spar.provider"]._finder([parts])
        return self.env["spar.submission"]._normalise(parts, connection, finder)

    def _in_words(self, error):
        text = self.env["spar.submission"]._address_texts()[error.code]
        form = error.params.get("form")
        return _("%(text)s Expected: %(form)s.", text=text, form=form) if form else text

    def action_submit(self):
        """Hand it in; with an error in it, open the same form again, which shows the error."""
        self.ensure_one()
        if not self.env.user.has_group(OFFICER):
            raise AccessError(_("Only a SPAR officer may submit a payment address."))
        self.partner_id.mapped("display_name")  # Raises where it is not the user's to see.
        self.sudo().write({"checked": True, "refusal": False})
        if self.operation == "remove":
            parts, self.sudo().refusal = self._held_now()
        else:
            parts = None if self._problem() else self._parts()
        if parts is None:
            return self._form()
        row = self._hand_in(parts)
        self.sudo().write({"sealed": False, "seal_key_id": False})
        if row.state == "held":
            text = _("Kept, but held. Reference %(reference)s: %(explanation)s")
        elif self.partner_id._spar_is_observed():
            text = _("Recorded, not sent: the connection observes. Reference %(reference)s")
        else:
            text = _("Accepted, not yet at SPAR: reference %(reference)s")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": text % {"reference": row.reference, "explanation": row.explanation},
                "type": "warning" if row.state == "held" else "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _hand_in(self, parts):
        vals = {
            **parts,
            "partner_id": self.partner_id.id,
            "way": "wizard",
            "operation": self.operation,
            "note": self.note,
        }
        shown = self.sudo().shown_hash
        if shown is not False:  # "" is: was shown that nothing is linked
            vals["shown_hash"] = shown
        return self.env["spar.submission"]._hand_in([vals])

    def _held_now(self):
        """(the parts of the address to remove, None) or (None, why it cannot be removed).

        Asked again: an address that was changed since is another decision.
        """
        partner = self.partner_id
        said = partner._spar_asked()[partner.id]
        if said["state"] != "linked":
            return None, _(
                "SPAR holds no readable address now, or cannot be asked. Try again later."
            )
        connection = partner._spar_connections()[partner.id]
        if connection._reader().interpret(said["answer"])[1] != self.sudo().shown_hash:
            return None, _("The address at SPAR has changed. Close this form and look again.")
        held = said["address"].as_dict()
        parts = {
            "payment_method": said["address"].method,
            "payment_provider": held.get("bank_code") or held.get("provider_code"),
            "payment_branch": held.get("branch_code", ""),
            "payment_account": said["address"].account,
        }
        try:
            self._normalised(parts)
        except AddressError as error:
            return None, self._in_words(error)
        return parts, None

    def _form(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("Change payment address"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }
