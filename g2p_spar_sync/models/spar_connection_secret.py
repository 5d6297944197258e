from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..spar import check_header_names, check_header_value
from . import master_key


class SparConnectionHeader(models.Model):
    """A header that goes along with every request of a connection, for a gateway before SPAR.

    Its value is ``spar.connection.secret``; here it is only ever written.
    """

    _name = "spar.connection.header"
    _description = "SPAR connection header"
    _order = "name"

    connection_id = fields.Many2one("spar.connection", required=True, ondelete="cascade")
    name = fields.Char(required=True)
    value = fields.Char(
        compute="_compute_value",
        inverse="_inverse_value",
        exportable=False,
        help="Kept sealed and never shown again. Empty: the value stays as it is.",
    )

    @api.depends("name")
    def _compute_value(self):
        self.value = False

    def _inverse_value(self):
        secrets = self.env["spar.connection.secret"].sudo()
        for header in self.filtered("value"):
            header.connection_id._in_words(check_header_value, header.name, header.value)
            secrets._put(header.connection_id, "header", header.value.encode(), header_id=header.id)
        self.invalidate_recordset(["value"], flush=False)

    @api.model_create_multi
    def create(self, vals_list):
        if not all(vals.get("value") for vals in vals_list):
            raise ValidationError(_("A header for a gateway needs a name and a value."))
        headers = super().create(vals_list)
        self.env["spar.event"]._record_setting(headers, ["name", "value"])
        return headers

    def write(self, vals):
        self.env["spar.event"]._record_setting(self, vals)
        if "connection_id" in vals:
            raise ValidationError(_("A header stays with its connection."))
        return super().write(vals)

    def unlink(self):
        self.env["spar.event"]._record_setting(self, ["deleted"])
        return super().unlink()

    @api.constrains("name", "connection_id")
    def _check_names(self):
        for connection in self.connection_id:
            names = connection.sudo().header_ids.mapped("name")
            connection._in_words(check_header_names, names)


class SparConnectionSecret(models.Model):
    """What a connection shows on its way, wrapped by the master key. No access rule."""

    _name = "spar.connection.secret"
    _inherit = "spar.wrapped"
    _description = "SPAR connection secret"

    connection_id = fields.Many2one(
        "spar.connection", required=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(
        [
            ("client_key", "Client key"),
            ("proxy_password", "Proxy password"),
            ("header", "Header"),
        ],
        required=True,
    )
    header_id = fields.Many2one("spar.connection.header", ondelete="cascade", index=True)
    given_for = fields.Char(help="Scheme, host and port of base URL and proxy when it was typed.")

    @api.model
    def _put(self, connection, kind, secret, header_id=False):
        """Keep ``secret``, bytes, in the place of the one before."""
        kept = self._of(connection, kind, header_id)
        given_for = " ".join(sorted(connection._hearers()))
        vals = {"given_for": given_for, "wrapped": master_key.wrap(secret)}
        if kept:
            kept.write(vals)
        else:
            self.create(
                {"connection_id": connection.id, "kind": kind, "header_id": header_id, **vals}
            )

    @api.model
    def _of(self, connection, kind, header_id=False):
        return self.search(
            [
                ("connection_id", "=", connection.id),
                ("kind", "=", kind),
                ("header_id", "=", header_id),
            ]
        )

    def _open(self):
        """The bytes, None where there are none. UserError when the master key is another one."""
        return super()._open() if self else None
