"""A process that dies at any boundary, and the same command again: nothing lost, nothing bought twice, nothing left.

Every exchange with the store and the service, and every commit, is a boundary before and after which the process is
killed once. A second life of the process (its owner is dead for the ledger) then has to finish the work.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.jobs.doubles import House

pytestmark = pytest.mark.integration

# No run here has more boundaries than this; a test that never dies ends its series.
_MANY = 200


def _boundaries(tmp_path: Path, prepare: Callable[[House], tuple[list[object], dict[str, object]]]) -> list[str]:
    """What a run that is not killed goes through."""
    house = House(tmp_path / "whole")
    given, changes = prepare(house)
    house.run_until_killed(*given, at=-1, **changes)
    return house.wire.names


def _one(house: House) -> tuple[list[object], dict[str, object]]:
    return [house.media("talk.mp4")], {}


def _lost(house: House) -> tuple[list[object], dict[str, object]]:
    house.asr.answers = ["lost"]
    return [house.media("talk.mp4")], {}


def _three_together(house: House) -> tuple[list[object], dict[str, object]]:
    return [house.media(f"{name}.mp4") for name in "abc"], {"files_per_task": 3}


def _same_audio(house: House) -> tuple[list[object], dict[str, object]]:
    return [house.media("a.mp4", b"same"), house.media("b.mp4", b"same")], {}


def _silent(house: House) -> tuple[list[object], dict[str, object]]:
    house.asr.silent = ("talk",)
    return [house.media("talk.mp4")], {}


@pytest.mark.parametrize("scene", [_one, _lost, _three_together, _same_audio, _silent])
def test_the_same_command_after_a_kill_anywhere_finishes_and_pays_once(
    tmp_path: Path, scene: Callable[[House], tuple[list[object], dict[str, object]]]
) -> None:
    names = _boundaries(tmp_path, scene)
    assert len(names) < _MANY
    for at in _telling(names):
        house = House(tmp_path / str(at))
        given, changes = scene(house)
        where = f"killed at {at}, {names[at - 1]}"
        assert house.run_until_killed(*given, at=at, **changes), where
        assert not [path for path in house.folder.iterdir() if path.name.endswith(".part")], where
        report = house.run(*given, **changes)
        assert report.exit_code == 0, (where, report.as_json())
        assert len(house.asr.tasks_made) == 1, where
        assert house.store.objects == {}, where
        for path in given:
            assert isinstance(path, Path)
            assert path.with_suffix(".srt").exists(), where
        assert _private_files(house.folder) == {"ledger.sqlite3", "replies"}, where


def _forgotten(house: House) -> tuple[list[object], dict[str, object]]:
    house.asr.answers = ["lost"]
    house.asr.forget.add("task-0")
    return [house.media("talk.mp4")], {}


def test_wherever_it_is_killed_a_lost_task_that_the_service_forgot_is_bought_again_once_and_that_is_filed(
    tmp_path: Path,
) -> None:
    for at in _telling(names := _boundaries(tmp_path, _forgotten)):
        house = House(tmp_path / str(at))
        given, changes = _forgotten(house)
        assert house.run_until_killed(*given, at=at, **changes)
        report = house.run(*given, **changes)
        assert report.exit_code == 0, names[at - 1]
        with house.ledger(*map(str, given)) as ledger:
            (filed,) = ledger.recognitions()
        assert (len(house.asr.tasks_made), filed.status.submissions) == (2, 2), names[at - 1]
        assert "task-0" in filed.resubmit_reason, names[at - 1]
        assert house.store.objects == {}


def test_a_task_bought_before_a_kill_is_not_bought_again_when_its_object_is_gone_too(tmp_path: Path) -> None:
    names = _boundaries(tmp_path, _one)
    house = House(tmp_path / "house")
    given, changes = _one(house)
    assert house.run_until_killed(*given, at=names.index("submit:after") + 1, **changes)
    house.clock.now += 3600
    assert house.asr.query("task-0").status == "SUCCEEDED"
    house.store.objects.clear()
    assert house.run(*given).exit_code == 0
    assert len(house.asr.tasks_made) == 1


def test_killed_again_and_again_it_still_pays_once(tmp_path: Path) -> None:
    house = House(tmp_path)
    given, changes = _three_together(house)
    for at in (5, 9, 14, 3, 21, 8, 30, 17, 26, 12):
        house.run_until_killed(*given, at=at, **changes)
    assert house.run(*given, **changes).exit_code == 0
    assert sum(len(task.urls) for task in house.asr.tasks_made.values()) == 3
    assert house.store.objects == {}


def test_killed_files_of_one_task_can_be_finished_one_command_at_a_time(tmp_path: Path) -> None:
    names = _boundaries(tmp_path, _three_together)
    house = House(tmp_path / "house")
    given, changes = _three_together(house)
    assert house.run_until_killed(*given, at=names.index("submit:after") + 1, **changes)
    for path in given:
        assert house.run(path).exit_code == 0
    assert len(house.asr.tasks_made) == 1
    assert house.store.objects == {}


def _telling(names: list[str]) -> list[int]:
    """Boundaries that differ: right before a commit, everything is as it was right after the one before it."""
    return [
        at
        for at, name in enumerate(names, start=1)
        if name != "ledger:before" or at == 1 or names[at - 2] != "ledger:after"
    ]


def _private_files(folder: Path) -> set[str]:
    kept = {path.name for path in (folder / ".captioner").iterdir()}
    work = folder / ".captioner" / "work"
    if work.exists() and not list(work.iterdir()):
        kept.discard("work")
    return {name for name in kept if not name.startswith("ledger.sqlite3-")}
