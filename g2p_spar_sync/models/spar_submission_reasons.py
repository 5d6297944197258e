import re

from odoo import _, models

#: A person may release a row held for one of these; every other reason needs a new submission.
RELEASABLE = frozenset(
    {
        "policy_first_link",
        "policy_change",
        "unknown_channel",
        "second_account",
        "account_removed",
        "merged",
        "registrant_archived",
        "duplicate_id",
        "not_registrant",
        "no_connection",
        "id_malformed",
        "id_changed",
        "old_id",
        "origin_reused",
        "restored",
        "accepted_since",
    }
)


class SparSubmission(models.Model):
    _inherit = "spar.submission"

    def _releasable(self):
        """The reasons for which a row was held that a person may release it from."""
        return RELEASABLE

    def _explain(self):
        """What the code in ``hold_reason`` means and what to do, in the reader's language."""
        self.ensure_one()
        code = self.hold_reason
        if not code:
            return False
        if code == "no_id":
            missing = self.partner_id.sudo()._spar_no_id()
            return missing.get(self.partner_id.id) or self._hold_texts()[code]
        return self._words_of(code, self.hold_params or {})

    def _words_of(self, code, params):
        """What the reason ``code`` means, with what is known about it in ``params``."""
        text = {**self._hold_texts(), **self._address_texts(), **self._conflict_texts()}.get(code)
        if text is None:
            text = _("SPAR refused it with the code %(code)s. Correct the cause, then retry.")
        params = {"code": code, **params}
        if "partner" in params:
            params["partner"] = self._named(params["partner"])
        keys = ("code", "partner", "form", "reason", "id")
        return text % {key: params.get(key, "?") for key in keys}

    def _named(self, partners):
        """The registrants whose ids are in ``partners``, by name where the reader may see them."""
        ids = [int(number) for number in re.findall(r"\d+", str(partners))]
        found = self.env["res.partner"].search([("id", "in", ids)])
        names = {partner.id: partner.display_name for partner in found}
        return ", ".join(f"{names[i]} ({i})" if i in names else str(i) for i in ids)

    def _hold_texts(self):
        return {
            "id_changed": _(
                "The registrant's id changed, or the connection to SPAR. Release it, and the "
                "address in use is sent for the new id, too."
            ),
            "old_id": _(
                "The registrant no longer carries the id %(id)s, for which SPAR still holds this "
                "address. Release it to unlink it there, or cancel to leave it."
            ),
            "policy_first_link": _(
                "First addresses of this channel wait for an officer: release it."
            ),
            "policy_change": _(
                "Changes by this channel wait for an officer: compare, then release."
            ),
            "unknown_channel": _(
                "Written by somebody who is no SPAR officer: check where it came from, then "
                "release."
            ),
            "second_account": _(
                "A bank account was added beside the payment address in use. Release it only if "
                "payments are to move there."
            ),
            "account_removed": _(
                "The bank account was removed from the registry. Release to unlink it at SPAR, or "
                "cancel to keep paying to it."
            ),
            "origin_reused": _(
                "Something else came in before from the same origin (%(id)s): check which of both "
                "is right, then release or cancel."
            ),
            "merged": _(
                "Its registrant (%(partner)s) was merged into this one: check, then release."
            ),
            "registrant_archived": _("The registrant is archived. Restore it, then release."),
            "registrant_unknown": _(
                "There is no registrant %(partner)s. The sender has to hand it in again."
            ),
            "not_registrant": _(
                "This contact is no registrant. Correct that (or the connection's domain), then "
                "release."
            ),
            "no_connection": _("No SPAR connection is set up. Set one up, then release."),
            "no_id": _("The registrant has no id for SPAR yet. It is sent once there is one."),
            "id_malformed": _(
                "The registrant's id cannot be sent to SPAR (%(reason)s). Correct it, then release."
            ),
            "duplicate_id": _(
                "Another registrant (%(partner)s) carries the same id, and SPAR keeps one address "
                "for an id. Correct the wrong one, then release."
            ),
            "poison": _(
                "SPAR fails on this one again and again while it takes others. Tell SPAR's "
                "administrator its reference; retry once they have found the cause."
            ),
            "unjudgeable": _(
                "It could not be judged; the server's log names the cause. Submit the right one."
            ),
            "repair": _("An older request arrived late at SPAR; this one is sent again."),
            "reconciled": _(
                "SPAR no longer held this address as confirmed; an officer has it sent again."
            ),
            "accepted_since": _(
                "SPAR's own address was accepted before this one could be seen: compare both, then "
                "release or cancel."
            ),
            "restored": _(
                "It comes from a backup of the registry: in the time that was lost it may have "
                "been sent, cancelled or replaced. Compare with SPAR, then release or cancel."
            ),
        }

    def _address_texts(self):
        again = _("Ask the registrant and submit the right one.")
        return {
            code: f"{what} {again}"
            for code, what in {
                "method_unknown": _("This kind of payment address is not known."),
                "provider_missing": _("The bank or wallet provider is missing."),
                "provider_unknown": _("This bank or wallet provider is not known here."),
                "account_missing": _("The account number, phone or email is missing."),
                "account_malformed": _("This is no account number."),
                "account_form": _("The number does not have the form its provider demands."),
                "account_check_digits": _("The check digits of the account number are wrong."),
                "phone_malformed": _("This is no valid phone number."),
                "phone_country": _("The phone number lacks its country code."),
                "email_malformed": _("This is no valid email address."),
                "spreadsheet_number": _("A spreadsheet turned the number into a decimal."),
                "spreadsheet_zeros": _("The number lost its leading zeros, as spreadsheets do."),
                "unsafe_text": _("It holds signs that would break SPAR's format."),
                "nul_character": _("It holds a NUL character."),
                "too_long": _("It is too long."),
                "bank_code_missing": _("The bank has no code that SPAR knows: give it one."),
                "branch_malformed": _("This is no branch code."),
            }.items()
        }

    def _conflict_texts(self):
        decide = _("Compare both, then send ours or keep SPAR's.")
        return {
            code: f"{what} {decide}"
            for code, what in {
                "unreadable": _("SPAR holds something for this id that is no readable address."),
                "gone": _("SPAR held our address and no longer does: somebody unlinked it."),
                "changed_since_collected": _("The address changed after this one was collected."),
                "changed_since_shown": _("SPAR's address changed after it was looked at."),
                "unknown_value_after_send": _("SPAR holds an address that is not ours."),
                "never_confirmed": _(
                    "SPAR already pays this id to an address that this registry never sent. It may "
                    "belong to somebody else."
                ),
                "differs_from_confirmed": _("SPAR's address was changed by somebody else."),
                "differs": _("SPAR holds another address than the one to be removed."),
            }.items()
        }
