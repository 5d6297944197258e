from odoo import fields, models

from .odk_client import OdkClient


class OdkImport(models.Model):
    _name = "odk.import"
    _description = "ODK import (stand-in)"

    odk_config = fields.Many2one("odk.config", required=True)
    json_formatter = fields.Text(required=True)
    target_registry = fields.Selection(
        [("individual", "Individual"), ("group", "Group")], required=True
    )
    instance_id = fields.Char()

    def import_records(self):
        for config in self:
            OdkClient(config).create_all()

    def fetch_record_by_instance_id(self):
        for config in self:
            OdkClient(config).create_one(config.instance_id)

    def _process_instance_id(self, instance_ids):
        for instance in instance_ids:
            # The import is the instance's own, in the context of whoever processes it.
            OdkClient(instance.odk_import_id).create_one(instance.instance_id)
            instance.status = "processing"
