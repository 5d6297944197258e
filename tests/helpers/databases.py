# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The two databases, read by SQL: SPAR's own table and its audit trail, and Odoo's ledger."""

from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg2

#: What SPAR's table saw, in the words of SPAR's API.
OPERATIONS = {"INSERT": "link", "UPDATE": "update", "DELETE": "unlink"}


@dataclass(frozen=True)
class Change:
    """One change of SPAR's own table, as its database saw it."""

    seq: int
    at: datetime
    operation: str
    spar_id: str
    old: str | None
    new: str | None


class Database:
    """One role's view of one database; every statement is a transaction on a fresh connection.

    Fresh, so that a restart of PostgreSQL between two statements does not matter.
    """

    def __init__(self, dsn: str):
        self.dsn = dsn

    @contextmanager
    def cursor(self):
        """A cursor whose transaction is committed at the end."""
        connection = psycopg2.connect(self.dsn, connect_timeout=10)
        try:
            with connection, connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def rows(self, statement: str, *parameters: Any) -> list[tuple]:
        """The rows of a query."""
        with self.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()

    def value(self, statement: str, *parameters: Any) -> Any:
        """The first column of the first row, None where there is no row."""
        rows = self.rows(statement, *parameters)
        return rows[0][0] if rows else None

    def run(self, statement: str, *parameters: Any) -> None:
        """Run a statement that returns nothing."""
        with self.cursor() as cursor:
            cursor.execute(statement, parameters)

    def now(self) -> datetime:
        """The cluster's clock, the same for every database in it."""
        return self.value("SELECT clock_timestamp()")


class SparTable(Database):
    """SPAR's database."""

    def mapping(self, spar_ids: Iterable[str]) -> dict[str, str]:
        """{SPAR id: its string now}; an id that is not linked is missing."""
        return dict(
            self.rows(
                "SELECT id_value, fa_value FROM id_fa_mappings WHERE id_value = ANY(%s)",
                list(spar_ids),
            )
        )

    def audit(self, spar_ids: Iterable[str], after: int = 0) -> list[Change]:
        """All changes of these ids, oldest first."""
        rows = self.rows(
            "SELECT seq, at, op, id_value, fa_old, fa_new FROM id_fa_audit "
            "WHERE id_value = ANY(%s) AND seq > %s ORDER BY seq",
            list(spar_ids),
            after,
        )
        return [Change(seq, at, OPERATIONS[op], *rest) for seq, at, op, *rest in rows]
