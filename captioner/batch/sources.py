"""What the user named, turned into a list of files and links, each with the place its captions go to.

Only names are looked at here; whether a file holds speech is `media`'s question.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

__all__ = ["EXTENSIONS", "LEDGER_NAME", "Source", "clashes", "expand", "ledger_path", "output_path"]

# The service's list (Model Studio: recording-file-recognition, 2026-03) and four containers that are common in
# broadcasting and whose audio we can take out ourselves.
_AUDIO = {"aac", "amr", "flac", "m4a", "mp3", "ogg", "opus", "wav", "wma"}
_VIDEO = {"avi", "flv", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf", "ts", "webm", "wmv"}
EXTENSIONS = frozenset(_AUDIO | _VIDEO)

LEDGER_NAME = Path(".captioner") / "ledger.sqlite3"

# Endings of files that another program is still writing: browsers, downloaders, copy tools, editors.
_PARTIAL = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".!ut", ".aria2")

# Query parameters that only sign or date a link (SigV4, OSS, GCS, CloudFront); the file behind it is the same.
_SIGNING = re.compile(
    r"^(x-(amz|oss|goog)-.*|signature|expires|ossaccesskeyid|awsaccesskeyid|googleaccessid|security-token"
    r"|policy|key-pair-id)$",
    re.IGNORECASE,
)
_UNSAFE_IN_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')


@dataclass(frozen=True, slots=True)
class Source:
    """One file or link to caption.

    Attributes:
        name: How it is called in messages: the path as given, or the link without its query.
        target: Folder and stem of its outputs; `.srt` and so on are put behind it.
        path: The file, or None for a link.
        url: The link, verbatim and possibly signed, or "".
        problem: Why it cannot be taken at all, or "".
    """

    name: str
    target: Path
    path: Path | None = None
    url: str = field(default="", repr=False)
    problem: str = ""

    @property
    def identity(self) -> str:
        """What the ledger calls it: the absolute path, or the link without its query."""
        return _printable(str(self.path)) if self.path is not None else _public(self.url)

    @property
    def link_digest(self) -> str:
        """SHA-256 of a link without its signature, which changes from day to day; "" for a file."""
        return _link_digest(self.url) if self.url else ""


def output_path(target: Path, extension: str) -> Path:
    """Where an output goes; the stem is kept whole, dots and all.

    Args:
        target: Folder and stem, as in `Source.target`.
        extension: Without a leading dot, such as "srt" or "asr.json".
    """
    return target.with_name(f"{target.name}.{extension}")


def expand(given: Sequence[str], out: Path | None = None) -> tuple[Source, ...]:
    """Turn files, folders and links into sources, in the order given and, inside a folder, sorted by name.

    A file named twice is taken once. What does not exist comes back with its `problem` set, so that the others go on.

    Args:
        given: Paths or http(s) links, as typed.
        out: Folder for the outputs; None puts them beside the media. The tree below a given folder is kept.
    """
    found: dict[tuple[str, str], Source] = {}
    for item in given:
        for source in _expand_one(item, out):
            found.setdefault((source.identity, source.link_digest), source)
    return tuple(found.values())


def _expand_one(item: str, out: Path | None) -> Iterator[Source]:
    if _is_link(item):
        yield _link(item, out)
        return
    path = Path(item).expanduser()
    absolute = _absolute(path)
    if path.is_dir():
        yield from _folder(item, absolute, out)
    elif path.exists():
        yield _file(item, absolute, out or absolute.parent)
    else:
        yield _problem(item, absolute, "no such file or folder; check the path")


def _folder(item: str, folder: Path, out: Path | None) -> Iterator[Source]:
    empty = True
    for path in sorted(_walk(folder)):
        empty = False
        below = path.relative_to(folder)
        yield _file(str(Path(item) / below), path, (out / below).parent if out else path.parent)
    if empty:
        yield _problem(item, folder, "no media file in this folder; name the file itself if its ending is unusual")


def _walk(folder: Path) -> Iterator[Path]:
    """Media files below a folder; each real folder is entered once, so that links in a circle end."""
    entered = {folder.resolve()}
    for here, folders, files in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if _enter(Path(here) / name, entered))
        for name in files:
            path = Path(here) / name
            if _is_media_name(name) and path.is_file():
                yield path


def _enter(folder: Path, entered: set[Path]) -> bool:
    real = folder.resolve()
    if folder.name.startswith(".") or real in entered:
        return False
    entered.add(real)
    return True


def _is_media_name(name: str) -> bool:
    lower = name.lower()
    if name.startswith((".", "~$")) or lower.endswith(_PARTIAL):
        return False
    return lower.rpartition(".")[2] in EXTENSIONS


def _file(name: str, path: Path, folder: Path) -> Source:
    return Source(name=_printable(name), target=_absolute(folder) / (path.stem or path.name), path=path)


def _problem(item: str, path: Path, problem: str) -> Source:
    return Source(name=item, target=path, path=path, problem=f"{item}: {problem}")


def _link(url: str, out: Path | None) -> Source:
    last = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    stem = _UNSAFE_IN_NAME.sub("_", Path(last).stem).strip(". ")[:150] or "link"
    return Source(name=_public(url), target=_absolute(out or Path()) / stem, url=url)


def _is_link(item: str) -> bool:
    return item.lower().startswith(("http://", "https://"))


def _printable(text: str) -> str:
    """Text that can be printed and stored even where a file's name is not valid UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _public(url: str) -> str:
    return url.partition("#")[0].partition("?")[0]


def _link_digest(url: str) -> str:
    query = [pair for pair in parse_qsl(urlsplit(url).query, keep_blank_values=True) if not _SIGNING.match(pair[0])]
    return hashlib.sha256(f"{_public(url)}?{urlencode(sorted(query))}".encode()).hexdigest()


def _absolute(path: Path) -> Path:
    """The absolute path with `..` worked out and links left as they are, so that it is named as it was given."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps "..", Path.resolve follows links


def clashes(sources: Iterable[Source], extensions: Sequence[str]) -> dict[Source, str]:
    """The sources that would write an output of an earlier one, each with the reason.

    Names that differ only in capitals or in how accents are composed clash too: on many disks they are one file.

    Args:
        sources: In the order in which they win.
        extensions: Of all outputs.
    """
    taken: dict[str, Source] = {}
    refused: dict[Source, str] = {}
    for source in sources:
        if source.problem:
            continue
        outputs = {_on_any_disk(output_path(source.target, extension)): extension for extension in extensions}
        clash = next((output for output in outputs if output in taken), None)
        if clash is None:
            taken.update(dict.fromkeys(outputs, source))
        else:
            path = output_path(source.target, outputs[clash])
            refused[source] = (
                f"{source.name}: would write {path}, which is for {taken[clash].name}; "
                "rename one of them or run it with another -o DIR"
            )
    return refused


def _on_any_disk(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()


def ledger_path(given: Sequence[str], out: Path | None = None, explicit: Path | None = None) -> Path:
    """Where the ledger of a run lies: as told, in the output folder, or in the folder of the first input."""
    if explicit is not None:
        return _absolute(explicit)
    if out is not None:
        return _absolute(out) / LEDGER_NAME
    if not given or _is_link(given[0]):
        return _absolute(Path()) / LEDGER_NAME
    first = Path(given[0]).expanduser()
    return _absolute(first if first.is_dir() else first.parent) / LEDGER_NAME
