"""`make test` and `make journeys` together run every test, each one once."""

from __future__ import annotations

import ast
import re
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
    assert recipe("journeys") == '$(PYTEST) -m "journey" tests/flows'
    assert re.search(r"^test:.*\btests$", MAKEFILE, re.MULTILINE)


def test_continuous_integration_runs_both() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert {"make test", "make journeys", "make properties"} <= set(lines)


def test_journeys_are_in_their_folder(request: pytest.FixtureRequest) -> None:
    marked = {item.path.parent.name for item in request.session.items if item.get_closest_marker("journey")}
    assert marked <= {"flows"}
    short = {item.path.parent.name for item in request.session.items if item.get_closest_marker("short")}
    assert short <= {"flows"}


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_a_short_journey_of_each_kind_is_in_make_test(path: Path) -> None:
    names = [
        ast.unparse(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)
    ]
    assert "pytest.mark.short" in names
