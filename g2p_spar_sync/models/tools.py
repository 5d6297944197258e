"""What several models need from the database, and of the browser."""

from urllib.parse import urlencode

from odoo.tools import SQL


def unique_index(cr, table, name, columns, where=None):
    """Make a unique index, which Odoo 17 to 19 declare in three different ways.

    :param columns: what stands after the table, in parentheses, e.g. ``(upper(code))``
    :param where: condition of a partial index
    """
    index(cr, table, name, columns, where=where, unique=True)


def index(cr, table, name, columns, where=None, unique=False):
    """Make the index ``{table}_{name}`` where it is missing."""
    cr.execute(
        SQL(
            "CREATE %s IF NOT EXISTS %s ON %s %s %s",
            SQL("UNIQUE INDEX" if unique else "INDEX"),
            SQL.identifier(f"{table}_{name}_idx"),
            SQL.identifier(table),
            SQL(columns),
            SQL(f"WHERE {where}" if where else ""),
        )
    )


def download(record, field, filename):
    """The action by which a browser downloads the Binary ``field`` of ``record``."""
    query = urlencode({"download": "true", "filename": filename})
    return {
        "type": "ir.actions.act_url",
        "url": f"/web/content/{record._name}/{record.id}/{field}?{query}",
        "target": "self",
    }


def database_now(cr):
    """The database's clock, as a naive UTC datetime: every worker shares it."""
    cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
    return cr.fetchone()[0]


def database_marks(cr):
    """What tells this database from a copy of it, as a dict.

    ``uuid`` is Odoo's, ``name`` and ``oid`` are PostgreSQL's, ``cluster`` is that of the server:
    kept by streaming replication, new with every initdb. Empty where we may not ask for it.
    """
    # By SQL: the ORM's cache of parameters may be older than the database.
    cr.execute(
        "SELECT (SELECT value FROM ir_config_parameter WHERE key = 'database.uuid') AS uuid, "
        "current_database()::text AS name, oid::bigint AS oid, "
        "has_function_privilege('pg_control_system()', 'EXECUTE') AS may_ask "
        "FROM pg_database WHERE datname = current_database()"
    )
    [marks] = cr.dictfetchall()
    # Not None, which XML-RPC cannot carry.
    cluster = ""
    if marks.pop("may_ask"):
        # As text: it has 64 bits, more than a number in JSON holds everywhere.
        cr.execute("SELECT system_identifier::text FROM pg_control_system()")
        [[cluster]] = cr.fetchall()
    return {**marks, "cluster": cluster}
