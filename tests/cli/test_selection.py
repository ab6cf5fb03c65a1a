"""What the commands take and pass over, and how they say it."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from captioner.cli import main

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.fixture(autouse=True)
def _media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("in/a.m4a", "in/day2/b.m4a", "in/#recycle/old.m4a", "in/c.m4a"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FIXTURES / "silence.m4a", name)
    Path("in/c.m4a.aria2").touch()
    Path("in/notes.pdf").touch()
    Path("in/a.srt").touch()


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


def planned(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run("plan", "--json", *arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def names(plan: dict[str, Any]) -> list[str]:
    return [item["source"] for item in plan["items"]]


def test_a_plan_counts_and_lists_what_is_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", "in") == 0
    printed = capsys.readouterr().out
    assert "passed over: 1 not media (.pdf 1)" in printed
    assert "passed over: 1 captions, text and settings (.srt 1)" in printed
    assert "passed over: 2 unfinished" in printed
    assert "passed over: 1 recycle bins, snapshots and caches (#recycle 1)" in printed
    assert "  in/notes.pdf: not media" in printed
    assert "  in/c.m4a: unfinished, c.m4a.aria2 lies beside it" in printed
    plan = planned(capsys, "in")
    assert names(plan) == ["in/a.m4a", "in/day2/b.m4a"]
    assert {one["name"]: one["why"] for one in plan["passed_over"]} == {
        "in/notes.pdf": "not media",
        "in/a.srt": "captions, text and settings",
        "in/c.m4a": "unfinished",
        "in/c.m4a.aria2": "unfinished",
        "in/#recycle/": "recycle bins, snapshots and caches",
    }


@pytest.mark.parametrize(
    ("flags", "taken"),
    [
        (["--include", "day2/**"], ["in/day2/b.m4a"]),
        (["--exclude", "DAY2"], ["in/a.m4a"]),
        (["--newer-than", "1h"], ["in/a.m4a"]),
        (["--newer-than", "2020-01-01"], ["in/a.m4a"]),
    ],
)
def test_globs_and_times_choose(capsys: pytest.CaptureFixture[str], flags: list[str], taken: list[str]) -> None:
    if flags[0] == "--newer-than":
        os.utime("in/day2/b.m4a", (1000, 1000))
    plan = planned(capsys, "in", *flags)
    assert names(plan) == taken


def test_a_list_names_inputs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("list.txt").write_text("in/a.m4a\nin/day2\n", encoding="utf-8")
    assert names(planned(capsys, "@list.txt")) == ["in/a.m4a", "in/day2/b.m4a"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"in/day2/b.m4a\0in/a.m4a\0")))
    assert names(planned(capsys, "-")) == ["in/day2/b.m4a", "in/a.m4a"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["@missing.txt"], "missing.txt: the list cannot be read (No such file or directory); check its name"),
        (["in", "--newer-than", "soon"], "--newer-than 'soon': write an age such as 12h or 7d, or a date such as"),
    ],
)
def test_a_mistake_is_told_in_a_line(capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
    assert run("plan", *arguments) == 2
    printed = capsys.readouterr().err
    assert told in printed
    assert len(printed.strip().splitlines()) == 1


def test_nothing_that_is_wanted_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "in", "--exclude", "*.m4a", "--json") == 0
    printed = capsys.readouterr()
    assert "nothing to do" in printed.err
    assert "4 left out by --include or --exclude" not in printed.err
    assert json.loads(printed.out)["files"] == []


def test_a_file_that_is_being_downloaded_is_refused_when_it_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", "in/c.m4a") == 1
    assert "c.m4a.aria2 lies beside it; wait until it is done" in capsys.readouterr().out


def test_a_name_that_is_too_long_shows_in_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy("in/a.m4a", f"in/{'x' * 248}.m4a")
    assert run("plan", "in") == 1
    assert "shorten the name of the media by 2" in capsys.readouterr().out
