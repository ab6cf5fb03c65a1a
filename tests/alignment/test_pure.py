"""The package computes; it reads no clock, file, socket or environment."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import captioner.alignment

_MODULES = sorted(Path(captioner.alignment.__file__).parent.glob("*.py"))
_OURS = ("captioner.alignment", "captioner.model", "captioner.gc_pause")
_LIBRARY = {
    "__future__", "bisect", "collections", "collections.abc", "dataclasses", "functools", "itertools", "operator", "re",
    "typing", "unicodedata",
}  # fmt: skip


def _imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("module", _MODULES, ids=lambda path: path.stem)
def test_imports_nothing_that_touches_the_world(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    others = {name for name in _imported(tree) if not name.startswith(_OURS)}
    assert others <= _LIBRARY
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"open", "print", "input", "exec", "eval", "__import__"}
