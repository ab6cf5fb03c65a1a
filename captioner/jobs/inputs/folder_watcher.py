"""Watched folders: a feed that gives each file when it is no longer being written.

A file is taken when its length and times of change have stood still for a while, no process has it open for writing or
locked, and neither its name nor a file beside it shows that it is unfinished; the system's own time of change counts
too, because copies keep the other. An empty file is a name that a download or a copy has reserved. What has been
done is in the ledger, so a new start forgets nothing.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from captioner.captions.options import REPLY_EXTENSION
from captioner.errors import OutputError
from captioner.files import name_problem, write_whole
from captioner.jobs.events import FileReport
from captioner.jobs.inputs.finding import Source, clashes, find
from captioner.jobs.inputs.folder_scan import Why, folder_names
from captioner.jobs.inputs.selection import EVERYTHING, Selection
from captioner.jobs.inputs.unfinished import companions, unfinished_name
from captioner.jobs.states import State
from captioner.media import media_extensions

__all__ = ["QUARANTINE", "Watcher", "is_busy"]

log = logging.getLogger(__name__)

QUARANTINE = "quarantine"

# Seconds between two looks at the folders: a listing of ten thousand files takes a tenth of a second.
_SCAN_S = 2.0
# A file that could not be done for a passing reason is offered again after this long.
_AGAIN_S = 60.0

# A file that looks unfinished is told of once after this long.
_TELL_S = 120.0
_TOLD = float("inf")

# Reasons that are about the file itself; others (money, a disk, a style, a link the service could not read) leave it
# where it is. Codes: Model Studio, "Error messages", 2026.
_ABOUT_THE_FILE = ("MediaError", "ReplyError")
_CODES_OF_A_FILE = (
    *("FILE_CHECK", "FILE_PARSE", "FILE_NORMALIZE", "FILE_TOO_LARGE", "MKV_PARSE", "DECODE", "UNSUPPORTED"),
    *("NO_VALID_AUDIO", "AUDIO_", "DataInspectionFailed"),
)


@dataclass(slots=True)
class _Seen:
    """A file as it was found: its length and times of change, and since when they are so."""

    stamp: tuple[int, int, int]
    since: float
    given: bool = False


class Watcher:
    """Watched folders as a feed.

    Args:
        folders: As given by the user.
        out: Folder for the outputs, or None for beside the media.
        extensions: Of all outputs, to find clashes.
        settle_s: How long a file must stand still.
        quarantine: Where refused files go with the reason beside them; None leaves them where they are.
        selection: Which files are wanted.
        clock: Seconds that only grow.

    Attributes:
        notes: A line for every file that has looked unfinished for long, as they are found.
    """

    def __init__(
        self,
        folders: Sequence[str],
        out: Path | None,
        extensions: Sequence[str],
        *,
        settle_s: float,
        quarantine: Path | None,
        selection: Selection = EVERYTHING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folders = tuple(folders)
        self._out = out
        self._extensions = (REPLY_EXTENSION, *extensions)
        self._settle_s = settle_s
        self._quarantine = quarantine
        self._selection = selection
        self._clock = clock
        self._unfinished: dict[str, float] = {}
        self.notes: list[str] = []
        self._seen: dict[Source, _Seen] = {}
        self._ready: list[tuple[Source, str]] = []
        self._scan_at = float("-inf")

    @property
    def left(self) -> int:
        """Files that are known and not taken, those still growing included."""
        return len(self._ready) + sum(not seen.given for seen in self._seen.values())

    @property
    def pause_s(self) -> float | None:
        """Seconds until the next look; a watcher never ends."""
        return 0.0 if self._ready else max(self._scan_at + _SCAN_S - self._clock(), 0.05)

    def take(self, room: int) -> list[tuple[Source, str]]:
        """Files that have come to rest."""
        if not self._ready and self._clock() >= self._scan_at + _SCAN_S:
            self._scan_at = self._clock()
            self._scan()
        taken, self._ready = self._ready[:room], self._ready[room:]
        return taken

    def ended(self, source: Source, report: FileReport) -> None:
        """Quarantine what was refused for its own sake; offer again what was only left."""
        seen = self._seen.get(source)
        if report.state is State.REJECTED and self._quarantine is not None and _is_about_the_file(report):
            if not self._shows_unfinished(source) and (seen is None or not self._is_unfinished(source, seen)):
                self._lock_away(source, report)
        elif report.state not in (State.WRITTEN, State.REJECTED) and seen is not None:
            seen.given, seen.since = False, self._clock() + _AGAIN_S - self._settle_s

    def _scan(self) -> None:
        sources = [source for source in self._found() if source.path is not None]
        stamps = {source: stamp for source in sources if (stamp := _stamp(source)) is not None}
        self._seen = {source: seen for source, seen in self._seen.items() if source in stamps}
        settled = [source for source, stamp in stamps.items() if self._has_settled(source, stamp)]
        refused = clashes([source for source in sources if source in stamps], self._extensions) if settled else {}
        for source in settled:
            self._seen[source].given = True
            self._ready.append((source, refused.get(source, "")))

    def _found(self) -> list[Source]:
        try:
            found = find(self._folders, self._out, self._selection)
        except OSError as error:
            log.warning("a watched folder cannot be read just now (%s)", error.strerror or type(error).__name__)
            return []
        sources = [s for s in found.sources if not s.problem and not self._is_locked_away(s)]
        empty = {source: "an empty file" for source in sources if _is_empty(source)}
        media = tuple(f".{ending}" for ending in media_extensions())
        unfinished = (one for one in found.passed_over if one.why is Why.UNFINISHED)
        waiting = {one.name: one.detail for one in unfinished if one.name.lower().endswith(media)}
        self._tell({**waiting, **{source.name: why for source, why in empty.items()}})
        return [source for source in sources if source not in empty]

    def _tell(self, waiting: Mapping[str, str]) -> None:
        """Note each file that has looked unfinished for long, once."""
        now = self._clock()
        self._unfinished = {name: self._unfinished.get(name, now) for name in waiting}
        for name, since in self._unfinished.items():
            if since != _TOLD and now - since >= _TELL_S:
                self._unfinished[name] = _TOLD
                self.notes.append(f"{name}: waited for: {waiting[name]}")

    def _is_locked_away(self, source: Source) -> bool:
        place, path = self._quarantine, source.path
        return place is not None and path is not None and path.is_relative_to(place)

    def _has_settled(self, source: Source, stamp: tuple[int, int, int]) -> bool:
        """Whether a file is to be given now, which it is once for each of its contents."""
        now, seen = self._clock(), self._seen.get(source)
        if seen is None or seen.stamp != stamp:
            self._seen[source] = _Seen(stamp, now)
            return False
        if seen.given or now - seen.since < self._settle_s:
            return False
        return source.path is not None and not is_busy(source.path)

    def _is_unfinished(self, source: Source, seen: _Seen) -> bool:
        """Whether a refused file was only taken too early: it is still being written, or has been since."""
        stamp = _stamp(source)
        if stamp is None or source.path is None or (stamp == seen.stamp and not is_busy(source.path)):
            return False
        self._seen[source] = _Seen(stamp, self._clock())
        return True

    def _shows_unfinished(self, source: Source) -> bool:
        """Whether a companion came to lie beside a file after it was taken; it is offered again when that is gone."""
        path = source.path
        if path is None or not unfinished_name(path.name, companions(folder_names(path.parent))):
            return False
        self._seen.pop(source, None)
        return True

    def _lock_away(self, source: Source, report: FileReport) -> None:
        place, path = self._quarantine, source.path
        if place is None or path is None:
            return
        to = _free_name(place, path.name)
        note = (
            f"{_beginning(to.name)}.reason.txt"
            if name_problem([to.with_name(f"{to.name}.reason.txt")])
            else f"{to.name}.reason.txt"
        )
        reason = report.reason.message if report.reason else "refused"
        try:
            place.mkdir(parents=True, exist_ok=True)
            write_whole(to.with_name(note), f"{path}\n{reason}\n".encode(errors="backslashreplace"))
            shutil.move(path, to)
        except (OSError, OutputError) as error:
            if path.exists():  # read-only media: a copy each time the watch starts would fill the quarantine
                with contextlib.suppress(OSError):
                    to.unlink(missing_ok=True)
            log.warning("%s: could not be moved into quarantine (%s)", path.name, type(error).__name__)


def is_busy(path: Path) -> bool:
    """Whether a file is still being worked on: it has a lock file beside it, a lock on it, or a writer."""
    locks = (path.with_name(f"{path.name}.lock"), path.with_name(f".{path.name}.lock"))
    if any(os.path.exists(lock) for lock in locks):  # noqa: PTH110 - no error where the name is too long
        return True
    if sys.platform == "win32":
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        return _is_locked(handle) or _has_writer(handle)
    finally:
        os.close(handle)


def _is_locked(handle: int) -> bool:
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in (errno.EWOULDBLOCK, errno.EAGAIN)
    fcntl.flock(handle, fcntl.LOCK_UN)
    return False


def _has_writer(handle: int) -> bool:
    """Whether a process on this machine has the file open for writing.

    The system grants a read lease only where no process does (fcntl(2), "Leases"). It cannot be asked about files
    of other users or on network disks; there, an unchanged length and time have to do.
    """
    import fcntl

    lease = getattr(fcntl, "F_SETLEASE", None)
    if lease is None:
        return False
    try:
        fcntl.fcntl(handle, lease, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EWOULDBLOCK)
    with contextlib.suppress(OSError):
        fcntl.fcntl(handle, lease, fcntl.F_UNLCK)
    return False


def _is_empty(source: Source) -> bool:
    stamp = _stamp(source)
    return stamp is not None and stamp[0] == 0


def _stamp(source: Source) -> tuple[int, int, int] | None:
    try:
        found = (source.path or Path()).stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _is_about_the_file(report: FileReport) -> bool:
    reason = report.reason
    if reason is None:
        return False
    return reason.kind in _ABOUT_THE_FILE or (bool(reason.code) and reason.code.startswith(_CODES_OF_A_FILE))


def _beginning(name: str) -> str:
    """The beginning of a name that leaves room on any disk."""
    return name.encode("utf-8", "ignore")[:100].decode("utf-8", "ignore")


def _free_name(folder: Path, name: str) -> Path:
    """A name that is free in the folder."""
    stem, dot, ending = name.rpartition(".")
    names = (name, *(f"{stem if dot else name}-{number}{dot}{ending if dot else ''}" for number in range(1, 10_000)))
    return next((folder / free for free in names if not (folder / free).exists()), folder / name)
