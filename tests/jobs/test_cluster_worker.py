"""The part that runs in a worker: its folder, what is shipped to it, and calls about the same thing."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

import pytest

from captioner.jobs.executors import dask_worker
from captioner.jobs.executors.dask_worker import ShippedArchive
from captioner.jobs.lease import this_process


def test_an_archive_beside_the_captions_has_the_same_bytes_and_time_on_the_worker(tmp_path: Path) -> None:
    shipped = ShippedArchive(Path("/nowhere/out/talk"), "talk.json", b"{}", 1_800_000_000_000_000_000)
    target = shipped.unpack(tmp_path / "a")
    assert target == tmp_path / "a" / "talk"
    assert target.with_suffix(".json").read_bytes() == b"{}"
    assert target.with_suffix(".json").stat().st_mtime_ns == 1_800_000_000_000_000_000


def test_without_an_archive_there_is_none_on_the_worker(tmp_path: Path) -> None:
    target = ShippedArchive(Path("/nowhere/out/talk")).unpack(tmp_path / "a")
    assert list(target.parent.iterdir()) == []


def test_the_folder_of_a_worker_that_was_killed_is_removed_and_that_of_one_that_lives_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    me = this_process()
    dead = tmp_path / f"captioner-worker-{2**22 + 1}.1.{me.boot}.abc"
    earlier_start = tmp_path / f"captioner-worker-{os.getpid()}.1.{me.boot}.abc"
    alive = tmp_path / f"captioner-worker-{os.getpid()}.{me.started}.{me.boot}.abc"
    foreign = tmp_path / "captioner-worker-notes"
    for folder in (dead, earlier_start, alive, foreign):
        folder.mkdir()
        (folder / "file").touch()
    dask_worker._remove_left()
    assert sorted(tmp_path.iterdir()) == sorted([alive, foreign])


def test_two_calls_about_the_same_do_not_run_at_once() -> None:
    order: list[str] = []
    inside, leave = threading.Event(), threading.Event()

    def first() -> None:
        with dask_worker._alone("key"):
            inside.set()
            leave.wait()
            order.append("first")

    def second() -> None:
        with dask_worker._alone("key"):
            order.append("second")

    one = threading.Thread(target=first)
    one.start()
    inside.wait()
    two = threading.Thread(target=second)
    two.start()
    with dask_worker._alone("another key"):
        order.append("another")
    leave.set()
    one.join()
    two.join()
    assert order == ["another", "first", "second"]
