# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which Odoo runs: Debian's Odoo 19, unpacked, or the one that ``ODOO=`` names.

========== =====================================================================================
ODOO        a folder in which the package ``odoo/`` lies: a checkout of 17.0, 18.0 or 19.0
ODOO_PYTHON a Python that has that Odoo's libraries; without it a venv is made
ADDONS      more addons paths, separated by comma or colon
========== =====================================================================================
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from . import odoo_debian, paths, venvs
from .errors import StackError
from .say import step
from .shell import capture

SERIES = ("17.0", "18.0", "19.0")


@dataclass(frozen=True, kw_only=True)
class Source:
    """An Odoo that can be run."""

    #: Names its venv, folder and database: ``"19.0-debian"`` or the series of an own one.
    key: str
    #: ``"17.0"``, ``"18.0"`` or ``"19.0"``.
    series: str
    #: The folder in which the package ``odoo`` lies.
    root: Path
    #: The Python that has its libraries.
    python: Path
    #: Addons paths, Odoo's own first; queue_job's among them, this checkout's not.
    addons: tuple[Path, ...]


def find() -> Source:
    """The Odoo to run, made ready: unpacked, with its libraries and queue_job."""
    named = os.environ.get("ODOO")
    root = _named_root(named) if named else odoo_debian.root()
    series = _series(root)
    key = series if named else f"{series}-debian"
    python = _python(root, key, own=bool(named))
    extra = [
        Path(item).resolve() for item in re.split("[,:]", os.environ.get("ADDONS", "")) if item
    ]
    for path in extra:
        if not path.is_dir():
            raise StackError(f"ADDONS names {path}, which is no folder.", "Correct ADDONS.")
    places = [root / "odoo" / "addons", root / "addons", *extra]
    addons = [path for path in places if path.is_dir()]
    if not any((path / "queue_job").is_dir() for path in addons):
        addons.append(_queue_job(series))
    return Source(key=key, series=series, root=root, python=python, addons=tuple(addons))


def _named_root(named: str) -> Path:
    path = Path(named).expanduser().resolve()
    for root in (path, path.parent):
        if (root / "odoo" / "release.py").exists():
            return root
    raise StackError(
        f"ODOO={named}: there is no odoo/release.py in it.",
        "Name the folder of an Odoo checkout, the one that has odoo-bin and odoo/ in it.",
    )


def _series(root: Path) -> str:
    text = (root / "odoo" / "release.py").read_text()
    found = re.search(r"version_info\s*=\s*\(\s*(?:'saas~)?(\d+)'?\s*,\s*(\d+)", text)
    series = f"{found.group(1)}.{found.group(2)}" if found else "?"
    if series not in SERIES:
        raise StackError(
            f"{root} is Odoo {series}; g2p_spar_sync runs on {', '.join(SERIES)}.",
            "Name one of these with ODOO=, or unset ODOO to use Debian's Odoo 19.",
        )
    return series


def _python(root: Path, key: str, own: bool) -> Path:
    given = os.environ.get("ODOO_PYTHON")
    addon = paths.CHECKOUT / "requirements.txt"
    if given:
        modules = "psycopg2, lxml, werkzeug, cryptography, phonenumbers, stdnum, requests"
        done = capture([given, "-c", f"import {modules}"])
        if done.returncode:
            raise StackError(
                f"ODOO_PYTHON={given} cannot import all of {modules}:\n{done.stderr.strip()}\n",
                f"Run: {given} -m pip install -r requirements.txt (and Odoo's requirements.txt).",
            )
        return Path(given)
    if not own:
        return venvs.ensure(f"odoo-{key}", paths.REQUIREMENTS / "odoo.txt", addon)
    listed = root / "requirements.txt"
    if not listed.exists():
        return venvs.ensure(f"odoo-{key}", paths.REQUIREMENTS / "odoo.txt", addon)
    return venvs.ensure(f"odoo-{key}", _without_compilers(listed, key), addon)


def _without_compilers(listed: Path, key: str) -> Path:
    """Odoo's own requirements, less what needs C headers and this addon does not need."""
    lines = []
    for line in listed.read_text().splitlines():
        if re.match(r"(python-ldap|pyldap|psycopg2)\b", line, re.IGNORECASE):
            continue
        lines.append(line)
    lines.append("psycopg2-binary")
    lines.append("setuptools<81")  # pkg_resources, which Odoo 17 imports
    target = paths.STATE / "odoo" / key / "requirements.txt"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n")
    return target


def _queue_job(series: str) -> Path:
    """OCA queue_job of that series from PyPI, in a folder of its own (an addons path)."""
    target = paths.STATE / "odoo" / f"queue_job-{series}"
    addons = target / "odoo" / "addons"
    if not (addons / "queue_job" / "__manifest__.py").exists():
        python = venvs.spar()  # any Python with pip: the package is data to it
        with step(f"Installing OCA queue_job for Odoo {series}"):
            wanted = f"odoo-addon-queue-job=={series}.*"
            arguments = ["--no-deps", "--target", str(target), "--upgrade", wanted]
            venvs.pip_install(python, "queue_job", arguments)
    return addons
