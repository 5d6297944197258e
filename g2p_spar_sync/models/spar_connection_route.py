import base64
import binascii

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..spar import (
    Route,
    RouteUnusable,
    SettingUnusable,
    check_base_url,
    check_pair,
    check_proxy,
    check_url,
    check_usable,
    origin,
    read_ca_bundle,
    read_client_certificate,
    read_client_key,
    validity,
)
from .spar_connection_client import MANAGER


class SparConnection(models.Model):
    """How requests get to SPAR: whom TLS trusts, what it shows, proxy and headers.

    The fields ``client_key``, ``client_key_password`` and ``proxy_password`` are stored nowhere:
    what is written to them lies sealed in ``spar.connection.secret``.
    """

    _inherit = "spar.connection"

    allow_http = fields.Boolean(
        string="Allow plain http",
        help="Everybody on the way can then read and alter payment addresses.",
    )
    ca_bundle = fields.Text(
        string="Certificate authorities",
        help="PEM. Only certificates by these are trusted, of SPAR and of a Keymanager that signs. "
        "Empty: those this machine trusts.",
    )
    ca_bundle_file = fields.Binary(
        string="Upload authorities",
        compute="_compute_ca_bundle_file",
        inverse="_inverse_ca_bundle_file",
        exportable=False,
    )
    client_certificate = fields.Text(
        groups=MANAGER, copy=False, help="PEM. What this registry shows when TLS asks who it is."
    )
    client_key = fields.Text(
        compute="_compute_typed",
        inverse="_inverse_client_key",
        exportable=False,
        groups=MANAGER,
        help="PEM. Kept sealed and never shown again. Empty: the key stays as it is.",
    )
    client_key_password = fields.Char(
        string="Password of the client key",
        compute="_compute_typed",
        inverse="_inverse_client_key",
        exportable=False,
        groups=MANAGER,
        help="Needed once, to open the key. It is not kept.",
    )
    client_certificate_until = fields.Datetime(
        string="Client certificate valid until", compute="_compute_client_certificate_until"
    )
    proxy_url = fields.Char(
        string="Proxy",
        groups=MANAGER,
        help="http://host:port. No proxy is ever taken from the environment.",
    )
    proxy_user = fields.Char(groups=MANAGER, copy=False)
    proxy_password = fields.Char(
        compute="_compute_typed",
        inverse="_inverse_proxy_password",
        exportable=False,
        groups=MANAGER,
        help="Kept sealed and never shown again. Type it anew when the proxy or its user changes.",
    )
    header_ids = fields.One2many(
        "spar.connection.header", "connection_id", string="Headers", groups=MANAGER
    )

    @api.depends("ca_bundle")
    def _compute_ca_bundle_file(self):
        self.ca_bundle_file = False

    def _inverse_ca_bundle_file(self):
        for connection in self.filtered("ca_bundle_file"):
            try:
                pem = base64.b64decode(connection.ca_bundle_file).decode("ascii")
            except (binascii.Error, UnicodeDecodeError) as error:
                raise ValidationError(self._setting_words(SettingUnusable("ca_not_pem"))) from error
            connection.ca_bundle = pem

    @api.depends("name")
    def _compute_typed(self):
        for connection in self:
            connection.client_key = False
            connection.client_key_password = False
            connection.proxy_password = False

    def _inverse_client_key(self):
        secrets = self.env["spar.connection.secret"].sudo()
        for connection in self.filtered("client_key"):
            key = self._in_words(
                read_client_key, connection.client_key, connection.client_key_password
            )
            secrets._put(connection, "client_key", key)
        self.invalidate_recordset(["client_key", "client_key_password"], flush=False)

    def _inverse_proxy_password(self):
        secrets = self.env["spar.connection.secret"].sudo()
        for connection in self.filtered("proxy_password"):
            secrets._put(connection, "proxy_password", connection.proxy_password.encode())
        self.invalidate_recordset(["proxy_password"], flush=False)

    @api.depends("client_certificate")
    def _compute_client_certificate_until(self):
        for connection in self.sudo():
            pem = connection.client_certificate
            until = False
            if pem:
                [certificate, *_others] = read_client_certificate(pem, None)
                until = validity(certificate)[1]
            connection.client_certificate_until = until

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        for connection, vals in zip(connections, vals_list, strict=True):
            connection._check_pair(vals)
        open_ones = connections.filtered("allow_http")
        self.env["spar.event"]._record_setting(open_ones, ["allow_http"])
        return connections

    def write(self, vals):
        before = {connection: connection._proxy() for connection in self}
        result = super().write(vals)
        for connection in self:
            connection._check_pair(vals)
            if connection._proxy() != before[connection] and not vals.get("proxy_password"):
                # It was given for another proxy, or another user of it.
                connection._secret("proxy_password").unlink()
            if {"base_url", "proxy_url"} & vals.keys():
                connection._check_headers_were_given_for_it()
        return result

    def _proxy(self):
        return self.sudo().proxy_url or False, self.sudo().proxy_user or False

    def _hearers(self):
        """Scheme, host and port of whoever can get to hear what a header says."""
        return {origin(url) for url in (self.base_url, self.sudo().proxy_url) if url}

    def _secret(self, kind):
        return self.env["spar.connection.secret"].sudo()._of(self, kind)

    def _check_pair(self, vals):
        """Certificate and key go together, whichever of them was written."""
        if not {"client_certificate", "client_key"} & vals.keys():
            return
        certificate, secret = self.sudo().client_certificate, self._secret("client_key")
        try:
            if not certificate and vals.get("client_key"):
                raise SettingUnusable("client_key_alone")
            if certificate and not secret:
                raise SettingUnusable("client_key_missing")
            if not certificate:
                secret.unlink()
                return
            key = secret._open()
            check_pair(read_client_certificate(certificate, None)[0], key)
            check_usable(certificate, key)
        except SettingUnusable as error:
            raise ValidationError(self._setting_words(error)) from error

    def _check_headers_were_given_for_it(self):
        """Whoever changes base URL or proxy must not get to see by it what others typed."""
        hearers = self._hearers()
        stale = (
            self.env["spar.connection.secret"]
            .sudo()
            .search([("connection_id", "=", self.id), ("kind", "=", "header")])
            .filtered(lambda secret: not hearers.issubset((secret.given_for or "").split()))
        )
        if stale:
            raise ValidationError(
                _(
                    "The base URL or the proxy names another host or port, and what a header says "
                    "to one host is told to no other: type its value again (%s), or remove it.",
                    ", ".join(stale.header_id.mapped("name")),
                )
            )

    @api.constrains("base_url", "allow_http")
    def _check_base_url(self):
        for connection in self:
            self._in_words(check_base_url, connection.base_url, allow_http=connection.allow_http)

    def _check_url(self, name):
        """ValidationError unless the field ``name`` holds a URL that addresses may travel to."""
        label = self._fields[name]._description_string(self.env)
        try:
            check_url(self[name], allow_http=self.allow_http)
        except SettingUnusable as error:
            words = self._setting_words(error)
            raise ValidationError(_("%(field)s: %(words)s", field=label, words=words)) from error

    @api.constrains("proxy_url", "proxy_user")
    def _check_proxy(self):
        for connection in self.sudo().filtered("proxy_url"):
            self._in_words(check_proxy, connection.proxy_url, connection.proxy_user)

    @api.constrains("ca_bundle", "client_certificate")
    def _check_certificates(self):
        now = fields.Datetime.now()
        for connection in self.sudo():
            if connection.ca_bundle:
                self._in_words(read_ca_bundle, connection.ca_bundle, now)
            if connection.client_certificate:
                self._in_words(read_client_certificate, connection.client_certificate, now)

    @api.model
    def _in_words(self, check, *args, **kwargs):
        """What ``check(...)`` returns; its refusal becomes one for the person who typed it."""
        try:
            return check(*args, **kwargs)
        except SettingUnusable as error:
            raise ValidationError(self._setting_words(error)) from error

    def _route(self):
        """The Route of this connection. RouteUnusable when a secret of it cannot be opened."""
        self.ensure_one()
        own = self.sudo()
        secrets = self.env["spar.connection.secret"].sudo()
        try:
            password = self._secret("proxy_password")._open()
            return Route(
                ca_bundle=own.ca_bundle or None,
                certificate=own.client_certificate or None,
                key=self._secret("client_key")._open(),
                proxy=own.proxy_url or None,
                proxy_user=own.proxy_user or None,
                proxy_password=password and password.decode(),
                headers={
                    header.name: secrets._of(self, "header", header.id)._open().decode()
                    for header in own.header_ids
                },
            )
        except UserError as error:
            raise RouteUnusable() from error
