# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The addon's own tests, run by Odoo in a fresh database of their own.

Odoo's exit code alone does not say enough: a test may log an error that nobody expected. Every line
of level ERROR or CRITICAL counts against the run; what a test expects never gets into the log
(``assertLogs`` and ``mute_logger`` keep it out).
"""

import re

from . import odoo_config, odoo_database, odoo_source, paths, ports, spar
from .errors import CommandFailed, StackError
from .lock import alone
from .result import Result
from .say import say, step
from .shell import run as run_program

_LOG = "odoo-tests"
_TOTAL = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
_BAD = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (?:ERROR|CRITICAL) ")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ [A-Z]+ ")
_SHOWN = 60


def run() -> Result:
    """Install the addon with its tests and count.

    :raises StackError: there is no addon, or no database could be made.
    """
    if not (paths.ADDON / "__manifest__.py").exists():
        raise StackError("g2p_spar_sync has no __manifest__.py.", "Restore it with 'git checkout'.")
    with alone():
        source = odoo_source.find()
        database = f"{odoo_config.database(source)}_test"
        odoo_database.create(source, database)
    http_port = ports.free_port()
    conf = odoo_config.write(
        source,
        "test",
        database=database,
        http_port=http_port,
        gevent_port=ports.free_port(taken={http_port}),
        workers=0,
        crons=0,
    )
    log = paths.LOGS / f"{_LOG}.log"
    log.unlink(missing_ok=True)
    arguments = ["-i", odoo_database.ADDON, "--test-enable", "--stop-after-init"]
    arguments += [f"--test-tags=/{odoo_database.ADDON}", *odoo_database.demo_options(source.series)]
    env = odoo_config.environment(source, http_port)
    env |= {"SPAR_URL": spar.url(), "SPAR_ENDPOINTS": str(paths.ENDPOINTS)}
    failed = None
    with step(f"Running g2p_spar_sync/tests in Odoo {source.series} (.stack/log/{_LOG}.log)"):
        try:
            run_program(
                odoo_config.command(source, conf, *arguments),
                "Odoo's tests",
                cure=f"See .stack/log/{_LOG}.log.",
                log=_LOG,
                env=env,
                cwd=paths.STATE,
                detail=_last_test,
            )
        except CommandFailed as error:
            failed = error  # told below, with the lines that matter
    result = _judge(log.read_text(errors="replace"), failed)
    if result.ok:
        odoo_database.drop(source, database)
    else:
        say(f"The tests' database {database} is kept until the next run")
    return result


def _judge(text: str, failed: CommandFailed | None) -> Result:
    result = Result("odoo")
    for match in _TOTAL.finditer(text):
        result.failed += int(match.group(1)) + int(match.group(2))
        result.tests += int(match.group(3))
    bad = bad_records(text)
    for record in bad[:_SHOWN]:
        print("\n".join(record.splitlines()[:40]))
    if len(bad) > _SHOWN:
        print(f"... and {len(bad) - _SHOWN} more in .stack/log/{_LOG}.log")
    if bad and not result.failed:
        result.note = f"{len(bad)} unexpected ERROR lines in the log, shown above"
    elif failed and not result.failed:
        result.note = f"Odoo ended with exit code {failed.returncode}"
    return result


def bad_records(text: str) -> list[str]:
    """The log records of level ERROR or CRITICAL, each with the lines that belong to it."""
    records: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        if _STAMP.match(line):
            inside = bool(_BAD.match(line))
            if inside:
                records.append([line])
        elif inside:
            records[-1].append(line)
    return ["\n".join(record) for record in records]


def _last_test() -> str:
    log = paths.LOGS / f"{_LOG}.log"
    found = re.findall(r": Starting (\w+\.\w+)", log.read_text(errors="replace"))
    return f"{len(found)} tests started, now {found[-1]}" if found else "loading modules"
