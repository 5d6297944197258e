# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A wheel that puts the addons where Odoo finds them: ``odoo/addons/<addon>``.

Plain setuptools: Odoo's addons are packages of a namespace, and their data files go along.
"""

import ast
import os
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).resolve().parent
ADDON = ROOT / "g2p_spar_sync"
_SKIPPED = {"__pycache__", "tests"}


def addons() -> list[Path]:
    """The core addon and the glue beside it."""
    return [ADDON, *sorted(path.parent for path in ROOT.glob("openg2p/*/__manifest__.py"))]


def packages() -> dict[str, str]:
    """Package names with their folders, relative to here: every folder of an addon is one."""
    found = {}
    for addon in addons():
        for folder, names, _files in os.walk(addon):
            names[:] = sorted(
                name for name in names if name.isidentifier() and name not in _SKIPPED
            )
            path = Path(folder)
            package = ".".join(("odoo", "addons", addon.name, *path.relative_to(addon).parts))
            found[package] = str(path.relative_to(ROOT))
    return found


manifest = ast.literal_eval((ADDON / "__manifest__.py").read_text(encoding="utf-8"))
folders = packages()

setup(
    name="odoo-addon-g2p-spar-sync",
    version=manifest["version"],
    description=manifest["summary"],
    license="LGPL-3.0-or-later",
    author=manifest["author"],
    url=manifest["website"],
    python_requires=">=3.10",
    # Odoo itself and queue_job are the deployment's choice of series; Odoo is on no index.
    install_requires=(ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()[1:],
    packages=list(folders),
    package_dir=folders,
    package_data={"": ["*", "*.*"]},
    zip_safe=False,
)
