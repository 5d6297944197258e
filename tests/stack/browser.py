# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Debian's Chromium, for browser tests and screenshots."""

import shutil

from . import debian

#: How it is started where there is no display, no sandbox and no need to call home.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def require() -> str:
    """The path of a Chromium; installs Debian's when there is none."""
    return _found() or _installed()


def _found() -> str | None:
    return next(filter(None, map(shutil.which, _NAMES)), None)


def _installed() -> str:
    debian.install(["chromium"], "Chromium (for the browser tests)")
    return _found() or "/usr/bin/chromium"
