from odoo import fields, models


class OdkConfig(models.Model):
    _name = "odk.config"
    _description = "ODK Central (stand-in)"

    name = fields.Char(required=True)
    base_url = fields.Char(required=True)
    username = fields.Char()
    password = fields.Char()
    project = fields.Char()
    form_id = fields.Char()


class OdkInstanceId(models.Model):
    _name = "odk.instance.id"
    _description = "ODK instance (stand-in)"

    instance_id = fields.Char(required=True)
    status = fields.Char(default="pending")
    odk_import_id = fields.Many2one("odk.import", required=True)
