"""The part that runs in a worker: its folder, what is shipped to it, and calls about the same thing."""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from captioner.jobs.executors import dask_worker
from captioner.jobs.executors.dask_worker import (
    ClusterSettings,
    ShippedArchive,
    WorkerFacts,
    is_unseen,
    sizes_of_settled,
)
from captioner.jobs.inputs.finding import Source
from captioner.jobs.lease import this_process
from captioner.jobs.services import ServiceSettings, perform
from captioner.jobs.states import Cause, Reason, Rejected, Retry
from captioner.jobs.step_records import Stored
from captioner.jobs.steps import probe
from captioner.media import AudioPolicy
from captioner.settings import Settings


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


SETTINGS = ServiceSettings(Settings(), AudioPolicy(), "fun-asr")


def examined(folders: list[Path], files: list[tuple[Path, int]]) -> WorkerFacts:
    given = (SETTINGS, [str(folder) for folder in folders], [(str(path), size) for path, size in files])
    return dask_worker.examine(pickle.dumps(given))


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for temporary files."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(dask_worker, "_FOLDERS", [])
    return folder


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "talk.mp4").write_bytes(b"12345")
    return folder


def test_a_folder_that_is_there_and_empty_is_no_mounted_one(tmp_path: Path, own_folder: Path, media: Path) -> None:
    seen = media / "talk.mp4"
    assert examined([media], [(seen, 5)]).missing == ()
    (tmp_path / "empty").mkdir()
    facts = examined([tmp_path / "empty"], [(tmp_path / "empty" / "talk.mp4", 5)])
    assert facts.missing == (str(tmp_path / "empty" / "talk.mp4"),)
    facts = examined([media], [(seen, 6)])
    assert facts.missing == ()
    assert facts.fault == f"its {seen} has 5 bytes, not 6: it is another folder; correct the mount or --cluster-path"


def test_of_many_missing_folders_the_first_are_named(tmp_path: Path, own_folder: Path) -> None:
    facts = examined([tmp_path / f"{number:03d}" for number in range(40)], [])
    assert facts.missing == (*(str(tmp_path / name) for name in ("000", "001", "002")), "37 more")


def test_a_worker_without_space_or_place_for_temporary_files_is_told(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(own_folder)._replace(free=12_000_000)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: full)
        assert examined([], []).fault == (
            f"its {own_folder} has 12 MB free; free more, or set TMPDIR to a folder with space"
        )
    monkeypatch.setattr(dask_worker, "_FOLDERS", [])
    monkeypatch.setattr(tempfile, "tempdir", str(own_folder / "gone"))
    assert "it has no place for temporary files" in examined([], []).fault


def test_a_worker_without_the_library_that_media_are_read_with_is_told(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    assert "media cannot be read" in examined([], []).store_fault


def test_files_that_changed_just_now_are_no_samples(media: Path) -> None:
    seen = media / "talk.mp4"
    assert sizes_of_settled([seen, media / "gone.mp4"], time.time() + 600) == [(seen, 5)]
    assert sizes_of_settled([seen], time.time()) == []


def answered(step: Any, *args: Any) -> Any:
    answer = dask_worker._answer("tcp://1", perform, (step, args), ClusterSettings(SETTINGS))
    return pickle.loads(answer.value)


def test_a_file_that_the_worker_does_not_see_is_not_refused(own_folder: Path, media: Path) -> None:
    outcome = answered(probe, Source("gone.mp4", media / "gone", media / "gone.mp4"))
    assert is_unseen(outcome)
    assert outcome.cause is Cause.WORKER
    assert f"workers do not see it in {media};" in outcome.reason.message
    assert not is_unseen(answered(probe, Source("talk.mp4", media / "talk", media / "talk.mp4")))


@pytest.mark.parametrize("wrap", [lambda outcome: outcome, Stored], ids=["describe", "upload"])
def test_a_full_disk_of_the_worker_does_not_refuse_the_file(own_folder: Path, wrap: Callable[[Any], Any]) -> None:
    full = Rejected(Reason("cannot write to /tmp (No space left on device)", kind="OutputError"))
    damaged = Rejected(Reason("damaged", kind="MediaError"))
    found = dask_worker._without_own_fault(wrap(full))
    assert getattr(found, "outcome", found) == Retry(Cause.WORKER, full.reason)
    assert dask_worker._without_own_fault(wrap(damaged)) == wrap(damaged)
