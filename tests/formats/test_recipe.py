"""The recipe for a new format in the docstring of `captioner.formats`, followed in a copy of the package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import captioner
from captioner import formats

pytestmark = pytest.mark.process

PACKAGE = Path(captioner.__file__).parent
MODULE, ROW = re.findall(r"((?:^ {7}[^\n]*\n+)+)", formats.__doc__ or "", re.MULTILINE)
SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello there.\n\n2\n00:00:03,000 --> 00:00:04,000\nGoodbye.\n"
TSV = "start\tend\ttext\n1000\t2500\tHello there.\n3000\t4000\tGoodbye.\n"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with one file and one row more."""
    root = tmp_path_factory.mktemp("recipe")
    shutil.copytree(PACKAGE, root / "captioner", ignore=shutil.ignore_patterns("__pycache__"))
    folder = root / "captioner" / "formats"
    (folder / "tsv.py").write_text(textwrap.dedent(MODULE), encoding="utf-8")
    table = (folder / "table.py").read_text(encoding="utf-8")
    head, rows, rest = table.partition("_ROWS = (\n")
    (folder / "table.py").write_text(f"{head}{rows}    {ROW.strip()},\n{rest}", encoding="utf-8")
    return root


def run(copy: Path, *arguments: str, given: bytes = b"") -> bytes:
    """A command of the copy in a new interpreter."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    command = [sys.executable, "-m", "captioner", *arguments]
    ran = subprocess.run(command, cwd=copy, env=environment, input=given, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout


def test_the_new_format_is_written_read_and_found_by_its_content(copy: Path) -> None:
    (copy / "talk.srt").write_text(SRT, encoding="utf-8")
    run(copy, "convert", "talk.srt", "talk.tsv")
    assert (copy / "talk.tsv").read_text(encoding="utf-8") == TSV
    run(copy, "convert", "talk.tsv", "back.srt")
    assert (copy / "back.srt").read_text(encoding="utf-8") == SRT
    assert run(copy, "convert", "-", "-", "--format", "srt", given=TSV.encode()).decode() == SRT


def test_the_docs_name_the_recipe() -> None:
    docs = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
    if docs.exists():
        assert "captioner/formats/__init__.py" in docs.read_text(encoding="utf-8").partition("## Adding a format")[2]
