from odoo import api, fields, models

from . import master_key


class SparWrapped(models.AbstractModel):
    """A secret that lies in the database, wrapped by the master key.

    Whatever model keeps one inherits this, has no access rule, and is wrapped anew with the others
    when the master key is changed.
    """

    _name = "spar.wrapped"
    _description = "Secret wrapped by the SPAR master key"

    wrapped = fields.Text(required=True)

    def _open(self):
        """The secret, as bytes. MasterKeyUnusable when the master key is another one."""
        self.ensure_one()
        return master_key.unwrap(self.wrapped)

    @api.model
    def _all_wrapped(self):
        """{model: its records}, of every model that keeps wrapped secrets."""
        keepers = self.env["spar.wrapped"]._inherit_children
        return {name: self.env[name].sudo().search([]) for name in keepers}

    def _older(self):
        """Those of these that not the newest of the master keys opens."""
        return self.filtered(lambda record: not master_key.is_newest(record.wrapped))

    def _wrap_anew(self):
        """By the newest master key. What is wrapped stays what it is."""
        for record in self:
            record.wrapped = master_key.wrap(record._open())
        self.env["spar.event"]._record_setting(self, ["wrapped"])
