"""The package needs no Odoo, and shows what it says it shows."""

import ast
from pathlib import Path

import pytest

import spar

ROOT = Path(spar.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
# Standard library and what the manifest names.
ALLOWED = {"cryptography", "phonenumbers", "requests", "stdnum", "urllib3"}


def imported(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "__import__":
            yield "__import__"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports(file):
    import sys

    tree = ast.parse(file.read_text())
    tops = {name.split(".")[0] for name in imported(tree)}
    assert "odoo" not in tops
    assert tops <= ALLOWED | set(sys.stdlib_module_names)
    assert len(file.read_text().splitlines()) <= 300


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_is_swallowed_whole(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None
            assert getattr(node.type, "id", "") not in ("Exception", "BaseException")
            assert not isinstance(node.body[0], ast.Pass)


def test_there_is_something_to_walk():
    assert len(FILES) > 15


def test_public_names_exist_and_are_sorted():
    assert all(hasattr(spar, name) for name in spar.__all__)
    assert sorted(spar.__all__, key=lambda n: (not n.isupper(), n[0].islower(), n)) == spar.__all__
