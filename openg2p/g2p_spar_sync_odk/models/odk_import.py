from odoo import models

from odoo.addons.g2p_spar_sync.models.channel_marks import CONTEXT_KEY, ODK

from .mapping import RUN_KEY, Mapping


class OdkImport(models.Model):
    """Names the channel of what comes in, and opens the report of each import."""

    _inherit = "odk.import"

    json_formatter = Mapping()

    def import_records(self):
        run = self.env["spar.odk.run"]._open(self)
        return super(OdkImport, self._spar_marked(run)).import_records()

    def fetch_record_by_instance_id(self):
        run = self.env["spar.odk.run"]._open(self)
        return super(OdkImport, self._spar_marked(run)).fetch_record_by_instance_id()

    # What upstream returns for one instance says nothing of the others.
    def _process_instance_id(self, instance_ids):  # pylint: disable=missing-return
        """One by one, each into the report of its own import."""
        for instance in instance_ids:
            run = self.env["spar.odk.run"]._latest(instance.odk_import_id)
            marked = self._spar_marked(run)
            super(OdkImport, marked)._process_instance_id(instance.with_env(marked.env))
            if instance.status == "failed":
                run._failed(instance.instance_id)

    def _spar_marked(self, run):
        return self.with_context(**{CONTEXT_KEY: ODK, RUN_KEY: run.id})

    def action_spar_runs(self):
        """The reports of this import."""
        action = self.env["ir.actions.act_window"]._for_xml_id("g2p_spar_sync_odk.action_line")
        return {**action, "domain": [("run_id.odk_import_id", "in", self.ids)]}
