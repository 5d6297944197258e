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
            _grant(cr, view, role)


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


def _grant(cr, view, role):
    """Quoted by PostgreSQL: a role may be user@tenant, which Odoo's own quoting refuses."""
    cr.execute(
        "SELECT 'GRANT SELECT ON ' || quote_ident(%s) || ' TO ' "
        "|| COALESCE(quote_ident(%s), 'PUBLIC')",
        (view, role),
    )
    cr.execute(cr.fetchone()[0])
