"""The pages of docs/ name files and functions that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
#: `path/to/file.py`, `folder/`; a name in angle brackets stands for any.
PATHS = re.compile(r"`((?:[\w.<>-]+/)+(?:[\w.<>-]+\.(?:py|toml|json|md|yml|service))?)`")
ROOTS = (ROOT, ROOT / "captioner", ROOT / "captioner" / "jobs", ROOT / "tests")

pytestmark = pytest.mark.skipif(not (ROOT / "captioner").is_dir(), reason="the package is installed, not checked out")


def missing(text: str) -> list[str]:
    """Paths in a page that are under none of the roots; a placeholder needs its folder and a file of its kind."""
    return [path for path in dict.fromkeys(PATHS.findall(text)) if not any(exists(root, path) for root in ROOTS)]


def exists(root: Path, path: str) -> bool:
    return any(root.glob(re.sub(r"<[^>]*>", "*", path.rstrip("/"))))


def test_the_twelve_changes_name_files_that_exist() -> None:
    text = (ROOT / "docs" / "contributing.md").read_text("utf-8")
    assert len(re.findall(r"^### ", text, re.MULTILINE)) == 12
    assert len(PATHS.findall(text)) > 40
    assert missing(text) == []


def test_the_names_in_the_twelve_changes_exist() -> None:
    text = (ROOT / "docs" / "contributing.md").read_text("utf-8")
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "captioner").rglob("*.py"))
    names = dict.fromkeys(re.findall(r"`(_?[A-Za-z]+(?:_\w+)?)`", text))
    commands = {"main", "run", "captioner"}
    assert [name for name in names if name not in commands and not re.search(rf"\b{name}\b", code)] == []


@pytest.mark.parametrize("page", ["architecture.md"])
def test_pages_about_the_code_name_files_that_exist(page: str) -> None:
    assert missing((ROOT / "docs" / page).read_text("utf-8")) == []


def test_a_path_that_is_gone_is_found() -> None:
    assert missing("see `layout/nowhere.py` and `layout/width.py`") == ["layout/nowhere.py"]
