import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..spar import Policy
from .channel_marks import BACKEND, CONTEXT_KEY, IMPORT, UNKNOWN, marked
from .tools import unique_index

CHANNELS = [
    ("backend", "Department (backend)"),
    ("odk", "ODK import"),
    ("portal", "Registration portal"),
    ("api", "REST API"),
    ("selfservice", "Self-service"),
    ("import", "File import"),
    ("reconcile", "Reconciliation"),
    ("unknown", "Unknown"),
]

#: The columns an outside program may fill in; everything else is the registry's.
OUTSIDE_COLUMNS = (
    "partner_id",
    "operation",
    "payment_method",
    "payment_provider",
    "payment_branch",
    "payment_account",
    "origin_ref",
    "collected_at",
    "actor",
)


class SparChannel(models.Model):
    """A way in, and what may go by itself that comes in by it."""

    _name = "spar.channel"
    _description = "SPAR channel"
    _order = "id"

    code = fields.Selection(CHANNELS, required=True, readonly=True)
    name = fields.Char(required=True, translate=True)
    first_link = fields.Selection(
        [("send", "Send"), ("hold", "Hold for an officer")],
        string="A first address",
        required=True,
        default="hold",
        help="The registrant has no payment address in SPAR yet.",
    )
    change = fields.Selection(
        [("send", "Send"), ("hold", "Hold for an officer")],
        string="A change",
        required=True,
        default="hold",
        help="SPAR holds the address that this registry sent last, and a new one comes in.",
    )
    on_conflict = fields.Selection(
        [("hold", "Hold for an officer"), ("overwrite", "Overwrite")],
        string="On conflict",
        required=True,
        default="hold",
        help="SPAR holds something other than what this registry sent last. An address that this "
        "registry never sent is held whatever is chosen here.",
    )
    second_person = fields.Boolean(
        string="Second person",
        default=True,
        help="Whoever submitted a row does not release it.",
    )
    db_role = fields.Char(
        string="Database role",
        copy=False,
        help="A PostgreSQL role that may insert into the ledger by this channel. The database "
        "administrator creates it; naming it here grants it what it needs, and no more.",
    )

    def init(self):
        cr = self.env.cr
        unique_index(cr, self._table, "code", "(code)")
        unique_index(cr, self._table, "db_role", "(db_role)", where="db_role IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        channels.filtered("db_role")._grant()
        return channels

    def write(self, vals):
        self.env["spar.event"]._record_setting(self, vals)
        if "db_role" not in vals:
            return super().write(vals)
        for channel in self.filtered("db_role"):
            channel._revoke()
        result = super().write(vals)
        self.filtered("db_role")._grant()
        return result

    @api.constrains("db_role")
    def _check_db_role(self):
        for channel in self.filtered("db_role"):
            if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", channel.db_role):
                raise ValidationError(
                    _("A database role here is lower-case letters, digits and underscores.")
                )
            self.env.cr.execute(
                "SELECT rolsuper, rolname = session_user FROM pg_roles WHERE rolname = %s",
                (channel.db_role,),
            )
            row = self.env.cr.fetchone()
            if not row:
                raise ValidationError(
                    _(
                        "There is no database role %(role)s. Ask the database administrator to "
                        "run: CREATE ROLE %(role)s LOGIN PASSWORD '...'; "
                        "ALTER ROLE %(role)s SET log_min_error_statement = 'panic';",
                        role=channel.db_role,
                    )
                )
            if any(row):
                raise ValidationError(
                    _(
                        "The role %s is Odoo's own or a superuser: an outside program needs a role "
                        "of its own.",
                        channel.db_role,
                    )
                )

    def _grant(self):
        """Give each channel's role the INSERT contract and nothing else."""
        columns = SQL(", ").join(map(SQL.identifier, OUTSIDE_COLUMNS))
        for channel in self:
            role = SQL.identifier(channel.db_role)
            self.env.cr.execute(SQL("GRANT INSERT (%s) ON spar_submission TO %s", columns, role))
            self.env.cr.execute(SQL("GRANT SELECT (id) ON spar_submission TO %s", role))
            self.env.cr.execute(SQL("GRANT USAGE ON SEQUENCE spar_submission_id_seq TO %s", role))

    def _revoke(self):
        """Take back what ``_grant`` gave, where the role still exists."""
        for channel in self:
            self.env.cr.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (channel.db_role,))
            if self.env.cr.fetchone():
                role = SQL.identifier(channel.db_role)
                self.env.cr.execute(SQL("REVOKE ALL ON spar_submission FROM %s", role))
                self.env.cr.execute(
                    SQL("REVOKE ALL ON SEQUENCE spar_submission_id_seq FROM %s", role)
                )

    @api.model
    def _spar_current(self):
        """The channel of whoever writes now: a mark set on the server, else judged by the user.

        ``env.su`` proves nothing: OpenG2P's REST API, portal and importer all run under sudo.
        """
        mark = marked(self.env.context)
        if mark is not None:
            return mark
        is_officer = self.env.user.has_group("g2p_spar_sync.group_spar_officer")
        return BACKEND if is_officer else UNKNOWN

    @api.model
    def _of_a_file(self):
        """The context of a file import: an officer's is a channel of its own, for mass changes;
        anybody else's stays unmarked."""
        return {CONTEXT_KEY: IMPORT} if self._spar_current() is BACKEND else {}

    @api.model
    def _spar_by_code(self):
        """{code: channel}"""
        return {channel.code: channel for channel in self.sudo().search([])}

    @api.model
    def _held_at_once(self):
        """Codes of channels whose rows are held before SPAR is asked: nobody vouches for them."""
        unknown = self._spar_by_code()["unknown"]
        return {"unknown"} if {unknown.first_link, unknown.change} == {"hold"} else set()

    def _spar_policy(self):
        """This channel's policy, as the planner knows it."""
        self.ensure_one()
        return Policy(first_link=self.first_link, change=self.change, on_conflict=self.on_conflict)
