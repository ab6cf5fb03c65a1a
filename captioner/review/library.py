"""Files that a server offers: one, or all below a folder; each under an id and never under its path."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from captioner.review.edit_session import Session
from captioner.review.locate_captions import archives_in, locate, media_beside

__all__ = ["Library", "Listed", "file_id"]

_MOST_OPEN = 6  # files in memory at once, but for those with windows; one of twelve hours takes about 100 MB
_IN_USE_S = 10.0  # after a request a file stays open: another request may still be at work on it


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that is offered.

    Attributes:
        id: Name in addresses.
        archive: Path of the archive, which may not be there yet.
        captions: Captions that it is made of where it is not.
        title: Path below the folder, for people.
    """

    id: str
    archive: Path
    captions: Path | None
    title: str


def file_id(title: str) -> str:
    """Id of a file by its path below the folder, without `.json`: the first 12 hex digits of its SHA-256.

    Another program can compute it, and so link to a file.
    """
    return hashlib.sha256(title.encode()).hexdigest()[:12]


class Library:
    """The files below a folder, or one file; opens them when they are asked for.

    Attributes:
        folder: The folder, or None for a single file.
        glossary: The glossary that is configured, or None for that in the folder of each file.
    """

    def __init__(
        self, given: Path, by: str, glossary: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._by, self._clock = by, clock
        self.glossary = glossary
        self._lock = threading.RLock()
        self._open: dict[str, Session] = {}
        self._used: dict[str, float] = {}
        self._known: dict[str, Listed] = {}
        self._looked_into: dict[Path, tuple[tuple[int, int], bool]] = {}
        self.folder = given if given.is_dir() else None
        if self.folder is None:
            archive, captions = locate(given)
            title = archive.name.removesuffix(".json")
            self._known = {file_id(title): Listed(file_id(title), archive, captions, title)}

    def without_folder(self, message: str) -> str:
        """A message without the path of the folder: other machines that may look need not know it."""
        folders = [self.folder] if self.folder else [each.archive.parent for each in self._known.values()]
        for folder in folders:
            for name in (f"{folder}/", f"{folder.absolute()}/"):
                message = message.replace(name, "") if name != "./" else message
        return message

    def files(self) -> Sequence[Listed]:
        """All files, in order of their paths."""
        if self.folder is None:
            return list(self._known.values())
        found = [self._listed(self.folder, path) for path in archives_in(self.folder, self._looked_into)]
        with self._lock:
            self._known = {each.id: each for each in found}
        return found

    @staticmethod
    def _listed(folder: Path, archive: Path) -> Listed:
        title = archive.relative_to(folder).as_posix().removesuffix(".json")
        return Listed(file_id(title), archive, None, title)

    def only(self) -> Listed | None:
        """The file where there is but one, and no folder was named."""
        return next(iter(self._known.values())) if self.folder is None else None

    def find(self, id: str) -> Listed | None:
        """A file by its id."""
        if id not in self._known and self.folder is not None:
            self.files()
        return self._known.get(id)

    def session(self, id: str) -> Session | None:
        """The file, opened; None where there is none of this id.

        Raises:
            ReplyError: It cannot be read.
        """
        with self._lock:
            if id in self._open:
                self._open[id] = self._open.pop(id)  # used last
                self._used[id] = self._clock()
                return self._open[id]
            listed = self.find(id)
            if listed is None:
                return None
            captions = listed.captions if not listed.archive.is_file() else None
            self._open[id] = Session(id, listed.archive, captions, self._by)
            self._used[id] = self._clock()
            self._close_some()
            return self._open[id]

    def opened(self) -> list[Session]:
        """The files that are open now."""
        with self._lock:
            return list(self._open.values())

    def _close_some(self) -> None:
        now = self._clock()
        idle = [id for id, each in self._open.items() if not each.holder and now - self._used[id] > _IN_USE_S]
        for id in idle[: max(0, len(self._open) - _MOST_OPEN)]:
            self._used.pop(id)
            self._open.pop(id).close()

    def media(self, id: str) -> Path | None:
        """The media of a file."""
        listed = self.find(id)
        return media_beside(listed.archive) if listed else None

    def close(self) -> None:
        """Save and close everything."""
        for session in self.opened():
            session.close()
