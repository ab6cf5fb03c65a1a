"""`make test` and `make journeys` together run every test, each one once."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
FLOWS = sorted((ROOT / "tests" / "flows").glob("test_*.py"))


def recipe(target: str) -> str:
    found = re.search(rf"^{target}:.*\n\t(.+)$", MAKEFILE, re.MULTILINE)
    assert found is not None
    return found[1]


def test_one_target_runs_what_the_other_leaves_out() -> None:
    assert recipe("tests") == '$(PYTEST) -m "not journey"'
    assert recipe("journeys") == '$(PYTEST) -m "journey" tests/flows tests/review'
    assert re.search(r"^test:.*\btests$", MAKEFILE, re.MULTILINE)


def test_continuous_integration_runs_both() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert {"make test", "make journeys", "make properties"} <= set(lines)


def test_journeys_are_in_their_folders(request: pytest.FixtureRequest) -> None:
    marked = {item.path.parent.name for item in request.session.items if item.get_closest_marker("journey")}
    assert marked <= {"flows", "review"}
    short = {item.path.parent.name for item in request.session.items if item.get_closest_marker("short")}
    assert short <= {"flows", "review"}


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_a_short_journey_of_each_kind_is_in_make_test(path: Path) -> None:
    names = [
        ast.unparse(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)
    ]
    assert "pytest.mark.short" in names


WIDE = """
import sqlite3
import socket
import subprocess
import sys
import tracemalloc

import av
import pytest


def test_process() -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)


def test_port() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))


def test_database() -> None:
    sqlite3.connect(":memory:").close()


def test_media() -> None:
    with pytest.raises(av.FFmpegError):
        av.open("missing.mp4")


def test_memory() -> None:
    tracemalloc.start()
    tracemalloc.stop()


def test_function() -> None:
    assert sorted("ba") == ["a", "b"]
"""


@pytest.mark.process
def test_make_unit_refuses_what_is_no_unit_and_does_not_say_so(tmp_path: Path) -> None:
    (tmp_path / "test_wide.py").write_text(WIDE, "utf-8")
    unit = re.search(r'-m ".*"', recipe("unit"))
    assert unit is not None
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", *shlex.split(unit[0]), "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, tmp_path], cwd=ROOT, env=os.environ | {"COLUMNS": "200"}, capture_output=True, text=True
    )
    found = dict(re.findall(r"^FAILED \S+::(\w+) - Failed: a test that (.+) needs", done.stdout, re.MULTILINE))
    assert found == {
        "test_process": "starts another process",
        "test_port": "answers on a port",
        "test_database": "opens a database",
        "test_media": "opens media",
        "test_memory": "traces its memory",
    }
    assert "5 failed, 1 passed" in done.stdout
