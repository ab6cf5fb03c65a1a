"""Objects of processes that died before the ledger knew them: found, used or deleted, whatever form comes next.

"auto" sends FLAC or Opus by the speed of the connection, so the next process may make another object of the same file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from captioner.errors import Interrupted, StorageRejected
from captioner.jobs.ledger import Ledger
from captioner.jobs.upload_notes import keep_note, recall_uploads
from captioner.model import Prepared, StoredObject
from captioner.recognition.funasr.options import RecognitionOptions
from tests.jobs.doubles import House, QuickLedger, unavailable

pytestmark = pytest.mark.integration


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def _boundary(house: House, name: str) -> int:
    other = House(house.folder / "not killed")
    other.run_until_killed(other.media("talk.mp4"), at=-1)
    return other.wire.names.index(name) + 1


def test_an_object_of_a_process_that_was_killed_is_used_by_the_next_and_deleted(house: House) -> None:
    media = house.media("talk.mp4")
    assert house.run_until_killed(media, at=_boundary(house, "put:after"))
    assert len(house.store.objects) == 1
    house.prepare.form = "opus"
    assert house.run(media).exit_code == 0
    assert (house.prepare.count, len(house.store.puts), house.store.objects) == (1, 1, {})


def test_wherever_a_process_is_killed_nothing_is_left_although_the_next_sends_another_form(tmp_path: Path) -> None:
    whole = House(tmp_path / "whole")
    whole.run_until_killed(whole.media("talk.mp4"), at=-1)
    for at, name in enumerate(whole.wire.names, 1):
        house = House(tmp_path / str(at))
        media = house.media("talk.mp4")
        assert house.run_until_killed(media, at=at)
        house.prepare.form = "opus"
        assert house.run(media).exit_code == 0, name
        assert (len(house.asr.tasks_made), house.store.objects) == (1, {}), name
        assert not list(house.folder.glob(".captioner/work/*")), name


def test_an_upload_that_arrives_after_its_process_was_killed_is_deleted(house: House) -> None:
    media, submit = house.media("talk.mp4"), house.asr.submit
    assert house.run_until_killed(media, at=_boundary(house, "put:before"))
    (late,) = _noted_keys(house)
    house.prepare.form = "opus"

    def submit_and_land(urls: Any, options: RecognitionOptions) -> str:
        house.store.objects[late] = 1
        return submit(urls, options)

    house.asr.submit = submit_and_land  # type: ignore[method-assign]
    assert house.run(media).exit_code == 0
    assert house.prepare.count == 2
    assert house.store.objects == {}


def _noted_keys(house: House) -> list[str]:
    """Keys in the notes that lie in the work folders."""
    notes = sorted(house.folder.glob(".captioner/work/*/uploads/*.json"))
    return [note.read_text().split('"key": "')[1].split('"')[0] for note in notes]


def test_an_upload_that_was_stopped_when_it_was_whole_is_deleted_by_the_next_run(house: House) -> None:
    media, put = house.media("talk.mp4"), house.store.put

    def stopped(prepared: Prepared, name: str, *, progress: Any = None) -> StoredObject:
        put(prepared, name, progress=progress)
        raise KeyboardInterrupt

    house.store.put = stopped  # type: ignore[method-assign]
    with pytest.raises(Interrupted):
        house.run(media)
    assert len(house.store.objects) == 1
    house.store.put, house.prepare.form = put, "opus"  # type: ignore[method-assign]
    assert house.run(media).exit_code == 0
    assert house.store.objects == {}


def test_nothing_is_deleted_that_was_refused(house: House) -> None:
    house.store.fail = unavailable("put", 1, StorageRejected)
    assert house.run(house.media("talk.mp4")).exit_code == 1
    assert house.store.deletes == []


def test_what_may_be_in_a_store_that_does_not_answer_is_no_leftover_and_is_tried_by_the_next_run(house: House) -> None:
    media = house.media("talk.mp4")
    assert house.run_until_killed(media, at=_boundary(house, "put:before"))
    house.prepare.form = "opus"
    (key,) = _noted_keys(house)
    house.store.fail = unavailable("delete", 1)
    report = house.run(media)
    assert (report.exit_code, report.leftovers) == (0, ())
    house.run(media)
    assert key in house.store.deletes


def test_what_is_known_to_be_there_is_not_changed_by_a_note(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media, keep_upload=True)
    with house.ledger(str(media)) as ledger:
        known = ledger.upload(1)
        keep_note(house.folder / "work", known)
        recall_uploads(ledger, house.folder / "work")
        assert ledger.upload(1) == known
    assert not list((house.folder / "work" / "uploads").iterdir())


@pytest.mark.parametrize("text", ["", "{}", '{"stored": 3}', "[1]", "\x00"])
def test_a_note_that_cannot_be_read_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "half.json").write_text(text)
    ledger: Ledger
    with QuickLedger(tmp_path / "ledger.sqlite3") as ledger:
        recall_uploads(ledger, tmp_path)
        assert ledger.known_keys("") == frozenset()
