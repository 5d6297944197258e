import json

from odoo import api, fields, models


class DraftRecord(models.Model):
    _name = "draft.record"
    _description = "Draft (stand-in)"

    name = fields.Char()
    given_name = fields.Char()
    family_name = fields.Char()
    addl_name = fields.Char()
    gender = fields.Char()
    region = fields.Char()
    phone = fields.Char()
    partner_data = fields.Json()
    state = fields.Char(default="draft")

    @api.model_create_multi
    def create(self, vals_list):
        names = ("given_name", "family_name", "addl_name")
        made = [json.dumps({name: vals[name] for name in names}) for vals in vals_list]
        return super().create(
            [{**vals, "partner_data": data} for vals, data in zip(vals_list, made, strict=True)]
        )

    def action_publish(self):
        valid = {}
        partners = self.env["res.partner"]
        self._prepare_valid_data(valid, partners.fields_get(), json.loads(self.partner_data))
        partners.sudo().create({**valid, "name": valid["given_name"]})
        self.state = "published"

    def _prepare_valid_data(self, valid_data, fields_metadata, partner_data):
        for name, value in partner_data.items():
            if name in fields_metadata and value is not None:
                valid_data[name] = value

    def _process_json_data(self, json_data):
        return {f"default_{name}": value for name, value in json_data.items()}, {}
