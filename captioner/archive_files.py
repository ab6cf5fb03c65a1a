"""Archives on disk: finds the one beside an edited file, reads it, and says which files belong to it."""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from captioner import archive as archives
from captioner.archive import Archive
from captioner.captions.hand_edits import with_hand_edits
from captioner.corrections import Revision
from captioner.errors import ConfigError, ReplyError
from captioner.formats import FORMATS

__all__ = [
    "ArchiveFile",
    "archive_of",
    "archives_below",
    "author",
    "edited_files",
    "find_archive",
    "is_archive_file",
    "next_revision",
    "read_archive",
]

_HEAD = 4096  # bytes in which the schema is named


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """An archive and where it lies.

    Attributes:
        path: The file.
        archive: As read, with texts that were edited in it as corrections.
        changed: Whether there were such texts.
    """

    path: Path
    archive: Archive
    changed: bool = False

    def output(self, extension: str) -> Path:
        """Path of a file that is written with the archive."""
        return self.path.with_name(f"{self.path.name.removesuffix('.json')}.{extension}")

    @property
    def outputs(self) -> Mapping[str, Path]:
        """Every caption file that was written with it, by what stands behind the name."""
        if self.archive.files:
            return {extension: self.output(extension) for extension in self.archive.files}
        endings = dict.fromkeys(row.extension for row in FORMATS.values())
        endings.pop(self.path.suffix.removeprefix("."), None)
        return {ending: path for ending in endings if (path := self.output(ending)).is_file()}

    def is_as_written(self, extension: str) -> bool:
        """Whether a file is what captioner wrote, or not there."""
        path, digest = self.output(extension), self.archive.files.get(extension)
        return not path.is_file() or digest is None or hashlib.sha256(path.read_bytes()).hexdigest() == digest

    def extension_of(self, path: Path) -> str:
        """The part behind the name of the media in the name of a file, or its ending where it is named otherwise."""
        stem = f"{self.path.name.removesuffix('.json')}."
        return path.name.removeprefix(stem) if path.name.startswith(stem) else path.suffix.removeprefix(".")


def author(given: str | None) -> str:
    """The author of a change: as given, else the name of the user."""
    if given is not None:
        return given
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def next_revision(archive: Archive, source: str, by: str) -> Revision:
    """The revision that a change makes now."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Revision(archive.edits.revision + 1, at, by, source)


def read_archive(path: Path, by: str) -> ArchiveFile:
    """Read an archive.

    Raises:
        ReplyError: It cannot be read, or is none.
    """
    try:
        found = archives.from_document(archives.decode(path.read_bytes()))
    except OSError as error:
        raise ReplyError(
            f"{path}: cannot be read ({error.strerror or error}); give a JSON file of captioner"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ReplyError(f"{path}: is not JSON; put back a copy, or let captioner run write it anew") from error
    except ReplyError as error:
        raise ReplyError(f"{path}: {error.message}") from error
    settled = with_hand_edits(found, next_revision(found, path.name, by))
    return ArchiveFile(path, settled, settled is not found)


def archive_of(path: Path) -> Path | None:
    """The archive beside a file by the beginning of its name, or the file itself where it is one."""
    if path.suffix.lower() == ".json":
        return path if is_archive_file(path) else None
    stem = path.name
    while "." in stem.strip("."):
        stem = stem.rpartition(".")[0]
        if is_archive_file(beside := path.with_name(f"{stem}.json")):
            return beside
    return None


def find_archive(edited: Path, given: Path | None) -> Path:
    """The archive of the media that an edited file is of.

    Args:
        edited: Such as `talk.srt`, `talk.social-vertical.ass`, or `talk edited.docx`.
        given: The archive, where the user names it.

    Raises:
        ConfigError: There is none, or several could be meant.
    """
    if given is not None:
        return given
    if edited.suffix.lower() == ".json":
        return edited
    if (found := archive_of(edited)) is not None:
        return found
    stem = edited.name
    while "." in stem.strip("."):
        stem = stem.rpartition(".")[0]
    near = [
        path for path in sorted(edited.parent.glob("*.json")) if stem.startswith(path.stem) and is_archive_file(path)
    ]
    longest = [path for path in near if len(path.stem) == max(len(each.stem) for each in near)]
    if len(longest) == 1:
        return longest[0]
    name = f"{edited.name.partition('.')[0]}.json"
    raise ConfigError(
        f"{edited}: {name}, which has the words and their times, is not beside it; name it with --archive, or let"
        " captioner run write it (free)"
    )


def is_archive_file(path: Path) -> bool:
    """Whether a file is one of captioner's archives, by its beginning; false where it cannot be read."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return False
    return json.dumps(archives.SCHEMA).encode() in head


def archives_below(path: Path) -> Iterator[ArchiveFile]:
    """Every archive below a folder, or the one of a file."""
    if not path.is_dir():
        yield read_archive(find_archive(path, None), "")
        return
    for each in sorted(path.rglob("*.json")):
        if not each.name.endswith(".asr.json") and is_archive_file(each):
            yield read_archive(each, "")


def edited_files(folder: Path) -> Iterator[Path]:
    """Caption files below a folder that are not as captioner wrote them, and archives whose text was edited."""
    for path in sorted(folder.rglob("*.json")):
        if path.name.endswith(".asr.json") or not is_archive_file(path):
            continue
        found = read_archive(path, "")
        if found.changed:
            yield path
        for extension in found.archive.files:
            if not found.is_as_written(extension):
                yield found.output(extension)
