from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..spar import WrongDatabase
from .tools import database_marks

COPIED = "database_copied"
#: Why a copy is paused; a manager's word for the database lifts these and no other pause.
PAUSES = (COPIED, "neutralized")


class SparConnection(models.Model):
    """The database a connection was set up in: no copy of it calls the SPAR of the original.

    Asked where a client is made, so before every request whatever it is for.
    """

    _inherit = "spar.connection"

    # A connection duplicated in a copy is as much a copy: it takes these along.
    home_database = fields.Json(
        string="Set up in",
        readonly=True,
        groups="g2p_spar_sync.group_spar_manager",
        help="The marks of the database it was set up in, or last confirmed for.",
    )
    database_copied = fields.Boolean(
        string="In another database", compute="_compute_database_copied"
    )
    copied_explanation = fields.Char(compute="_compute_database_copied")

    def init(self):
        """Connections from before there were marks belong to the database that is upgraded."""
        result = super().init()
        marks = fields.Json().convert_to_column(database_marks(self.env.cr), self)
        self.env.cr.execute(
            "UPDATE spar_connection SET home_database = %s WHERE home_database IS NULL", (marks,)
        )
        return result

    @api.model_create_multi
    def create(self, vals_list):
        here = database_marks(self.env.cr)
        return super().create(
            [{**vals, "home_database": vals.get("home_database") or here} for vals in vals_list]
        )

    @api.depends("home_database")
    def _compute_database_copied(self):
        for connection in self:
            differs = connection._origin._differing_marks()
            connection.database_copied = bool(differs)
            connection.copied_explanation = self._copied_text(differs) if differs else False

    def _differing_marks(self):
        """Names of the marks by which this database is another one; none when it is the one."""
        if not self:
            return []
        home = self.sudo().home_database or {}
        here = database_marks(self.env.cr)
        return [name for name, value in here.items() if (home.get(name) or "") != value]

    def _client(self):
        """WrongDatabase, and a pause, in a copy of the database."""
        self.ensure_one()
        differs = self._differing_marks()
        if differs:
            self._pause_copied(differs)
            raise WrongDatabase()
        return super()._client()

    def _pause_copied(self, differs):
        connection = self.sudo()
        if connection.state == "paused" and connection.paused_reason in PAUSES:
            return
        connection._halt(COPIED)
        connection.flush_recordset()
        self.env["spar.event"]._record_setting(connection, [f"{COPIED} ({', '.join(differs)})"])

    def action_resume(self):
        for connection in self._as_manager():
            differs = connection._differing_marks()
            if differs:
                raise UserError(self._copied_text(differs))
        return super().action_resume()

    def action_confirm_database(self):
        """A manager says that this database is the one. What was paused for it goes on."""
        connections = self._as_manager()
        connections.write({"home_database": database_marks(self.env.cr)})
        connections.filtered(
            lambda connection: connection.state == "paused" and connection.paused_reason in PAUSES
        ).with_env(self.env).action_resume()
        return True

    def _copied_text(self, differs):
        words = {
            "uuid": _("Odoo's uuid of the database"),
            "name": _("its name"),
            "oid": _("PostgreSQL's number of it"),
            "cluster": _("the PostgreSQL server"),
        }
        return _(
            "This is not the database that the connection was set up in: %s differ. A copy must "
            "not call the SPAR of the original, so nothing is sent or asked. Is it the original, "
            "renamed, moved or restored, and no other one is at work? Then choose This database "
            "is the one. In a copy, first set up a SPAR of its own.",
            ", ".join(words[name] for name in differs),
        )

    def _trouble(self, error):
        if error.code == COPIED:
            return self._copied_text(self._differing_marks())
        return super()._trouble(error)

    def _compute_pause_explanation(self):
        copied = self.filtered(
            lambda connection: connection.state == "paused" and connection.paused_reason in PAUSES
        )
        for connection in copied:
            connection.pause_explanation = (
                _("This is a neutralized copy of a database.")
                if connection.paused_reason == "neutralized"
                else _("It was paused in a database that it was not set up in.")
            )
        return super(SparConnection, self - copied)._compute_pause_explanation()
