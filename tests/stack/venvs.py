# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Virtual environments under ``.stack/venv``, filled from requirements files by pip."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from . import debian, paths
from .errors import CommandFailed, StackError
from .lock import alone
from .say import step
from .shell import run

_PIP_CURE = (
    "Check that 'pip download' of that package works here (network, proxy, package index), "
    "then run the command again; it goes on where it stopped."
)


def ensure(name: str, *requirements: Path, no_deps: Path | None = None) -> Path:
    """A virtual environment with everything in the files installed.

    :param requirements: requirements files, installed together.
    :param no_deps: a file of packages installed last and without what they require.
    :returns: its Python. Costs nothing when neither the files nor Python changed.
    """
    folder = paths.VENVS / name
    python = folder / "bin" / "python"
    stamp = folder / "stamp"
    wanted = _fingerprint([*requirements, *([no_deps] if no_deps else [])])
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    with alone(), step(f"Installing Python libraries for {name}"):
        stamp.unlink(missing_ok=True)
        if not python.exists():
            _create(folder)
        files = [word for file in requirements for word in ("-r", str(file))]
        pip_install(python, name, files)
        if no_deps:
            pip_install(python, name, ["--no-deps", "-r", str(no_deps)])
        stamp.write_text(wanted)
    return python


def spar() -> Path:
    """The Python of SPAR's environment, which the Keymanager stand-in shares."""
    requirements = paths.REQUIREMENTS / "spar.txt"
    return ensure("spar", requirements, no_deps=paths.REQUIREMENTS / "spar-no-deps.txt")


def tests() -> Path:
    """The Python that runs pytest; the addon's own libraries are in it, Odoo is not."""
    return ensure("tests", paths.REQUIREMENTS / "tests.txt", paths.CHECKOUT / "requirements.txt")


def lint() -> Path:
    """The Python of the linters."""
    return ensure("lint", paths.REQUIREMENTS / "lint.txt")


def pip_install(python: Path, name: str, arguments: list[str]) -> None:
    """Call ``pip install`` of a Python, its output in ``.stack/log/pip-<name>.log``."""
    log = f"pip-{name}"
    path = paths.LOGS / f"{log}.log"
    start = path.stat().st_size if path.exists() else 0

    def progress() -> str:
        with path.open("rb") as handle:
            handle.seek(start)
            return f"{handle.read().count(b'Collecting ')} packages"

    argv = [python, "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    run(argv, f"pip install for {name}", cure=_PIP_CURE, log=log, detail=progress)


def _create(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)  # its Python is gone: half a venv helps nobody
    argv = [sys.executable, "-m", "venv", folder]
    cure = "Install Debian's python3-venv (apt-get install python3-venv) and run the command again."
    try:
        run(argv, "Creating a virtual environment", cure=cure, log="venv")
    except CommandFailed as error:
        if "ensurepip" not in error.tail:
            raise
        debian.install(["python3-venv"], "Python's venv module")
        shutil.rmtree(folder, ignore_errors=True)
        run(argv, "Creating a virtual environment", cure=cure, log="venv")


def _fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        if not file.exists():
            raise StackError(
                f"{os.path.relpath(file, paths.CHECKOUT)} is missing from this checkout.",
                "Restore it with 'git checkout'.",
            )
        digest.update(file.read_bytes())
    return digest.hexdigest()
