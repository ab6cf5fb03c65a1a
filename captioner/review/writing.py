"""Writes every caption file that belongs to an archive, and the archive."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from captioner.archive import Archive, all_files
from captioner.captions.options import ARCHIVE_EXTENSION, CaptionOptions
from captioner.captions.pipeline import produce
from captioner.captions.recorded_options import recorded
from captioner.errors import CaptionerError
from captioner.files import write_whole

__all__ = ["EditedElsewhere", "Written", "edited_files", "write"]


class EditedElsewhere(CaptionerError):
    """Files that another program changed since they were written.

    Attributes:
        names: Their names.
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"changed by another program: {', '.join(names)}; write all the same, and keep a copy of it?")
        self.names = list(names)


@dataclass(frozen=True, slots=True)
class Written:
    """Results of writing.

    Attributes:
        names: Names of the caption files.
        kept: Names of copies of files that another program had changed.
        digests: SHA-256 of each caption file, by its extension.
        options: What the files were made with, as JSON values.
        archive: Bytes of the archive.
        notes: What a format could not hold, a line each.
    """

    names: list[str]
    kept: list[str]
    digests: Mapping[str, str]
    options: Mapping[str, Any]
    archive: bytes
    notes: list[str]


def edited_files(path: Path, archive: Archive) -> Iterator[Path]:
    """Caption files of an archive that are not as they were written."""
    for extension, digest in archive.files.items():
        file = _beside(path, extension)
        if file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            yield file


def write(path: Path, archive: Archive, options: CaptionOptions, shots: Sequence[int], *, overwrite: bool) -> Written:
    """Write every caption file, the archive last.

    Args:
        path: The archive's path.
        archive: As it is to be written.
        options: What the files are made with.
        shots: Shot changes in ms.
        overwrite: Write also files that another program changed; each is kept under another name.

    Raises:
        EditedElsewhere: There are such files.
        FormatError: A format cannot hold the captions.
        OutputError: A file cannot be written.
    """
    options = replace(options, archive=True)
    edits = replace(archive.edits, cues=archive.cues, pinned=archive.pinned)
    made = produce(
        archive.transcript,
        archive.media,
        options,
        title=archive.title,
        shots=shots,
        check=False,
        edits=edits,
        earlier_files=all_files(archive),
    )
    extensions = [extension for extension in made.files if extension != ARCHIVE_EXTENSION]
    edited = list(_unlike(path, archive, extensions))
    if edited and not overwrite:
        raise EditedElsewhere([file.name for file in edited])
    kept = [_kept_copy(file).name for file in edited]
    for extension in extensions:
        write_whole(_beside(path, extension), made.files[extension])
    write_whole(path, made.files[ARCHIVE_EXTENSION])
    digests = {extension: hashlib.sha256(made.files[extension]).hexdigest() for extension in extensions}
    notes = [issue.message for issue in made.issues]
    written = [_beside(path, extension).name for extension in extensions]
    return Written(written, kept, digests, recorded(options), made.files[ARCHIVE_EXTENSION], notes)


def _beside(path: Path, extension: str) -> Path:
    return path.with_name(f"{path.name.removesuffix('.json')}.{extension}")


def _unlike(path: Path, archive: Archive, extensions: Sequence[str]) -> Iterator[Path]:
    """Files in the place of those to be written that captioner did not write."""
    for extension in extensions:
        file, digest = _beside(path, extension), archive.files.get(extension)
        if file.is_file() and digest != hashlib.sha256(file.read_bytes()).hexdigest():
            yield file


def _kept_copy(file: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    copy = file.with_name(f"{file.stem}.edited-{stamp}{file.suffix}")
    write_whole(copy, file.read_bytes())
    return copy
