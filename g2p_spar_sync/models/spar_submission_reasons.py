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
        "unforeseen",
    }
)


class SparSubmission(models.Model):
    _inherit = "spar.submission"

    def _releasable(self):
        """The reasons for which a row was held that a person may release it from."""
        return RELEASABLE

    def _explained(self):
        """{row: what the code in ``hold_reason`` means and what to do, in the reader's language}"""
        told = dict.fromkeys(self, False)
        coded = self.filtered("hold_reason")
        waiting = coded.filtered(lambda row: row.hold_reason == "no_id")
        missing = waiting.partner_id.sudo()._spar_no_id()
        params = [row.hold_params or {} for row in coded]
        names = self._named_each([own.get("partner", "") for own in params])
        for row, own, name in zip(coded, params, names, strict=True):
            if "partner" in own:
                own = {**own, "partner": name}
            words = self._words_of(row.hold_reason, own)
            told[row] = missing.get(row.partner_id.id, words) if row in waiting else words
        return told

    def _words_of(self, code, params):
        """What the reason ``code`` means, with what is known about it in ``params``."""
        text = {**self._hold_texts(), **self._address_texts(), **self._conflict_texts()}.get(code)
        if text is None:
            text = _("SPAR refused it with the code %(code)s. Correct the cause, then retry.")
        params = {"code": code, **params}
        keys = ("code", "partner", "form", "reason", "id")
        return text % {key: params.get(key, "?") for key in keys}

    def _named_each(self, texts):
        """Of each of ``texts`` the registrants whose ids are in it, by name where the reader may
        see them."""
        ids = [[int(number) for number in re.findall(r"\d+", str(text))] for text in texts]
        mentioned = {number for own in ids for number in own}
        found = self.env["res.partner"].search([("id", "in", list(mentioned))])
        names = {partner.id: f"{partner.display_name} ({partner.id})" for partner in found}
        return [", ".join(names.get(number, str(number)) for number in own) for own in ids]

    def _hold_texts(self):
        return {
            "id_changed": _(
                "The registrant's id changed, or the connection to SPAR. Release it, and what "
                "was handed in last, the address or its removal, is sent for the new id, too."
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
            "unforeseen": _(
                "This program broke over it three times, in a place that the server's log names. "
                "Tell whoever maintains it; once that is mended, release it."
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
