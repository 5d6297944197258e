"""What several models need from the database."""

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


def database_now(cr):
    """The database's clock, as a naive UTC datetime: every worker shares it."""
    cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
    return cr.fetchone()[0]
