# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo 19 as Debian packages it, unpacked under ``.stack`` instead of installed."""

import ast
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from . import debian, paths
from .errors import StackError
from .say import say, step
from .shell import child_env

#: Odoo's static files are links into these packages. Of Font Awesome only Debian 12's layout fits.
_SIBLINGS = (
    *("libjs-jquery", "libjs-jquery-form", "libjs-underscore", "fonts-roboto-unhinted"),
    *("fonts-inconsolata", "fonts-montserrat", "fonts-font-awesome/bookworm"),
)
#: Addons that are unpacked, with all they depend on: what a registry and queue_job stand on, and
#: the external API. Addons that would install themselves beside these (SMS, mail plugins) stay out.
_WANTED = ("base_import", "base_sparse_field", "contacts", "iap", "portal", "rpc", "web")
_PACKAGES = "usr/lib/python3/dist-packages"


def root() -> Path:
    """Debian's odoo-19 with what its static files link to, unpacked under ``.stack``."""
    # Its own folder for each choice of addons, moved into place when complete: an interrupted or
    # older command never leaves half an Odoo, nor takes one away under a running server.
    place = paths.STATE / "odoo" / f"debian-{_choice()}"
    if place.exists():
        return place / _PACKAGES
    top = place.with_name(f"{place.name}.new")
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
        _fill_in_assets(top / _PACKAGES / "odoo" / "addons", everything)
    top.rename(place)
    say(f"Odoo's sources lie in {os.path.relpath(place / _PACKAGES, paths.CHECKOUT)}")
    return place / _PACKAGES


def _choice() -> str:
    """Eight hex digits over what is unpacked; the number is that of the layout."""
    return hashlib.sha256(f"3 {' '.join(_WANTED)}".encode()).hexdigest()[:8]


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


def _fill_in_assets(folder: Path, manifests: dict[str, dict]) -> None:
    """Put an empty file where a manifest lists a static file that Debian left out (non-free).

    Without it every page of the web client logs an error, here and in the browser.
    """
    for manifest in manifests.values():
        for entries in manifest.get("assets", {}).values():
            for entry in entries:
                name = entry if isinstance(entry, str) else entry[-1]
                path = folder / name.lstrip("/")
                unpacked = (folder / Path(name.lstrip("/")).parts[0] / "__init__.py").exists()
                if "*" not in name and name.endswith(".js") and unpacked and not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text("// Debian left this file out: tests/stack/odoo_debian.py\n")


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
