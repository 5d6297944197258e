"""Those modules of the addon that need no Odoo, although their packages' ``__init__`` loads it."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import spar

ADDON = Path(spar.__file__).parents[1]


def module(name: str) -> ModuleType:
    """``module("dispatch.carrier")``; its ``..spar`` is the one that the tests import."""
    for package in ("", ".dispatch", ".models"):
        made = sys.modules.setdefault(f"addon{package}", ModuleType(f"addon{package}"))
        made.__path__ = [str(ADDON / package.strip("."))]
    sys.modules["addon.spar"] = spar
    return importlib.import_module(f"addon.{name}")
