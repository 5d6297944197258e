# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Copies of the registry's database, to do to them what one does not do to the original."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.stack import control, odoo_database, odoo_source, postgres


@contextmanager
def copy_of(original: str, name: str) -> Iterator[str]:
    """A copy, gone at the end. Nobody may be connected to the original."""
    keep(original, name)
    try:
        yield name
    finally:
        odoo_database.drop(odoo_source.find(), name)


@contextmanager
def copy_of_the_registry(world, name: str) -> Iterator[str]:
    """A copy of the running registry's database; Odoo is away while it is made."""
    control.down(["odoo"])
    try:
        with copy_of(world.endpoints["odoo_db"], name) as database:
            control.up(["odoo"])
            yield database
    finally:
        control.up(["odoo"])


def keep(original: str, name: str) -> None:
    """A backup, as of now. Nobody may be connected to the original."""
    postgres.sql(f"DROP DATABASE IF EXISTS {name}")
    postgres.sql(f"CREATE DATABASE {name} TEMPLATE {original} OWNER odoo")


def put_back(original: str, name: str) -> None:
    """The backup takes the place and the name of the original; Odoo's files stay as they are."""
    postgres.sql(f"DROP DATABASE {original} WITH (FORCE)")
    postgres.sql(f"ALTER DATABASE {name} RENAME TO {original}")
    # As in odoo_database.create: no number of a sequence may be drawn once more after a kill -9.
    postgres.sql("CHECKPOINT")
