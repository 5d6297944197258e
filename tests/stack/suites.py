# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``make test``: every suite runs, whatever the one before it did, and one table at the end judges.

A suite fails when a test fails, when it ran no test, or when it could not run.
"""

import os
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from . import browser, control, odoo_suite, paths, processes, venvs
from .errors import StackError
from .result import Result
from .say import say
from .shell import child_env

#: Each suite and the parts it needs.
NEEDS = {
    "unit": (),
    "odoo": ("postgres", "keymanager", "spar"),
    "glue": ("postgres",),
    "e2e": tuple(control.PARTS),
    "browser": tuple(control.PARTS),
}

#: The suites that Odoo runs; pytest runs the others.
_IN_ODOO = {"odoo": odoo_suite.core, "glue": odoo_suite.glue}


def run_all(selection: str, words: list[str]) -> int:
    """Run suites and print the summary.

    :param selection: names separated by commas; "" means all.
    :param words: more arguments for pytest.
    :returns: 0 when all is well, else 1.
    """
    names = [name.strip() for name in selection.split(",") if name.strip()] or list(NEEDS)
    for name in names:
        if name not in NEEDS:
            cure = f"SUITES takes {', '.join(NEEDS)}, separated by commas."
            raise StackError(f"There is no test suite '{name}'.", cure)
    paths.make_folders()
    before = [name for name in control.PARTS if processes.running(name)]
    results = [_run(name, words) for name in names]
    started = [name for name in control.PARTS if processes.running(name) and name not in before]
    if started:
        say(f"Stopping what the tests started: {', '.join(started)}")
        control.down(started)
    _print_summary(results)
    return 0 if all(result.ok for result in results) else 1


def environment() -> dict[str, str]:
    """The environment of pytest: the tests' Python first, and where the stack is."""
    bin_folder = venvs.tests().parent
    return {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}",
        "VIRTUAL_ENV": str(bin_folder.parent),
        "SPAR_STACK_ENDPOINTS": str(paths.ENDPOINTS),
    }


def _run(name: str, words: list[str]) -> Result:
    say(f"=== {name}")
    began = time.monotonic()
    try:
        if NEEDS[name]:
            control.up(list(NEEDS[name]))
        if name in ("odoo", "browser"):
            browser.require()
        result = _IN_ODOO[name]() if name in _IN_ODOO else _pytest(name, words)
    except StackError as error:
        say(f"{name} could not run: {error.what}\n  What to do: {error.cure}")
        result = Result(name, note="could not run, see above")
    result.seconds = time.monotonic() - began
    return result


def _pytest(name: str, words: list[str]) -> Result:
    folder = paths.CHECKOUT / "tests" / name
    if not folder.is_dir():
        return Result(name, note=f"there is no folder tests/{name}")
    report = paths.STATE / "report" / f"{name}.xml"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    argv = ["python", "-m", "pytest", f"tests/{name}", f"--junitxml={report}", *words]
    env = child_env(environment())
    done = subprocess.run(argv, cwd=paths.CHECKOUT, env=env, check=False)
    return _read_report(name, report, done.returncode)


def _read_report(name: str, report: Path, returncode: int) -> Result:
    """Count what pytest did. Exit codes: 0 passed, 1 failed, 5 nothing collected, else broken."""
    result = Result(name)
    if report.exists():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            counts = {
                key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")
            }
            result.tests += counts["tests"] - counts["skipped"]
            result.failed += counts["failures"] + counts["errors"]
            result.skipped += counts["skipped"]
    if returncode not in (0, 1, 5):
        result.note = f"pytest ended with exit code {returncode}, see above"
    return result


def _print_summary(results: list[Result]) -> None:
    row = "{:<9} {:>6} {:>7} {:>8} {:>8}  {}"
    print("\n" + row.format("suite", "tests", "failed", "skipped", "seconds", "verdict"))
    for result in results:
        print(
            row.format(
                result.suite,
                result.tests,
                result.failed,
                result.skipped,
                f"{result.seconds:.0f}",
                result.verdict,
            )
        )
