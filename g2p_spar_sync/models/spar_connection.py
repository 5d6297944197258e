from ast import literal_eval

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..spar import WIRE_FORMATS, AddressError, StrategySet, check_spar_id

#: Seconds of a lease that are left for settling; no request is sent in them.
MARGIN = 10
NOBODY = "[(0, '=', 1)]"
WATCHED = {
    "watch_method": "payment_method",
    "watch_provider": "payment_provider",
    "watch_branch": "payment_branch",
    "watch_account": "payment_account",
}


class SparConnection(models.Model):
    """One SPAR mapper that this registry is a partner of."""

    _name = "spar.connection"
    _description = "SPAR connection"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    base_url = fields.Char(
        string="Base URL",
        required=True,
        help="Up to the part before /sync or /mapper, e.g. https://spar.example.org/api/spar",
    )
    wire_format = fields.Selection(
        selection=[
            ("g2p-connect", "G2P Connect, signed (SPAR 1.1)"),
            ("g2p-connect-1.0", "G2P Connect, unsigned (SPAR 1.0)"),
            ("request-body", "Request body, signed (SPAR 2.x)"),
        ],
        required=True,
        default="g2p-connect",
    )
    sender_id = fields.Char(
        string="Sender id",
        required=True,
        help="The name this registry is registered by as a partner of SPAR.",
    )
    receiver_id = fields.Char(string="Receiver id", required=True, default="spar")
    registrant_domain = fields.Char(
        string="Registrants",
        required=True,
        default=NOBODY,
        help="Which contacts are registrants. The default is nobody.",
    )
    id_prefix = fields.Char(
        string="Id prefix",
        help="Stands before the id, as G2P Connect pays it. Another one is everybody's new id.",
    )
    id_suffix = fields.Char(
        string="Id suffix",
        help="Stands after the id, as G2P Connect pays it. Another one is everybody's new id.",
    )
    country_id = fields.Many2one(
        "res.country", string="Country of phone numbers", help="For numbers without a leading +."
    )
    bank_strategy_id = fields.Many2one(
        "spar.strategy",
        required=True,
        domain=[("method", "=", "bank_account")],
        default=lambda self: self._default_strategy(2),
    )
    mobile_strategy_id = fields.Many2one(
        "spar.strategy",
        required=True,
        domain=[("method", "=", "mobile_wallet")],
        default=lambda self: self._default_strategy(4),
    )
    email_strategy_id = fields.Many2one(
        "spar.strategy",
        required=True,
        domain=[("method", "=", "email_wallet")],
        default=lambda self: self._default_strategy(3),
    )
    watch_method = fields.Char(string="Field of the kind")
    watch_provider = fields.Char(string="Field of the provider's code")
    watch_branch = fields.Char(string="Field of the branch code")
    watch_account = fields.Char(string="Field of the account, phone or email")
    watch_default_method = fields.Selection(
        [
            ("bank_account", "Bank account"),
            ("mobile_wallet", "Mobile wallet"),
            ("email_wallet", "Email wallet"),
        ],
        string="Kind where no field says it",
    )
    batch_size = fields.Integer(default=100, required=True, help="Items in one call to SPAR.")
    lease_seconds = fields.Integer(
        default=60,
        required=True,
        help="How long a worker may keep a batch. A killed worker's batch is taken over after it.",
    )
    in_flight_seconds = fields.Integer(
        default=60,
        required=True,
        help="The longest time a request can be on its way to SPAR after we gave it up.",
    )
    connect_seconds = fields.Integer(default=5, required=True, string="Connect timeout (s)")
    read_seconds = fields.Integer(
        default=10, required=True, string="Answer timeout (s)", help="Plus a share for each item."
    )
    key_ids = fields.One2many("spar.key", "connection_id", string="Signing keys")
    state = fields.Selection(
        [
            ("running", "Running"),
            ("waiting", "Waiting for SPAR"),
            ("paused", "Paused"),
        ],
        default="running",
        required=True,
        readonly=True,
        copy=False,
    )
    paused_since = fields.Datetime(readonly=True, copy=False)
    paused_reason = fields.Char(readonly=True, copy=False)
    probe_at = fields.Datetime(readonly=True, copy=False)
    probes = fields.Integer(readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()  # Which fields are watched is cached.
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_servers_own(vals)
        self.env.registry.clear_cache()
        self.env["spar.event"]._record_setting(self, vals)
        if vals.get("active") is False:
            self._refuse_while_open()
        return super().write(vals)

    def _refuse_servers_own(self, names):
        """What forms show readonly is written by the buttons, which ask what has to be asked."""
        own = [name for name in names if name in self._fields and self._fields[name].readonly]
        if own and not self.env.su:
            raise AccessError(
                _(
                    "%s cannot be written. Use the connection's buttons: Pause, Resume, This "
                    "database is the one.",
                    ", ".join(sorted(own)),
                )
            )

    def _refuse_while_open(self):
        waiting = (
            self.env["spar.submission"]
            .sudo()
            .search_count(
                [("connection_id", "in", self.ids), ("state", "in", ("pending", "sending"))],
                limit=1,
            )
        )
        if waiting:
            raise ValidationError(
                _("Submissions wait to be sent over this connection: pause it instead.")
            )

    @api.model
    def _default_strategy(self, strategy_id):
        return self.env["spar.strategy"].search([("strategy_id", "=", strategy_id)], limit=1)

    @api.constrains("registrant_domain")
    def _check_registrant_domain(self):
        for connection in self:
            try:
                self.env["res.partner"].sudo().search_count(
                    connection._registrant_domain(), limit=1
                )
            except (ValueError, SyntaxError, TypeError, KeyError) as error:
                raise ValidationError(
                    _("The domain of registrants is no domain on contacts.")
                ) from error

    @api.constrains(*WATCHED)
    def _check_watched(self):
        partner_fields = self.env["res.partner"]._fields
        for connection in self:
            for name in filter(None, (connection[key] for key in WATCHED)):
                field = partner_fields.get(name)
                if (
                    field is None
                    or not field.store
                    or field.type not in ("char", "selection", "text")
                ):
                    raise ValidationError(
                        _("%s is no stored text field of contacts and cannot be watched.", name)
                    )

    @api.constrains("id_prefix", "id_suffix")
    def _check_affixes(self):
        for connection in self:
            try:
                check_spar_id(connection._affixed("0"))
            except AddressError as error:
                raise ValidationError(
                    _("Prefix and suffix take letters, digits and - _ . : @ / + only.")
                ) from error

    @api.constrains(
        "batch_size", "lease_seconds", "in_flight_seconds", "connect_seconds", "read_seconds"
    )
    def _check_numbers(self):
        for connection in self:
            if not 1 <= connection.batch_size <= 1000:
                raise ValidationError(_("A batch holds 1 to 1000 items."))
            if min(connection.connect_seconds, connection.read_seconds) < 1:
                raise ValidationError(_("A timeout is one second at least."))
            if connection.in_flight_seconds < 1:
                raise ValidationError(_("The time in flight is one second at least."))
            # A batch is a resolve and a write at the least.
            needed = connection.connect_seconds + 2 * connection.read_seconds + MARGIN
            if connection.lease_seconds < needed:
                raise ValidationError(
                    _("With these timeouts the lease must be %s seconds at the least.", needed)
                )
            most, limit = self.env["spar.dispatcher"]._longest_lease()
            if connection.lease_seconds > most:
                raise ValidationError(
                    _(
                        "Odoo kills a worker after %(limit)s seconds (limit_time_real), maybe in "
                        "the middle of a batch: the lease may be %(most)s seconds at the most. "
                        "Lower it, or raise limit_time_real in odoo.conf.",
                        limit=limit,
                        most=most,
                    )
                )

    def _registrant_domain(self):
        self.ensure_one()
        domain = list(literal_eval(self.registrant_domain))
        if self.company_id:
            domain = [("company_id", "in", [False, self.company_id.id]), *domain]
        return domain

    def _registrant_fields(self):
        """Names of the stored fields of contacts that tell who is a registrant."""
        fields_of = self.env["res.partner"]._fields
        leaves = [leaf[0] for leaf in self._registrant_domain() if isinstance(leaf, (list, tuple))]
        names = {leaf.split(".")[0] for leaf in leaves if isinstance(leaf, str)}
        return [name for name in names if name in fields_of and fields_of[name].store]

    def _affixed(self, registry_id):
        """The SPAR id: G2P Connect pays to prefix, the registry's id, suffix."""
        self.ensure_one()
        return f"{self.id_prefix or ''}{registry_id}{self.id_suffix or ''}"

    def _without_affixes(self, spar_ids):
        """{the registry's id: SPAR id} of those of ``spar_ids`` that have the affixes of now."""
        self.ensure_one()
        prefix, suffix = self.id_prefix or "", self.id_suffix or ""
        least = len(prefix) + len(suffix)
        return {
            spar_id[len(prefix) : len(spar_id) - len(suffix)]: spar_id
            for spar_id in spar_ids
            if spar_id.startswith(prefix) and spar_id.endswith(suffix) and len(spar_id) > least
        }

    def _watched_fields(self):
        """{field of res.partner: virtual payment field} of this connection."""
        self.ensure_one()
        return {self[key]: target for key, target in WATCHED.items() if self[key]}

    def _watched_payment(self, partner):
        """The payment parts that ``partner`` has in watched fields; empty where it has none."""
        watched = self._watched_fields()
        parts = {target: partner[name] for name, target in watched.items() if partner[name]}
        if parts and self.watch_default_method:
            parts.setdefault("payment_method", self.watch_default_method)
        return parts

    def _wire(self):
        """The protocol core's wire format, with what is sent by and everything that is read."""
        self.ensure_one()
        chosen = self.bank_strategy_id | self.mobile_strategy_id | self.email_strategy_id
        others = self.env["spar.strategy"].sudo().search([]) - chosen
        strategies = StrategySet([s._spar_strategy() for s in [*chosen, *others]])
        return WIRE_FORMATS[self.wire_format].using(strategies)

    def _strategies(self):
        """The StrategySet of this connection, as its wire format carries them."""
        return self._wire().strategies

    def _is_signed(self):
        return WIRE_FORMATS[self.wire_format].signed
