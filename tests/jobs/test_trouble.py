"""Disks that are full, runs that are stopped in between, jobs that failed before."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from captioner.errors import Interrupted, LedgerError, StorageUnavailable
from captioner.jobs.inputs.finding import expand
from captioner.jobs.runner import run
from captioner.jobs.states import State
from captioner.model import Prepared, SignedUrl, StoredObject
from tests.jobs.doubles import INLINE, House, QuickLedger, threads

pytestmark = pytest.mark.integration


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


class FullDisk:
    """Has room for so many files more."""

    def __init__(self, room: int) -> None:
        self.room = room

    def __call__(self, handle: int) -> None:
        self.room -= 1
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("room", [0, 1, 2])
def test_a_full_disk_loses_nothing_shows_no_part_and_costs_nothing_again(
    house: House, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    media = house.media("talk.mp4")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", FullDisk(room))
        report = house.run(media, retry_rejected=False)
        assert report.exit_code == 1
        assert "No space left" in (report.files[0].reason or pytest.fail("no reason")).message
        assert not list(house.folder.glob("*.srt"))
        assert not list(house.folder.glob("**/*.part"))
    assert house.run(media, retry_rejected=False).exit_code == 0
    assert len(house.asr.tasks_made) == 1
    assert house.store.objects == {}


def no_room(**_: object) -> None:
    """A file system that takes no files."""
    raise OSError(errno.EROFS, "Read-only file system")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda out, patch: out.write_text("a file"), "is no folder"),
        (lambda out, patch: patch.setattr(tempfile, "TemporaryFile", no_room), "cannot be written to"),
    ],
    ids=["a file where the folder should be", "a disk that is read-only"],
)
def test_what_could_not_be_written_is_not_bought_and_done_by_the_same_command_later(
    house: House, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path, pytest.MonkeyPatch], object], said: str
) -> None:
    media, out = house.media("talk.mp4"), house.folder / "disk" / "out"
    out.parent.mkdir()
    ledger, asked = house.folder / "ledger.sqlite3", replace(house.options, retry_rejected=False)
    with monkeypatch.context() as patch:
        spoil(out, patch)
        with QuickLedger(ledger, clock=house.clock) as book:
            report = run(expand([str(media)], out), asked, house.services, book, executors=INLINE)
    assert report.exit_code == 1
    assert said in (report.files[0].reason or pytest.fail("no reason")).message
    assert not house.store.puts
    out.unlink(missing_ok=True)
    with QuickLedger(ledger, clock=house.clock) as book:
        assert run(expand([str(media)], out), asked, house.services, book, executors=INLINE).exit_code == 0
    assert house.asr.submissions == 1


def test_a_ledger_that_cannot_grow_stops_the_run_before_anything_is_bought(house: House) -> None:
    names = [str(house.media(f"{number}.mp4")) for number in range(200)]
    with house.ledger(*names) as book:
        pages = book._db.execute("PRAGMA page_count").fetchone()[0]
        book._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LedgerError, match="full"):
            run(expand(names), house.options, house.services, book, executors=threads())
    bought = len(house.asr.tasks_made)
    assert house.run(*names).exit_code == 0
    assert len(house.asr.tasks_made) == 200 >= bought
    assert house.store.objects == {}


def test_no_intent_is_written_for_a_submission_that_will_not_leave(house: House) -> None:
    names, stop = [str(house.media("talk.mp4"))], threading.Event()
    sign = house.store.sign

    def slow_sign(stored: StoredObject) -> SignedUrl:
        if house.store.signed:  # the first is for the upload
            stop.set()
            time.sleep(0.5)
        return sign(stored)

    house.store.sign = slow_sign  # type: ignore[method-assign]
    services = replace(house.services, sleep=time.sleep, clock=time.time)
    with house.ledger(*names) as book, pytest.raises(Interrupted):
        run(expand(names), house.options, services, book, stop=stop, executors=threads())
    with house.ledger(*names) as book:
        assert [rec.status.state for rec in book.recognitions()] == [State.STORED]
        assert [rec.task for rec in book.recognitions()] == [None]
    assert house.asr.submissions == 0


def test_what_was_prepared_stays_until_it_is_stored_and_is_gone_then(house: House) -> None:
    there: list[bool] = []
    put, failures = house.store.put, [StorageUnavailable("no answer")]

    def picky_put(prepared: Prepared, name: str, *, progress: object = None) -> StoredObject:
        there.append(prepared.path.exists())
        if failures:
            raise failures.pop()
        return put(prepared, name, progress=progress)

    house.store.put = picky_put  # type: ignore[method-assign]
    assert house.run(house.media("talk.mp4")).exit_code == 0
    assert there == [True, True]
    assert house.prepare.count == 1
    assert not list(house.folder.rglob("*.flac"))


def test_a_refused_file_stays_refused_until_it_changes_or_is_asked_for(house: House) -> None:
    media, bad = house.media("talk.mp4"), house.media("bad.mp4", b"broken")
    house.asr.outcomes = {"talk": "DECODE_ERROR"}
    for _ in range(3):
        assert house.run(media, bad, retry_rejected=False).counts == {"REJECTED": 2}
    assert len(house.asr.tasks_made) == 1
    bad.write_bytes(b"media at last")
    assert house.run(media, bad, retry_rejected=False).counts == {"REJECTED": 1, "WRITTEN": 1}
    house.asr.outcomes = {}
    assert house.run(media, retry_rejected=True).exit_code == 0
    assert len(house.asr.tasks_made) == 3


def test_a_lot_of_files_is_taken_up_as_there_is_room(house: House) -> None:
    names = [str(house.media(f"{number:03d}.mp4")) for number in range(150)]
    enrolled: list[int] = []
    submit = house.asr.submit

    def counted(urls: list[SignedUrl], options: object) -> str:
        with house.ledger(*names) as book:
            enrolled.append(len(book.jobs()))
        return submit(urls, options)  # type: ignore[arg-type]

    house.asr.submit = counted  # type: ignore[assignment,method-assign]
    assert house.run(*names).exit_code == 0
    assert enrolled[0] < 60
    assert len(enrolled) == 150
