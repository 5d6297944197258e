# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Random secrets of this stack, drawn once and kept in ``.stack/secrets.json`` (mode 0600)."""

import base64
import secrets

from . import paths

_FILE = paths.STATE / "secrets.json"


def password(name: str) -> str:
    """The password kept under a name, 24 random bytes as text safe in a URL or DSN."""
    return _kept(name, lambda: secrets.token_urlsafe(24))


def master_key() -> str:
    """The addon's master key: 32 random bytes, urlsafe base64 with padding."""
    return _kept(
        "spar_master_key", lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    )


def known(name: str) -> bool:
    """Whether a secret was drawn before."""
    return name in paths.read_json(_FILE)


def _kept(name, draw) -> str:
    kept = paths.read_json(_FILE)
    if name not in kept:
        kept[name] = draw()
        paths.write_json(_FILE, kept)
    return kept[name]
