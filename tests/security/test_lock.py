"""The lock names every package once, at one version, and no place it comes from."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = ROOT / ".ci" / "constraints.txt"


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


@pytest.mark.skipif(not LOCK.exists(), reason="the tests of the wheel run without the checkout")
def test_the_lock_pins_what_is_asked_for_and_points_nowhere() -> None:
    lines = [line for line in LOCK.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line) for line in lines), (
        "one version, no URL, no path"
    )
    pinned = [name_of(line) for line in lines]
    assert len(pinned) == len(set(pinned))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"], "hatchling", "pip"]
    assert {name_of(requirement) for requirement in wanted} <= set(pinned)
    indirect = [line for line in requires("httpx") or [] if "extra ==" not in line]
    assert {name_of(requirement) for requirement in indirect} <= set(pinned)
