"""Tells outputs that captioner wrote from those that a person edited since, and reads what people corrected before.

A file is as captioner wrote it when the ledger or the archive beside it, `<stem>.json`, knows its digest. The archive
is never in the way: what people changed in it is carried into the new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from captioner import archive as archives
from captioner.archive import Archive
from captioner.captions.options import ARCHIVE_EXTENSION
from captioner.errors import OutputError, ReplyError
from captioner.files import sha256_of_file
from captioner.jobs.inputs.finding import output_path

__all__ = ["Beside", "OutputState", "archive_beside", "changed_since", "edit_note", "state_of_output"]

OutputState = Literal["ours", "edited", "foreign"]
_HEAD = 4096  # bytes in which an archive names its schema
_NAMED = 3  # edited files in one line


@dataclass(frozen=True, slots=True)
class Beside:
    """The archive beside captions.

    Attributes:
        archive: As read.
        name: Name of its file.
        at: When the file was last changed, in UTC as `2026-11-28T19:30:00Z`.
    """

    archive: Archive
    name: str
    at: str


def archive_beside(target: Path) -> Beside | None:
    """The archive of a media file, None without one and where a file of its name is something else.

    Args:
        target: Folder and stem of the outputs.

    Raises:
        OutputError: It cannot be read, or is damaged, so that corrections in it would be lost.
    """
    path = output_path(target, ARCHIVE_EXTENSION)
    if not path.is_file():
        return None
    try:
        data = path.read_bytes()
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OSError as error:
        raise OutputError(f"{path} is in the way and cannot be read; move it away") from error
    if archives.SCHEMA.encode() not in data[:_HEAD]:
        return None
    try:
        return Beside(archives.from_document(archives.decode(data)), path.name, at)
    except (ReplyError, ValueError, RecursionError) as error:
        why = error.message.removeprefix("transcript file: ") if isinstance(error, ReplyError) else "it is not JSON"
        raise OutputError(
            f"{path} cannot be read ({why}), and corrections in it would be lost; mend it or move it away"
        ) from error


def state_of_output(path: Path, target: Path, known: Iterable[str]) -> OutputState:
    """Whether a file is as captioner wrote it, was edited since, or is foreign.

    Args:
        path: A file that exists.
        target: Folder and stem of the outputs it is one of.
        known: Digests that the ledger has for it.

    Raises:
        OutputError: It cannot be read; or it is the archive, and is damaged.
    """
    if path == output_path(target, ARCHIVE_EXTENSION):
        return "ours" if archive_beside(target) else "foreign"
    digests = set(known)
    try:
        digest = sha256_of_file(path)
    except OSError as error:
        raise OutputError(f"{path} is in the way and cannot be read; move it away") from error
    if digest in digests:
        return "ours"
    beside = archive_beside(target)
    own = archives.all_files(beside.archive).get(path.name.removeprefix(f"{target.name}.")) if beside else None
    if digest == own:
        return "ours"
    return "edited" if digests or own else "foreign"


def changed_since(paths: Iterable[Path], target: Path) -> list[Path]:
    """Outputs that were written to after the archive, which is written last; costs a look at each, no reading."""
    archive = output_path(target, ARCHIVE_EXTENSION)
    try:
        written_ns = archive.stat().st_mtime_ns
        return [path for path in paths if path != archive and path.stat().st_mtime_ns > written_ns]
    except OSError:
        return []


def edit_note(edited: Iterable[Path]) -> str:
    """One line that says which files were edited, and what takes the changes over."""
    paths = sorted(edited)
    names = ", ".join(path.name for path in paths[:_NAMED])
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    stays = "stays as it is" if len(paths) == 1 else "stay as they are"
    verb = "was" if len(paths) == 1 else "were"
    return f"{names}{more} {verb} edited and {stays}; captioner adopt {paths[0]} takes the changes into every format"
