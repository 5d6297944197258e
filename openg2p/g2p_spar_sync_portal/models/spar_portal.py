from uuid import uuid4

from odoo import _, api, models
from odoo.http import request

from odoo.addons.g2p_spar_sync.models.channel_marks import CONTEXT_KEY, PORTAL
from odoo.addons.g2p_spar_sync.models.spar_submission_intake import PARTS
from odoo.addons.g2p_spar_sync.spar import AddressError

#: What a form of ours posts; no field of a registrant is called so.
PREFIX = "spar_"
#: Never for the routes behind: each of them would be a submission, or more.
NEVER = {*PARTS, "submission_ids", "bank_ids"}
ONCE_LENGTH = 32


class SparPortal(models.AbstractModel):
    """The payment section of the registration portal's forms."""

    _name = "spar.portal"
    _description = "Payment addresses in the registration portal"

    @api.model
    def _section(self):
        """What the section is rendered with."""
        banks = (
            self.env["res.bank"]
            .sudo()
            .search(["|", ("spar_code", "!=", False), ("bic", "!=", False)])
        )
        providers = self.env["spar.provider"].sudo().search([])
        choices = {
            "bank_account": [(bank.spar_code or bank.bic, bank.name) for bank in banks],
            "mobile_wallet": _choices(providers, "mobile_wallet"),
            "email_wallet": _choices(providers, "email_wallet"),
        }
        labels = {
            "bank_account": _("Bank account"),
            "mobile_wallet": _("Mobile wallet"),
            "email_wallet": _("Email wallet"),
        }
        return {
            "once": uuid4().hex,
            "csrf_token": request.csrf_token(),
            "groups": [(labels[method], method, several) for method, several in choices.items()],
        }

    @api.model
    def _take_out(self, params):
        """Take what concerns payment out of ``params`` (changed), and return what is ours."""
        taken = {
            name: params.pop(name)
            for name in list(params)
            if name in NEVER or name.startswith(PREFIX)
        }
        return {name: taken[name] for name in taken if name.startswith(PREFIX)}

    @api.model
    def _asks_for_payment(self, given):
        names = ("spar_pay_to", "spar_account", "spar_account_again", "spar_branch")
        return any((given.get(name) or "").strip() for name in names)

    @api.model
    def _refuse(self, given, params):
        """A response where nothing may be posted, with the reason; None where all is well."""
        if request.httprequest.method != "POST":
            return self._page("refused", 400, problem=_("Open the form and send it from there."))
        if (
            not request.validate_csrf(given.get("spar_csrf_token"))
            or len(given.get("spar_once") or "") != ONCE_LENGTH
        ):
            text = _("The form is too old. Open it again from the list and fill it in anew.")
            return self._page("refused", 400, problem=text)
        if params.get("group_id") and not self._target(params):
            text = _("You are not responsible for this registrant. Ask who registered it.")
            return self._page("refused", 403, problem=text)
        if self._row(given["spar_once"]):
            # The same form twice: a second registrant would be made by it.
            return request.redirect(f"/portal/payment/{given['spar_once']}", code=303)
        problem = self._problem(given)
        if problem:
            return self._page("refused", 200, problem=problem)
        return None

    @api.model
    def _page(self, name, status, **values):
        # Not raised: the website would answer a refused POST by sending the browser elsewhere.
        response = request.render(f"g2p_spar_sync_portal.{name}", values, status=status)
        # Where a controller's answer is rendered is behind us.
        response.flatten()
        return response

    @api.model
    def _target(self, params):
        """The registrant that is posted about, if this user is responsible for it."""
        text = str(params["group_id"])
        partner = self.env["res.partner"].browse(int(text) if text.isdecimal() else 0)
        return partner.sudo().exists()._spar_responsible(self.env.user)

    @api.model
    def _problem(self, given):
        """What is wrong with the payment address, in words; None when nothing is."""
        submissions = self.env["spar.submission"].sudo()
        texts = submissions._address_texts()
        try:
            address, again = (
                submissions._normalise(parts, self._connection(), self._finder(parts))
                for parts in (_parts(given), _parts(given, "spar_account_again"))
            )
        except AddressError as error:
            form = error.params.get("form")
            text = texts[error.code]
            return _("%(text)s Expected: %(form)s.", text=text, form=form) if form else text
        return None if address == again else _("The two entries of the account differ.")

    @api.model
    def _connection(self):
        company = self.env.company.partner_id
        return company._spar_connections().get(company.id) or self.env["spar.connection"]

    @api.model
    def _finder(self, parts):
        return self.env["spar.provider"].sudo()._finder([parts])

    @api.model
    def _newest_registrant(self):
        return (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search([], order="id desc", limit=1)
            .id
        )

    @api.model
    def _hand_in(self, given, params, before, response):
        """Once the form itself was taken: submit the payment address, and show what became of it.

        The routes behind swallow their errors into a page with status 200.
        """
        if response.status_code != 303:
            return response
        if params.get("group_id"):
            partner = self._target(params)
        else:
            partner = self._made_since(before)
        if len(partner) != 1:
            return self._page("not_kept", 200)
        marked = self.env["spar.submission"].sudo().with_context(**{CONTEXT_KEY: PORTAL})
        marked._hand_in(
            [
                {
                    "partner_id": partner.id,
                    "way": "fields",
                    "origin_ref": given["spar_once"],
                    **_parts(given),
                }
            ]
        )
        return request.redirect(f"/portal/payment/{given['spar_once']}", code=303)

    @api.model
    def _made_since(self, before):
        """The registrant this user just made, of the form's kind."""
        is_group = "/group/" in request.httprequest.path
        return (
            self.env["res.partner"]
            .sudo()
            .search(
                [
                    ("id", ">", before),
                    ("create_uid", "=", self.env.uid),
                    ("is_registrant", "=", True),
                    ("is_group", "=", is_group),
                ]
            )
        )

    @api.model
    def _row(self, once):
        """The submission of this user's form, if it was handed in."""
        return (
            self.env["spar.submission"]
            .sudo()
            .search(
                [
                    ("channel", "=", "portal"),
                    ("origin_ref", "=", once),
                    ("submitted_by", "=", self.env.uid),
                ]
            )
        )


def _choices(providers, method):
    return [(p.code, p.name) for p in providers if p.method == method]


def _parts(given, account="spar_account"):
    """The form's fields as the ledger's inputs."""
    method, _colon, provider = (given.get("spar_pay_to") or "").partition(":")
    parts = (method, provider, given.get("spar_branch"), given.get(account))
    return {
        name: value.strip()
        for name, value in zip(PARTS, parts, strict=True)
        if (value or "").strip()
    }
