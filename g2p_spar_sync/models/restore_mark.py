"""How far this database has come, kept outside of it: by that a restored backup is noticed.

The mark is the number of the newest event that was committed; every change of the ledger leaves
one. PostgreSQL never draws a number below it again, a kill -9 included, unless an older state of
the database was put in its place. The file lies in Odoo's data directory, of each host its own:
where that is lost, or restored together with the database, nothing is noticed, and
``data/registry_restored.sql`` has to say it.
"""

import json
import logging
import os

from odoo.tools import config

_logger = logging.getLogger(__name__)


def look(open_env):
    """Stop all connections when the database is behind its mark.

    :param open_env: context manager factory: an Environment with a cursor of its own
    """
    with open_env() as env:
        mark = _read(_path(env.cr))
        env.cr.execute("SELECT last_value FROM spar_event_id_seq")
        [at] = env.cr.fetchone()
        event = mark.get("event", 0)
        if at < event and mark["made"] == _made(env.cr):
            _logger.error("spar: this database was restored: it was at event %s before", event)
            env["spar.connection"].with_context(active_test=False).search([])._registry_restored(
                event
            )


def keep(open_env):
    """Write down how far it has come."""
    with open_env() as env:
        env.cr.execute("SELECT COALESCE(max(id), 0) FROM spar_event")
        [event] = env.cr.fetchone()
        mark = {"made": _made(env.cr), "event": event}
        path = _path(env.cr)
    if mark == _read(path):
        return
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        new = f"{path}.{os.getpid()}"
        with open(new, "w", encoding="ascii") as handle:
            json.dump(mark, handle)
        os.replace(new, path)
    except OSError as error:
        _logger.warning("spar: a restored database will not be noticed by itself: %s", error)


def _path(cr):
    return os.path.join(config["data_dir"], "spar", f"{cr.dbname}.mark")


def _read(path):
    try:
        with open(path, encoding="ascii") as handle:
            return json.load(handle)
    except (OSError, ValueError):
        # There is none yet, or half of one after a power cut. ``keep`` says when it cannot be made.
        return {}


def _made(cr):
    """When the addon was installed here: another database of this name is not this one."""
    cr.execute("SELECT min(create_date)::text FROM spar_vault")
    return cr.fetchone()[0]
