"""Many tasks looked for in the service's list instead of one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner.errors import AsrRejected, AsrUnavailable, CaptionerError, CredentialsRefused
from captioner.jobs.states import State
from tests.jobs.doubles import House, unavailable

pytestmark = pytest.mark.integration

FILES = 60


@pytest.fixture
def house(tmp_path: Path) -> House:
    found = House(tmp_path)
    found.asr.takes_s = 20.0
    return found


def _names(house: House) -> list[Path]:
    return [house.media(f"{number:02d}.mp4") for number in range(FILES)]


def test_many_files_need_fewer_questions_than_one_by_one(house: House, tmp_path: Path) -> None:
    assert house.run(*_names(house)).exit_code == 0
    other = House(tmp_path / "other")
    other.asr.takes_s = house.asr.takes_s
    other.asr.fail = unavailable("page", 1000, AsrRejected)
    assert other.run(*_names(other)).exit_code == 0
    assert house.asr.pages > 5
    assert house.asr.queries < 1.5 * FILES
    assert house.asr.queries + house.asr.pages < other.asr.queries


def test_few_files_are_asked_about_one_by_one(house: House) -> None:
    assert house.run(*_names(house)[:10]).exit_code == 0
    assert house.asr.pages == 0


def test_what_the_list_does_not_show_is_asked_about(house: House) -> None:
    house.asr.unlisted = {"task-3", "task-40"}
    assert house.run(*_names(house)).exit_code == 0
    assert house.asr.queries < 2 * FILES


def test_a_list_that_shows_nothing_of_ours_is_left_alone(house: House) -> None:
    house.asr.unlisted = {f"task-{number}" for number in range(FILES)}
    assert house.run(*_names(house)).exit_code == 0
    assert 0 < house.asr.pages <= 3


@pytest.mark.parametrize("error", [AsrUnavailable, AsrRejected])
def test_a_list_that_does_not_answer_is_left_alone(house: House, error: type[CaptionerError]) -> None:
    house.asr.fail = unavailable("page", 1000, error)
    assert house.run(*_names(house)).exit_code == 0
    assert house.asr.pages == 0


def test_a_list_that_answers_again_is_used_on(house: House) -> None:
    house.asr.fail = unavailable("page", 1, AsrUnavailable)
    assert house.run(*_names(house)).exit_code == 0
    assert house.asr.pages > 5


def test_a_refused_key_ends_the_run(house: House) -> None:
    house.asr.fail = unavailable("page", 1, CredentialsRefused)
    with pytest.raises(CredentialsRefused):
        house.run(*_names(house))
    assert house.run(*_names(house)).exit_code == 0
    assert len(house.asr.tasks_made) == FILES


def test_a_task_that_never_ends_is_left_at_the_deadline(house: House) -> None:
    house.asr.takes_s = 1e6
    report = house.run(*_names(house), deadline_s=60.0)
    assert report.counts == {State.SUBMITTED: FILES}
    assert len(house.asr.tasks_made) == FILES
