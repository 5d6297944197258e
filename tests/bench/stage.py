# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where the benchmark runs: databases of its own in the stack's PostgreSQL, served by its Odoo.

The stack's own database is not touched, and what SPAR holds for others stays.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.world import World, open_world
from tests.stack import (
    control,
    endpoints,
    odoo,
    odoo_config,
    odoo_database,
    odoo_source,
    postgres,
    processes,
)
from tests.stack.say import say, step

ADDONS = Path(__file__).resolve().parent / "addons"
JOB = "spar_bench_job"
#: What the SPAR ids of every run begin with.
MARK = "BENCH-"


@contextmanager
def stage(*, keep: bool) -> Iterator[World]:
    """The stack with Odoo on the benchmark's database; afterwards as it was before."""
    source = odoo_source.find()
    was_up = processes.running(odoo.NAME) is not None
    control.up(["postgres", "keymanager", "spar"])
    control.down(["odoo"])
    name = database()
    try:
        if not (keep and odoo_database.exists(source, name)):
            with step("Making the benchmark's databases"):
                odoo_database.create(source, name)
                odoo_database.install(source, name, new=[odoo_database.ADDON, JOB], extra=[ADDONS])
                odoo_database.create(source, plain())
        else:
            odoo_database.install(source, name, old=[odoo_database.ADDON, JOB], extra=[ADDONS])
        odoo.serve(source, name, {"database": name}, extra=[ADDONS])
        endpoints.write()
        yield open_world()
    finally:
        say("Taking the benchmark's databases away")
        control.down(["odoo"])
        _forget()
        if not keep:
            odoo_database.drop(source, name)
            odoo_database.drop(source, plain())
        if was_up:
            control.up(["odoo"])


def database() -> str:
    """The database with the addon."""
    return f"{odoo_config.database(odoo_source.find())}_bench"


def plain() -> str:
    """The database without the addon: contacts and queue_job only."""
    return f"{database()}_plain"


def _forget() -> None:
    """SPAR forgets what the benchmark linked."""
    for table in ("id_fa_mappings", "id_fa_audit"):
        postgres.sql(f"DELETE FROM {table} WHERE id_value LIKE '{MARK}%'", "spar", "spar")
        postgres.sql(f"VACUUM ANALYZE {table}", "spar", "spar")
