# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Fixtures that all suites share. ``tests/unit`` needs nothing that runs."""

import json
import os
from pathlib import Path

import pytest

_ENDPOINTS = Path(__file__).resolve().parents[1] / ".stack" / "endpoints.json"


@pytest.fixture(scope="session")
def stack() -> dict[str, str]:
    """Where the running stack is: what ``tests/stack/endpoints.py`` wrote."""
    path = Path(os.environ.get("SPAR_STACK_ENDPOINTS") or _ENDPOINTS)
    if not path.exists():
        pytest.fail("The stack was never started: run 'python3 -m tests.stack up'.", pytrace=False)
    return json.loads(path.read_text(encoding="utf-8"))
