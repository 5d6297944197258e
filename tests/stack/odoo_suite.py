# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The addons' own tests, run by Odoo in a fresh database of their own.

The core's tests run in a plain Odoo; the glue's in the registry that ``ADDONS`` brings, or else
beside the stand-in in tests/addons.

Odoo's exit code alone does not say enough: a test may log an error that nobody expected. Every line
of level ERROR or CRITICAL counts against the run; what a test expects never gets into the log
(``assertLogs`` and ``mute_logger`` keep it out).
"""

import ast
import re
from pathlib import Path

from . import odoo_config, odoo_database, odoo_source, paths, ports, spar
from .errors import CommandFailed, StackError
from .lock import alone
from .result import Result
from .say import say, step
from .shell import run as run_program

_MANIFESTS = "*/__manifest__.py"
_TOTAL = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
_BAD = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (?:ERROR|CRITICAL) ")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ [A-Z]+ ")
_SHOWN = 60


def core() -> Result:
    """The tests of g2p_spar_sync."""
    return _run("odoo", [odoo_database.ADDON], [odoo_database.ADDON], [])


def glue() -> Result:
    """The tests of those addons in openg2p/ whose registry is there."""
    source = odoo_source.find()
    real = any((path / "g2p_registry_base").is_dir() for path in source.addons)
    extra = [] if real else [paths.CHECKOUT / "tests" / "addons"]
    places = [*source.addons, *extra]
    known = {path.parent.name for place in places for path in place.glob(_MANIFESTS)}
    ours = sorted(path.parent.name for path in paths.GLUE.glob(_MANIFESTS))
    depends = {name: _depends(name) for name in ours}
    meets = [name for name in ours if depends[name] - {odoo_database.ADDON} <= known]
    left_out = [name for name in ours if name not in meets]
    if left_out:
        say(f"Not tested here, for want of their registry: {', '.join(left_out)}")
    wanted = [odoo_database.ADDON, *sorted({d for name in meets for d in depends[name]}), *meets]
    return _run("glue", wanted, meets, extra)


def _depends(name: str) -> set[str]:
    return set(ast.literal_eval((paths.GLUE / name / "__manifest__.py").read_text())["depends"])


def _run(suite: str, wanted: list[str], tested: list[str], extra: list[Path]) -> Result:
    """Install ``wanted`` with the tests of ``tested`` and count.

    :param extra: more addons paths
    :raises StackError: there is no addon, or no database could be made.
    """
    if not (paths.ADDON / "__manifest__.py").exists():
        raise StackError("g2p_spar_sync has no __manifest__.py.", "Restore it with 'git checkout'.")
    with alone():
        source = odoo_source.find()
        database = f"{odoo_config.database(source)}_test_{suite}"
        odoo_database.create(source, database)
    http_port = ports.free_port()
    conf = odoo_config.write(
        source,
        f"test-{suite}",
        extra=extra,
        database=database,
        http_port=http_port,
        gevent_port=ports.free_port(taken={http_port}),
        workers=0,
        crons=0,
    )
    log = paths.LOGS / f"{suite}-tests.log"
    log.unlink(missing_ok=True)
    arguments = ["-i", ",".join(wanted), "--test-enable", "--stop-after-init"]
    arguments += [f"--test-tags={','.join(f'/{name}' for name in tested)}"]
    arguments += odoo_database.demo_options(source.series)
    env = odoo_config.environment(source, http_port)
    env |= {"SPAR_URL": spar.url(), "SPAR_ENDPOINTS": str(paths.ENDPOINTS)}
    failed = None
    with step(f"Running {', '.join(tested)} in Odoo {source.series} (.stack/log/{log.name})"):
        try:
            run_program(
                odoo_config.command(source, conf, *arguments),
                "Odoo's tests",
                cure=f"See .stack/log/{log.name}.",
                log=log.stem,
                env=env,
                cwd=paths.STATE,
                detail=lambda: _last_test(log),
            )
        except CommandFailed as error:
            failed = error  # told below, with the lines that matter
    result = _judge(suite, log, failed)
    if result.ok:
        odoo_database.drop(source, database)
    else:
        say(f"The tests' database {database} is kept until the next run")
    return result


def _judge(suite: str, log: Path, failed: CommandFailed | None) -> Result:
    text = log.read_text(errors="replace")
    result = Result(suite)
    for match in _TOTAL.finditer(text):
        result.failed += int(match.group(1)) + int(match.group(2))
        result.tests += int(match.group(3))
    bad = bad_records(text)
    for record in bad[:_SHOWN]:
        print("\n".join(record.splitlines()[:40]))
    if len(bad) > _SHOWN:
        print(f"... and {len(bad) - _SHOWN} more in .stack/log/{log.name}")
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


def _last_test(log: Path) -> str:
    found = re.findall(r": Starting (\w+\.\w+)", log.read_text(errors="replace"))
    return f"{len(found)} tests started, now {found[-1]}" if found else "loading modules"
