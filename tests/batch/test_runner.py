"""The run over doubles: what is bought, what is written, what is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner.batch.job import State
from tests.batch.doubles import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_file_goes_through_all_states_and_leaves_nothing_in_the_store(house: House) -> None:
    media = house.media("talk.mp4")
    report = house.run(media)
    assert report.exit_code == 0, report.as_json()
    assert report.files[0].state is State.WRITTEN
    assert (house.folder / "talk.srt").read_text() == "Hello world.|40|1280x720"
    assert (house.folder / "talk.asr.json").exists()
    assert house.asr.submissions == 1
    assert house.store.objects == {}
    assert report.files[0].billed_s == 7
