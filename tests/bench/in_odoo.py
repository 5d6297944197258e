# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Runs in Odoo's Python: works as lines of JSON on stdin say, and answers what each piece cost.

``python in_odoo.py CONF DATABASE``; see ``odoo_process.py`` for the other end.
"""

import gc
import json
import sys
import time
import tracemalloc
from contextlib import contextmanager

import in_odoo_reads
import in_odoo_writes

from odoo import api, sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

WORK = {
    name: function
    for module in (in_odoo_writes, in_odoo_reads)
    for name, function in vars(module).items()
    if getattr(function, "__module__", "") == module.__name__ and not name.startswith("_")
}


def main() -> None:
    """Answer until stdin ends."""
    conf, database = sys.argv[1:]
    config.parse_config(["-c", conf, "-d", database, "--no-http", "--log-level=error"])
    registry = Registry(database)
    for line in sys.stdin:
        asked = json.loads(line)
        registry.check_signaling()
        print(json.dumps(_measured(registry, **asked)), flush=True)


def _measured(registry, work, memory=False, **arguments) -> dict:
    """One piece of work in a transaction of its own, committed, and what it cost.

    ``statements``: [(seconds, SQL)]; ``bytes``: Python's peak, when ``memory``.
    """
    gc.collect()
    if memory:
        tracemalloc.start()
    with _recorded() as statements, registry.cursor() as cr:
        env = api.Environment(cr, 2, {})
        began, cpu = time.monotonic(), time.process_time()
        result = WORK[work](env, **arguments)
        env.flush_all()
        cr.commit()  # The writer waits for it, so it is part of what is measured.
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    answer = {"result": result, "seconds": seconds, "cpu": cpu, "statements": statements}
    if memory:
        answer["bytes"] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return answer


@contextmanager
def _recorded():
    """The statements of all cursors, while inside."""
    statements, execute = [], sql_db.Cursor.execute

    def timed(cursor, query, params=None, log_exceptions=True):
        began = time.monotonic()
        try:
            return execute(cursor, query, params, log_exceptions)
        finally:
            text = cursor._obj.query
            statements.append((time.monotonic() - began, (text or b"").decode()[:20_000]))

    sql_db.Cursor.execute = timed
    try:
        yield statements
    finally:
        sql_db.Cursor.execute = execute


if __name__ == "__main__":
    main()
