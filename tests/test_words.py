"""The words of docstrings, comments and messages: plain sentences about things, not riddles about persons."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "captioner"

TITLE = re.compile(r"(What|Who|Whose|How|Where|When|Why)(ever)?\b")
"""A clause as the title of a docstring: "What is left" says less than "Remaining words"."""

PERSONS = re.compile(r"\b(nobody|somebody|everybody|anybody|whoever|whomever)\b", re.IGNORECASE)
ELLIPSIS = re.compile(r"\bwithout(?=[.;,)\"'])")
""""The folder; beside the media without": the sentence ends before it says without what."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
            yield getattr(node, "lineno", 1), text


def findings(path: Path) -> list[str]:
    source = path.read_text(encoding="utf-8")
    titles = [f"{line}: {text.splitlines()[0]}" for line, text in docstrings(ast.parse(source)) if TITLE.match(text)]
    if not PERSONS.search(source) and not ELLIPSIS.search(source):
        return titles
    lines = enumerate(source.splitlines(), 1)
    return titles + [
        f"{number}: {line.strip()}" for number, line in lines if PERSONS.search(line) or ELLIPSIS.search(line)
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_docstrings_and_comments_are_plain(path: Path) -> None:
    assert findings(path) == []
