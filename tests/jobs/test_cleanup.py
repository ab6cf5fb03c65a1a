"""Objects that are no longer needed: deleted together, within seconds, and before a run ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from captioner.errors import CaptionerError, StorageUnavailable
from captioner.jobs.states import State
from captioner.model import StoredObject
from tests.jobs.doubles import FakeAsr, FakeStore, House


class BulkFakeStore(FakeStore):
    """A store that removes many objects with one request.

    Attributes:
        together: Number of objects in each request.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.together: list[int] = []

    def delete_all(self, stored: Sequence[StoredObject]) -> tuple[CaptionerError | None, ...]:
        self.together.append(len(stored))
        return tuple(self._error_of(one) for one in stored)

    def _error_of(self, stored: StoredObject) -> CaptionerError | None:
        try:
            self.delete(stored)
        except CaptionerError as error:
            return error
        return None


def house_at(folder: Path) -> tuple[House, BulkFakeStore]:
    house = House(folder)
    store = BulkFakeStore(house.clock, house.wire)
    house.store, house.asr = store, FakeAsr(house.clock, store, house.wire)
    return house, store


def talks(house: House, count: int) -> list[Path]:
    return [house.media(f"{number}.mp4", b"%d" % number) for number in range(count)]


def test_objects_that_are_no_longer_needed_are_deleted_together_before_the_run_ends(tmp_path: Path) -> None:
    house, store = house_at(tmp_path)
    report = house.run(*talks(house, 12))
    assert [file.state for file in report.files] == [State.WRITTEN] * 12
    assert store.objects == {}
    assert report.leftovers == ()
    assert sum(store.together) == 12
    assert len(store.together) < 6


def test_an_object_of_many_that_stays_is_tried_again_alone_and_reported(tmp_path: Path) -> None:
    house, store = house_at(tmp_path)
    asked: list[str] = []

    def fail(verb: str) -> None:
        if verb == "delete":
            asked.append(verb)
            if len(asked) == 2 or len(asked) > 3:
                raise StorageUnavailable("bucket media said SlowDown; try again", "SlowDown")

    store.fail = fail
    report = house.run(*talks(house, 3))
    assert [file.state for file in report.files] == [State.WRITTEN] * 3
    assert list(report.leftovers) == list(store.objects)
    assert len(store.objects) == 1
    assert store.together[-4:] == [1, 1, 1, 1]
    store.fail = lambda verb: None
    assert house.run(*talks(house, 3)).leftovers == ()
    assert store.objects == {}


@pytest.mark.parametrize("count", [1, 3])
def test_the_last_objects_of_a_run_do_not_hold_it_up(tmp_path: Path, count: int) -> None:
    took_s = []
    for kept in (True, False):
        folder = tmp_path / str(kept)
        folder.mkdir()
        house, store = house_at(folder)
        begun = house.clock.now
        house.run(*talks(house, count), keep_upload=kept)
        took_s.append(house.clock.now - begun)
        assert len(store.objects) == count * kept
    assert took_s[1] < took_s[0] + 1
