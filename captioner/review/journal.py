"""Journal of one file: every change and what is being typed, on disk before the archive is written.

A line is appended for each change, so that a process that is killed loses none; what is typed is appended too, a moment
after it was typed. The first line says which archive the changes are for. When the archive has them, the journal begins
anew, with what is still being typed and with the numbers of the captions, which so stay the same for open windows.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from captioner.errors import OutputError
from captioner.files import write_whole

__all__ = ["Entry", "Head", "Journal", "journal_path", "read_journal"]

_VERSION = 1
Entry = Mapping[str, Any]  #: `{"operations": [...], "by": ..., "at": ...}`, `{"undo": true, ...}` or `{"draft": ...}`


@dataclass(frozen=True, slots=True)
class Head:
    """First line of a journal.

    Attributes:
        base: Hex SHA-256 of the archive that the changes are for, "" where there was none yet.
        epoch: Random name of the journal; revisions count within it.
        revision: Number of changes before those of the journal.
        ids: Numbers of the captions of the archive, in order; empty for 1, 2, 3 …
        next_id: Number of the next new caption, 0 for one more than there are.
        accepted: Findings that stay as they are: rule, digest of the caption's text, reason.
        proofed: Who proofed the file and when, or "".
    """

    base: str
    epoch: str = field(default_factory=lambda: secrets.token_hex(4))
    revision: int = 0
    ids: tuple[int, ...] = ()
    next_id: int = 0
    accepted: tuple[tuple[str, str, str], ...] = ()
    proofed: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "captioner.review": _VERSION,
            "base": self.base,
            "epoch": self.epoch,
            "revision": self.revision,
            "ids": list(self.ids),
            "next_id": self.next_id,
            "accepted": [list(each) for each in self.accepted],
            "proofed": self.proofed,
        }


def journal_path(archive: Path) -> Path:
    """Path of the journal of an archive: hidden, beside it."""
    return archive.with_name(f".{archive.name.removesuffix('.json')}.review.jsonl")


def read_journal(path: Path, base: str | None = None) -> tuple[Head | None, list[Entry]]:
    """The head and the entries of a journal; a last line that was not written to its end is left out.

    Before an archive is written, the head for it is appended. So a process that ends between the two writes leaves a
    journal that goes with either archive.

    Args:
        path: The journal.
        base: SHA-256 of the archive as it is; the entries after the head for it are given, and what was still being
            typed then. None, or an archive that no head is for, stands for the whole journal.

    Returns:
        None and nothing where there is no journal, or none of this version.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return None, []
    documents: list[Entry] = list(_documents(lines))
    heads = {index: head for index, each in enumerate(documents) if (head := _read_head(each)) is not None}
    if 0 not in heads:
        return None, []
    at = max((index for index, head in heads.items() if head.base == base), default=0)
    later = [each for index, each in enumerate(documents) if index > at and index not in heads]
    return heads[at], [*_drafts(documents[:at]), *later]


def _read_head(document: Entry) -> Head | None:
    if document.get("captioner.review") != _VERSION:
        return None
    try:
        return Head(
            str(document["base"]),
            str(document["epoch"]),
            int(document["revision"]),
            tuple(map(int, document["ids"])),
            int(document["next_id"]),
            tuple((str(rule), str(text), str(reason)) for rule, text, reason in document["accepted"]),
            str(document["proofed"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _drafts(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Texts that were being typed after some entries, and had not become changes."""
    waiting: dict[object, Entry] = {}
    for entry in entries:
        if "draft" in entry:
            waiting[entry["draft"]] = entry
        for operation in entry.get("operations", ()):
            if operation.get("op") == "text":
                waiting.pop(operation.get("caption"), None)
    yield from waiting.values()


def _documents(lines: Iterable[bytes]) -> Iterator[Entry]:
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            if isinstance(document := json.loads(line), dict):
                yield document


class Journal:
    """The journal of an open file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stream: IO[bytes] | None = None

    def begin(self, head: Head, entries: Sequence[Entry] = ()) -> None:
        """Begin anew, atomically.

        Raises:
            OutputError: It cannot be written.
        """
        self.close()
        documents = [head.as_dict(), *entries]
        write_whole(self.path, b"".join(map(_line, documents)), private=True)

    def append(self, entry: Entry, *, durable: bool) -> None:
        """Add an entry; one that cannot be written is not there, not even in part.

        Args:
            entry: The change or the draft.
            durable: Whether it has to be on the disk itself when this returns, and not only with the system.

        Raises:
            OutputError: It cannot be written.
        """
        line, size = _line(entry), None
        try:
            if self._stream is None:
                self._stream = self.path.open("ab", buffering=0)
            size = os.fstat(self._stream.fileno()).st_size
            if self._stream.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if durable:
                os.fsync(self._stream.fileno())
        except OSError as error:
            if self._stream is not None and size is not None:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._stream.fileno(), size)
            raise OutputError(f"{self.path}: cannot be written ({error.strerror or error}); free space") from error

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def remove(self) -> None:
        """Delete it: nothing is in it that the archive does not have."""
        self.close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def set_aside(self) -> Path | None:
        """Rename it, because it is for another archive; None where there is none."""
        self.close()
        if not self.path.exists():
            return None
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()[:8]
        target = self.path.with_name(f"{self.path.name.removesuffix('.jsonl')}-{digest}.jsonl")
        self.path.replace(target)
        return target


def _line(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
