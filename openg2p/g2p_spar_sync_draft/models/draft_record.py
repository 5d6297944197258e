import json

from odoo import api, models

from odoo.addons.g2p_spar_sync.models.spar_submission_intake import PARTS

#: A draft is no submission: what would be one is handed in once the registrant is there.
NEVER = {*PARTS, "submission_ids"}
SEALED = "spar_sealed"


class DraftRecord(models.Model):
    """Drafts keep what was typed as open JSON: here bank accounts lie sealed in it."""

    _inherit = "draft.record"

    @api.model_create_multi
    def create(self, vals_list):
        drafts = super().create(vals_list)
        for draft in drafts:
            # Upstream makes the JSON in its own create.
            draft.partner_data = draft.partner_data
        return drafts

    def write(self, vals):
        if isinstance(vals.get("partner_data"), str):
            vals = {**vals, "partner_data": self._spar_seal(vals["partner_data"])}
        return super().write(vals)

    @api.model
    def _spar_seal(self, text):
        data = {name: value for name, value in json.loads(text).items() if name not in NEVER}
        if isinstance(data.get("bank_ids"), list) and data["bank_ids"]:
            token, key = self.env["spar.vault"]._seal(data["bank_ids"])
            data["bank_ids"] = {SEALED: token, "key": key}
        return json.dumps(data)

    @api.model
    def _spar_open(self, data):
        """``data`` with bank accounts as they were typed."""
        banks = data.get("bank_ids")
        if isinstance(banks, dict) and SEALED in banks:
            return {**data, "bank_ids": self.env["spar.vault"]._unseal(banks[SEALED], banks["key"])}
        return data

    def _prepare_valid_data(self, valid_data, fields_metadata, partner_data):
        known = {name: about for name, about in fields_metadata.items() if name not in NEVER}
        return super()._prepare_valid_data(valid_data, known, self._spar_open(partner_data))

    def _process_json_data(self, json_data):
        return super()._process_json_data(self._spar_open(json_data))
