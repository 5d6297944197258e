# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What ``make`` calls besides up and down: demo, test, bench, lint, run; all return exit codes."""

import os
import subprocess

from . import control, paths, suites, venvs
from . import lint as linters
from .shell import child_env


def demo(words: list[str]) -> int:
    """Bring everything up and run the showcase; the stack stays up."""
    control.up([])
    return run(["python", "-m", "tests.showcase", *words])


def bench(words: list[str]) -> int:
    """Measure, on databases of its own; see ``tests/bench/__main__.py``."""
    return run(["env", f"PYTHONPATH={paths.ADDON}", "python", "-m", "tests.bench", *words])


def test(words: list[str]) -> int:
    """Run the suites that ``SUITES`` names (all of them by default); words go to pytest."""
    return suites.run_all(os.environ.get("SUITES", ""), words)


def lint(words: list[str]) -> int:
    """Run the checks of the pre-commit hooks; words choose among them."""
    return linters.run_all(words)


def run(words: list[str]) -> int:
    """Run a program of the tests' virtual environment in the checkout."""
    paths.make_folders()
    venvs.tests()
    words = words[1:] if words[:1] == ["--"] else words
    done = subprocess.run(
        words or ["python"], cwd=paths.CHECKOUT, env=child_env(tests_env()), check=False
    )
    return done.returncode


def tests_env() -> dict[str, str]:
    """The environment in which tests run: their Python first, and where the stack is."""
    return suites.environment()
