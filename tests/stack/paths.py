# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where everything lies, and the small files that keep the stack's state."""

import hashlib
import json
import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
STATE = CHECKOUT / ".stack"
LOGS = STATE / "log"
PIDS = STATE / "pid"
VENVS = STATE / "venv"
ENDPOINTS = STATE / "endpoints.json"
ADDON = CHECKOUT / "g2p_spar_sync"
GLUE = CHECKOUT / "openg2p"
REQUIREMENTS = Path(__file__).resolve().parent / "requirements"

#: Eight hex digits that tell two checkouts on one machine apart.
CHECKOUT_ID = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]

_LEFT_OUT = {"__pycache__", "tests"}


def cache() -> Path:
    """The folder of downloads that all checkouts of one user share.

    A user whose home cannot be written (a service account) gets one inside ``.stack``.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(base) / "g2p_spar_sync"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except PermissionError:
        folder = STATE / "cache"
        folder.mkdir(exist_ok=True)
    return folder


def make_folders() -> None:
    """Create the folders of ``.stack``. Other users may pass through, not read the secrets."""
    for folder in (STATE, LOGS, PIDS, VENVS):
        folder.mkdir(exist_ok=True)


def read_json(path: Path) -> dict:
    """The object in a JSON file, or ``{}`` when there is no such file."""
    if not path.exists():
        return {}
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, content: dict) -> None:
    """Replace a JSON file in one move, readable by its owner only (mode 0600)."""
    write_private(path, json.dumps(content, indent=2, sort_keys=True) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replace a text file in one move, readable by its owner only (mode 0600)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
    draft.replace(path)


def fingerprint(*roots: Path) -> str:
    """A hash over the names and contents of all files under ``roots`` (folders or files).

    Compiled Python, hidden files and an addon's tests are left out.
    """
    digest = hashlib.sha256()
    for root in roots:
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for path in files:
            inside = path.relative_to(root.parent).parts
            if _LEFT_OUT.intersection(inside) or any(part.startswith(".") for part in inside):
                continue
            if not path.is_file():
                continue
            digest.update(str(path.relative_to(root.parent)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
