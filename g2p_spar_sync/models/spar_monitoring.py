from odoo import models
from odoo.tools import SQL, file_open

from .tools import index

VIEWS = ("spar_monitoring", "spar_monitoring_totals")


class SparMonitoring(models.AbstractModel):
    """The views that monitoring reads by a database role of its own: docs/monitoring.md."""

    _name = "spar.monitoring"
    _description = "SPAR monitoring"

    def init(self):
        """Make the views anew, as their columns may change; whoever could read them still can."""
        cr = self.env.cr
        index(
            cr,
            "spar_submission",
            "waits",
            "(connection_id, state, waits_for_id)",
            where="state IN ('held', 'conflict', 'rejected')",
        )
        readers = _readers(cr)
        remove(cr)
        with file_open("g2p_spar_sync/models/monitoring.sql") as handle:
            cr.execute(handle.read())
        for view, role in readers:
            grant = SQL("GRANT SELECT ON %s TO %s", SQL.identifier(view), _quoted(cr, role))
            cr.execute(grant)


def remove(cr):
    """Take the views out, and with them what was granted on them."""
    for view in VIEWS:
        cr.execute(SQL("DROP VIEW IF EXISTS %s", SQL.identifier(view)))


def _readers(cr):
    """[(view, role, None for everybody)] of what was granted to others than the owner."""
    cr.execute(
        "SELECT c.relname, r.rolname FROM pg_class c "
        "CROSS JOIN LATERAL aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee "
        "WHERE c.oid IN (SELECT to_regclass(v) FROM unnest(%s) v) "
        "AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner",
        (list(VIEWS),),
    )
    return cr.fetchall()


def _quoted(cr, role):
    """A role's name as SQL. It may be user@tenant, which Odoo's own quoting refuses."""
    if role is None:
        return SQL("PUBLIC")
    cr.execute("SELECT quote_ident(%s)", (role,))
    return SQL(cr.fetchone()[0].replace("%", "%%"))
