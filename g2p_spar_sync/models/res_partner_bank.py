from odoo import api, models

HOOKED = {"acc_number", "bank_id", "partner_id", "sequence", "active"}


class ResPartnerBank(models.Model):
    """Capture: a registrant's primary bank account that changed is a submission.

    Primary is the lowest (sequence, id) of the active accounts. Adding an account beside the
    address in use never moves money by itself, and removing one sends nothing.
    """

    _inherit = "res.partner.bank"

    @api.model
    def load(self, fields, data):
        marks = self.env["spar.channel"]._of_a_file()
        return super(ResPartnerBank, self.with_context(**marks)).load(fields, data)

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        after = self._spar_accounts(accounts.partner_id)
        new = set(accounts.ids)
        before = {
            partner: [account for account in rows if account["id"] not in new]
            for partner, rows in after.items()
        }
        self._spar_capture(before, after)
        return accounts

    def write(self, vals):
        if HOOKED.isdisjoint(vals):
            return super().write(vals)
        partners = self.partner_id | self.env["res.partner"].browse(vals.get("partner_id") or [])
        before = self._spar_accounts(partners)
        result = super().write(vals)
        self._spar_capture(before, self._spar_accounts(partners))
        return result

    def unlink(self):
        partners = self.partner_id
        before = self._spar_accounts(partners)
        result = super().unlink()
        if not self.exists():
            # Where Odoo archives instead (from 18), write has captured it.
            self._spar_capture(before, self._spar_accounts(partners))
        return result

    @api.model
    def _spar_accounts(self, partners):
        """{partner id: its active accounts, primary first, as dicts of what SPAR would be told}"""
        self.flush_model([*HOOKED, "sanitized_acc_number"])
        self.env.cr.execute(
            "SELECT id, partner_id, acc_number, sanitized_acc_number, bank_id "
            "FROM res_partner_bank "
            "WHERE partner_id IN %s AND active ORDER BY partner_id, sequence, id",
            (tuple(partners.ids) or (0,),),
        )
        accounts = {partner: [] for partner in partners.ids}
        for row in self.env.cr.dictfetchall():
            accounts[row["partner_id"]].append(row)
        return accounts

    @api.model
    def _spar_capture(self, before, after):
        """Submit what the difference between two ``_spar_accounts`` means."""
        changed = {p for p in {*before, *after} if _primary(before, p) != _primary(after, p)}
        grown = {p for p in after if len(after[p]) > len(before.get(p, []))}
        partners = self.env["res.partner"].browse(changed | grown)
        registrants = partners._spar_is_registrant() if partners else set()
        if not registrants:
            return
        submissions = self.env["spar.submission"]
        partners = partners.browse(registrants)
        same_transaction = submissions._of_this_transaction(partners)
        ways = submissions._ways_in_use(partners)
        inputs = []
        for partner in partners.ids:
            if "fields" in same_transaction.get(partner, submissions).mapped("way"):
                continue
            inputs += [
                self._spar_input(partner, account, operation, reason)
                for account, operation, reason in _meaning(
                    before.get(partner, []), after.get(partner, []), ways.get(partner)
                )
            ]
        if inputs:
            submissions._hand_in(inputs)

    @api.model
    def _spar_input(self, partner, account, operation, reason):
        bank = self.env["res.bank"].sudo().browse(account["bank_id"] or [])
        return {
            "partner_id": partner,
            "way": "bank",
            "operation": operation,
            "hold_reason": reason,
            "payment_method": "bank_account",
            "payment_account": account["acc_number"],
            "payment_provider": bank.spar_code or bank.bic or "",
            "bank": bank,
        }


def _primary(accounts, partner):
    """What tells one primary account from another: None where there is none."""
    rows = accounts.get(partner)
    return _identity(rows[0]) if rows else None


def _meaning(before, after, way_in_use):
    """What a change of one registrant's accounts asks for. Pure.

    :param way_in_use: how the address in use came in, None where there is none
    :return: list of (account, operation, reason to hold or None)
    """
    known = {account["id"] for account in before}
    left = {account["id"] for account in after}
    asked = [(a, "remove", "account_removed") for a in before[:1] if a["id"] not in left]
    added = [account for account in after if account["id"] not in known]
    kept = [account for account in after if account["id"] in known]
    beside = bool(kept) or way_in_use not in (None, "bank")
    if beside:
        asked += [(account, "set", "second_account") for account in added]
        if kept and after[0] in kept and not asked and _identity(before[0]) != _identity(after[0]):
            reason = "second_account" if way_in_use not in (None, "bank") else None
            asked.append((after[0], "set", reason))
    elif added:
        asked.append((added[0], "set", None))
        asked += [(account, "set", "second_account") for account in added[1:]]
    return asked


def _identity(account):
    return (account["sanitized_acc_number"], account["bank_id"])
