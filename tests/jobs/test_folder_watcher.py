"""When a file in a watched folder is taken, and what becomes of one that is refused."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from captioner.jobs.events import FileReport
from captioner.jobs.inputs.finding import Source
from captioner.jobs.inputs.folder_watcher import QUARANTINE, Watcher, is_busy
from captioner.jobs.inputs.selection import Selection
from captioner.jobs.states import Reason, State


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Room:
    """A watched folder and its watcher."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "in"
        self.folder.mkdir()
        self.clock = Clock()
        self.watcher = self.start()

    def start(self) -> Watcher:
        return Watcher(
            [str(self.folder)], None, ("srt",), settle_s=10, quarantine=self.folder / QUARANTINE, clock=self.clock
        )

    def taken(self, after_s: float = 5.0) -> list[str]:
        self.clock.now += after_s
        return [Path(source.name).name for source, _ in self.watcher.take(100)]

    def put(self, name: str, content: bytes = b"media") -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


@contextmanager
def opened_for_writing(path: Path) -> Iterator[None]:
    with path.open("ab"):
        yield


@contextmanager
def locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    yield
    os.close(handle)


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    beside = path.with_name(f"{path.name}.lock")
    beside.touch()
    yield
    beside.unlink()


def test_a_file_is_taken_once_when_it_has_stood_still(room: Room) -> None:
    room.put("a.mp4")
    assert [room.taken() for _ in range(5)] == [[], [], ["a.mp4"], [], []]


def test_a_growing_file_is_waited_for(room: Room) -> None:
    path = room.put("a.mp4")
    for size in range(2, 8):
        assert room.taken() == []
        path.write_bytes(b"media" * size)
    assert [room.taken() for _ in range(4)] == [[], [], ["a.mp4"], []]


def test_a_file_that_changes_later_is_taken_again(room: Room) -> None:
    path = room.put("a.mp4")
    assert [room.taken() for _ in range(3)][-1] == ["a.mp4"]
    path.write_bytes(b"another recording")
    assert [room.taken() for _ in range(3)][-1] == ["a.mp4"]


@pytest.mark.parametrize("busy", [opened_for_writing, locked, lock_file])
def test_a_file_somebody_works_on_is_waited_for(room: Room, busy: object) -> None:
    path = room.put("a.mp4")
    with busy(path):  # type: ignore[operator]
        assert is_busy(path)
        assert [room.taken() for _ in range(4)] == [[]] * 4
    assert not is_busy(path)
    assert room.taken() == ["a.mp4"]


def test_a_file_that_cannot_be_opened_is_busy(tmp_path: Path) -> None:
    assert is_busy(tmp_path / "gone.mp4")


def test_two_files_for_one_output_are_told_apart_before_they_are_taken(room: Room) -> None:
    room.put("a.mp4")
    room.put("a.wav")
    room.taken()
    room.taken(10)
    room.clock.now += 10
    room.watcher = room.start()
    room.watcher.take(9)
    room.clock.now += 20
    taken = room.watcher.take(9)
    assert [bool(clash) for _, clash in taken] == [False, True]


def test_only_room_for_so_many_is_filled(room: Room) -> None:
    for number in range(5):
        room.put(f"{number}.mp4")
    room.taken()
    room.clock.now += 20
    assert len(room.watcher.take(3)) == 3
    assert room.watcher.left == 2
    assert room.watcher.pause_s == 0
    assert len(room.watcher.take(3)) == 2


@pytest.mark.parametrize(
    ("reason", "moves"),
    [
        (Reason("a.mp4: cannot be read", kind="MediaError"), True),
        (Reason("a.mp4: decoding", "DECODE_ERROR", "AsrRejected"), True),
        (Reason("a.mp4: parsing", "FILE_PARSE_FAILED", "AsrRejected"), True),
        (Reason("a.mp4: the link was refused", "FILE_403_FORBIDDEN", "AsrRejected"), False),
        (Reason("a.mp4: not downloaded", "InvalidFile.DownloadFailed", "AsrRejected"), False),
        (Reason("a.mp4: settle the account", "Arrearage", "AsrRejected"), False),
        (Reason("a.mp4: exists", kind="OutputError"), False),
    ],
)
def test_what_is_wrong_with_the_file_itself_goes_to_quarantine_with_its_reason(
    room: Room, reason: Reason, moves: bool
) -> None:
    path = room.put("a.mp4")
    room.put("b.mp4")
    away = room.folder / QUARANTINE
    away.mkdir()
    (away / "a.mp4").write_bytes(b"an older one")
    source = Source(str(path), path.with_suffix(""), path)
    room.watcher.ended(source, FileReport(source.name, State.REJECTED, reason=reason))
    assert path.exists() is not moves
    if moves:
        assert (away / "a-1.mp4").exists()
        assert reason.message in (away / "a-1.mp4.reason.txt").read_text()
        assert [room.taken() for _ in range(3)][-1] == ["b.mp4"]


