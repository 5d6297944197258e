# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which Odoo runs: Debian's Odoo 19, unpacked, or the one that ``ODOO=`` names.

========== =====================================================================================
ODOO        a folder in which the package ``odoo/`` lies: a checkout of 17.0, 18.0 or 19.0
ODOO_PYTHON a Python that has that Odoo's libraries; without it a venv is made
ADDONS      more addons paths, separated by comma or colon
========== =====================================================================================
"""

import ast
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import debian, paths, venvs
from .errors import StackError
from .say import say, step
from .shell import capture, child_env

SERIES = ("17.0", "18.0", "19.0")
#: Odoo's static files are links into these packages. Of Font Awesome only Debian 12's layout fits.
_SIBLINGS = (
    *("libjs-jquery", "libjs-jquery-form", "libjs-underscore", "fonts-roboto-unhinted"),
    *("fonts-inconsolata", "fonts-montserrat", "fonts-font-awesome/bookworm"),
)
#: Addons that are unpacked, with all they depend on: what a registry and queue_job stand on, and
#: the external API. Addons that would install themselves beside these (SMS, mail plugins) stay out.
_WANTED = ("base_import", "base_sparse_field", "contacts", "iap", "portal", "rpc", "web")
_PACKAGES = "usr/lib/python3/dist-packages"


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
    root = _named_root(named) if named else _unpacked_root()
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
                f"Run: {given} -m pip install -r requirements.txt",
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


def _unpacked_root() -> Path:
    """Debian's odoo-19 with what its static files link to, unpacked under ``.stack``."""
    top = paths.STATE / "odoo" / "debian"
    stamp = top / "unpacked"
    if stamp.exists() and stamp.read_text() == _unpacked_stamp():
        return top / _PACKAGES
    _require_space(paths.STATE, 4)
    debs = debian.download(["odoo-19", *_SIBLINGS])
    if top.exists():
        shutil.rmtree(top)
    top.mkdir(parents=True)
    with step("Unpacking Odoo 19 (only the addons it needs)"):
        scratch = top / "manifests"
        _untar(debs[0], scratch, ["--wildcards", f"./{_PACKAGES}/odoo/addons/*/__manifest__.py"])
        folder = scratch / _PACKAGES / "odoo" / "addons"
        everything = {path.name: _manifest(path) for path in folder.iterdir()}
        unwanted = everything.keys() - _closure(everything)
        shutil.rmtree(scratch)
        _leave_stubs(
            top / _PACKAGES / "odoo" / "addons", {name: everything[name] for name in unwanted}
        )
        excludes = top / "excludes"
        names = [f"./{_PACKAGES}/odoo/addons/{name}" for name in sorted(unwanted)]
        excludes.write_text("\n".join([*names, f"./{_PACKAGES}/addons"]) + "\n")
        _untar(debs[0], top, ["--anchored", "--no-wildcards", "--exclude-from", str(excludes)])
        for deb in debs[1:]:
            _untar(deb, top, [])
    stamp.write_text(_unpacked_stamp())
    say(f"Odoo's sources lie in {os.path.relpath(top / _PACKAGES, paths.CHECKOUT)}")
    return top / _PACKAGES


def _unpacked_stamp() -> str:
    return f"2 {' '.join(_WANTED)}"  # the number is that of the layout


def _manifest(folder: Path) -> dict:
    return ast.literal_eval((folder / "__manifest__.py").read_text())


def _closure(manifests: dict[str, dict]) -> set[str]:
    """The wanted addons and all they depend on."""
    found: set[str] = set()
    queue = list(_WANTED)
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue += manifests[name].get("depends") or (["base"] if name != "base" else [])
    return found


def _leave_stubs(folder: Path, manifests: dict[str, dict]) -> None:
    """Of each addon that stays packed, leave its name and category, marked as not installable.

    Odoo makes its module categories from all manifests there are, and base's data refer to them.
    """
    for name, manifest in manifests.items():
        stub = {key: manifest[key] for key in ("name", "category", "license") if key in manifest}
        (folder / name).mkdir(parents=True)
        text = f"# Not unpacked: tests/stack/odoo_source.py\n{stub | {'installable': False}!r}\n"
        (folder / name / "__manifest__.py").write_text(text)


def _untar(deb: Path, target: Path, options: list[str]) -> None:
    """Unpack a Debian package's files; ``options`` are tar's."""
    target.mkdir(parents=True, exist_ok=True)
    source = subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE, env=child_env()
    )
    words = ["tar", "-x", "--no-same-owner", "-C", str(target), *options]
    done = subprocess.run(
        words, stdin=source.stdout, stderr=subprocess.PIPE, text=True, check=False
    )
    source.stdout.close()
    if source.wait() or done.returncode:
        raise StackError(
            f"Unpacking {deb.name} failed: {done.stderr[-500:]}",
            f"Check the free disk space ('df -h'); if the file is damaged, delete {deb}.",
        )


def _require_space(folder: Path, gigabytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < gigabytes * 10**9:
        raise StackError(
            f"Only {free / 10**9:.1f} GB are free on the disk of {folder}; "
            f"the stack needs {gigabytes} GB.",
            "Make room ('df -h', 'du -sh ~/.cache'), or clone the project on a bigger disk.",
        )
