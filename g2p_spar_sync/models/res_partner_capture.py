from odoo import api, fields, models, tools

from .spar_submission_intake import PARTS

VIRTUAL = {
    "compute": "_compute_payment_fields",
    "inverse": "_inverse_payment_fields",
    "search": "_search_payment_fields",
    "exportable": False,
    "copy": False,
}


class ResPartner(models.Model):
    """Capture: whatever writes a payment field of a registrant has submitted.

    The four fields are stored nowhere and read back empty. Plain Char: a Selection would raise
    before the inverse can judge.
    """

    _inherit = "res.partner"

    payment_method = fields.Char(
        **VIRTUAL, help="Submits: bank_account, mobile_wallet or email_wallet."
    )
    payment_provider = fields.Char(**VIRTUAL, help="Submits: the code of the bank or the provider.")
    payment_branch = fields.Char(**VIRTUAL, help="Submits: the code of the bank's branch.")
    payment_account = fields.Char(**VIRTUAL, help="Submits: the account number, phone or email.")

    def _compute_payment_fields(self):
        self.update(dict.fromkeys(PARTS, False))

    def _search_payment_fields(self, operator, value):
        return [(0, "=", 1)]

    def _inverse_payment_fields(self):
        given = {
            partner: {part: partner[part] for part in PARTS if partner[part]} for partner in self
        }
        given = {partner: parts for partner, parts in given.items() if parts}
        if given:
            self.browse([partner.id for partner in given])._spar_capture(given, "fields")
        self.invalidate_recordset(PARTS, flush=False)

    def _spar_capture(self, given, way):
        """Submit ``given`` ({partner: payment parts}) for the partners in ``self``.

        Writers that set one key at a time hand in fragments: those of one transaction become one
        submission. They win over bank accounts written in the same transaction.
        """
        submissions = self.env["spar.submission"]
        earlier = submissions._of_this_transaction(self)
        inputs = []
        for partner, parts in given.items():
            rows = earlier.get(partner.id, submissions)
            by_bank = rows.filtered(lambda row: row.way == "bank")
            if by_bank:
                by_bank._transition("superseded", "superseded", detail="explicit_fields")
            fragments = rows.filtered(lambda row: row.way == way)[:1]
            if fragments and fragments._address()["given"].keys().isdisjoint(parts):
                fragments._complete(parts)
            else:
                inputs.append({"partner_id": partner.id, "way": way, **parts})
        if inputs:
            submissions._hand_in(inputs)

    @api.model
    def load(self, fields, data):
        marks = self.env["spar.channel"]._of_a_file()
        return super(ResPartner, self.with_context(**marks)).load(fields, data)

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        watched = self._spar_watched()
        if watched and any(not watched.isdisjoint(vals) for vals in vals_list):
            partners._spar_capture_watched(dict.fromkeys(partners.ids, {}), vals_list)
        return partners

    def write(self, vals):
        watched = self._spar_watched() & vals.keys()
        if not watched:
            return super().write(vals)
        before = {partner.id: {name: partner[name] for name in watched} for partner in self.sudo()}
        result = super().write(vals)
        self._spar_capture_watched(before, [vals] * len(self))
        return result

    @api.model
    @tools.ormcache()
    def _spar_watched(self):
        """All fields of ``res.partner`` that some connection watches."""
        connections = self.env["spar.connection"].sudo().search([])
        return frozenset(name for c in connections for name in c._watched_fields())

    def _spar_capture_watched(self, before, vals_list):
        """Submit what changed in watched fields, whole: all watched fields of the registrant."""
        connections = self._spar_connections()
        registrants = self._spar_is_registrant()
        given = {}
        for partner, vals in zip(self.sudo(), vals_list, strict=True):
            if partner.id not in registrants or not set(PARTS).isdisjoint(vals):
                continue
            watched = connections[partner.id]._watched_fields()
            changed = any(
                partner[name] and partner[name] != before[partner.id].get(name)
                for name in watched
                if name in vals
            )
            if changed:
                given[partner] = connections[partner.id]._watched_payment(partner)
        if given:
            self._spar_capture(given, "watched")