@pytest.mark.parametrize("since", ["grown", "open for writing"])
def test_a_file_that_was_refused_in_the_making_is_not_locked_away_but_offered_again(room: Room, since: str) -> None:
    path = room.put("a.mp4")
    assert [room.taken() for _ in range(3)][-1] == ["a.mp4"]
    (source,) = room.watcher._seen
    refused = FileReport(source.name, State.REJECTED, reason=Reason("a.mp4: cannot be read", kind="MediaError"))
    if since == "grown":
        path.write_bytes(b"media, and more of it")
        room.watcher.ended(source, refused)
    else:
        with opened_for_writing(path):
            room.watcher.ended(source, refused)
            assert room.taken(20) == []
    assert path.exists()
    assert [name for _ in range(3) for name in room.taken()] == ["a.mp4"]
    room.watcher.ended(source, refused)
    assert not path.exists()


def test_a_copy_that_keeps_its_time_of_change_is_waited_for(room: Room) -> None:
    path = room.put("a.mp4", b"0" * 100)
    for content in (b"1", b"2", b"3", b"4"):
        os.utime(path, ns=(1, 1))
        assert room.taken() == []
        path.write_bytes(content * 100)  # of the whole length from the start, filled bit by bit
        os.utime(path, ns=(1, 1))
    assert [room.taken() for _ in range(3)][-1] == ["a.mp4"]


def test_a_file_that_was_only_left_is_offered_again_after_a_while(room: Room) -> None:
    path = room.put("a.mp4")
    assert [room.taken() for _ in range(3)][-1] == ["a.mp4"]
    source = next(source for source, _ in [(s, 0) for s in room.watcher._seen] if source.path == path)
    room.watcher.ended(source, FileReport(source.name, State.SUBMITTED, reason=Reason("too long")))
    assert room.taken(30) == []
    assert room.taken(31) == ["a.mp4"]


def test_a_folder_that_is_away_for_a_while_is_no_end(room: Room) -> None:
    room.folder.rmdir()
    assert room.taken() == []
    room.folder.mkdir()
    room.put("a.mp4")
    assert [room.taken() for _ in range(3)][-1] == ["a.mp4"]


@pytest.mark.parametrize(
    "companion",
    ["a.mp4.aria2", "a.mp4.ytdl", "a.mp4.part", "a.mp4.crdownload", "a.mp4.st", "a.mov.tmp", "a.mp4.!qB"],
)
def test_a_file_is_waited_for_while_its_companion_is_there(room: Room, companion: str) -> None:
    name = companion.rpartition(".")[0]
    room.put(name)
    beside = room.put(companion)
    assert [room.taken() for _ in range(4)] == [[]] * 4
    beside.unlink()
    assert [room.taken() for _ in range(3)][-1] == [name]


@pytest.mark.parametrize("name", ["a.f137.mp4", "a.temp.mp4", "a.mp4.part", "~a.mov", "a.mov.sb-1a2b3c4d-AbCdEf/a.mov"])
def test_pieces_of_a_download_or_a_render_are_not_taken(room: Room, name: str) -> None:
    (room.folder / name).parent.mkdir(exist_ok=True)
    room.put(name)
    assert [room.taken() for _ in range(4)] == [[]] * 4


def test_an_empty_file_is_waited_for(room: Room) -> None:
    path = room.put("a.mp4", b"")
    assert [room.taken() for _ in range(4)] == [[]] * 4
    path.write_bytes(b"media")
    assert [room.taken() for _ in range(3)][-1] == ["a.mp4"]


def test_what_is_waited_for_is_told_once(room: Room) -> None:
    room.put("a.mp4")
    room.put("a.mp4.aria2")
    room.put("b.mp4", b"")
    for _ in range(60):
        room.taken()
    assert [note.partition(": ")[2] for note in room.watcher.notes] == [
        "waited for: unfinished, a.mp4.aria2 lies beside it",
        "waited for: an empty file",
    ]


def test_a_file_that_turns_out_to_be_unfinished_is_offered_again(room: Room) -> None:
    path = room.put("a.mp4")
    room.taken(), room.taken()
    room.clock.now += 5
    ((source, _),) = room.watcher.take(100)
    beside = room.put("a.mp4.aria2")
    reason = Reason("damaged, or not media", kind="MediaError")
    room.watcher.ended(source, FileReport(source.name, State.REJECTED, reason=reason))
    assert path.exists()
    assert not (room.folder / QUARANTINE).exists()
    beside.unlink()
    assert [room.taken() for _ in range(3)][-1] == ["a.mp4"]


def test_the_selection_holds_for_what_comes_later(tmp_path: Path) -> None:
    clock = Clock()
    watcher = Watcher(
        [str(tmp_path)], None, ("srt",), settle_s=1, quarantine=None, selection=Selection(exclude=("proxies",)),
        clock=clock,
    )  # fmt: skip
    for name in ("a.mov", "proxies/a.mov"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"media")
    watcher.take(9)
    clock.now += 5
    assert [source.name for source, _ in watcher.take(9)] == [str(tmp_path / "a.mov")]
