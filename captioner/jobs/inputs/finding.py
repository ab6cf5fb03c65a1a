"""Inputs of a run: the files and links that the user named, each with the place its captions go to.

Only names are looked at here; whether a file holds speech is for `media` to say.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from captioner.jobs.inputs.bucket_scan import scan_bucket
from captioner.jobs.inputs.folder_scan import PassedOver, Why, folder_names, scan
from captioner.jobs.inputs.selection import EVERYTHING, Selection
from captioner.jobs.inputs.unfinished import companions
from captioner.jobs.outputs.remote_outputs import is_remote
from captioner.model import MediaObject
from captioner.storage import ObjectStore, parse_address

if TYPE_CHECKING:
    from captioner.jobs.events import FileReport

__all__ = [
    "LEDGER_NAME",
    "InputFeed",
    "InputList",
    "Inputs",
    "Source",
    "clashes",
    "expand",
    "find",
    "is_bucket",
    "ledger_path",
    "output_path",
]

LEDGER_NAME = Path(".captioner") / "ledger.sqlite3"

# Query parameters that only sign or date a link (SigV4, OSS, GCS, CloudFront); the file behind it is the same.
_SIGNING = re.compile(
    r"^(x-(amz|oss|goog)-.*|signature|expires|ossaccesskeyid|awsaccesskeyid|googleaccessid|security-token"
    r"|policy|key-pair-id)$",
    re.IGNORECASE,
)
_NAMES_A_USER = "the link holds a user name or password, which the service would repeat; use a presigned link"
_UNSAFE_IN_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')


@dataclass(frozen=True, slots=True)
class Source:
    """One file or link to caption.

    Attributes:
        name: How it is called in messages: the path as given, or the link without its query.
        target: Folder and stem of its outputs; `.srt` and so on are put behind it.
        path: The file, or None for a link.
        url: The link, verbatim and possibly signed, or "".
        media: The object in a bucket, or None.
        problem: Why it cannot be taken at all, without its name, or "".
    """

    name: str
    target: Path
    path: Path | None = None
    url: str = field(default="", repr=False)
    problem: str = ""
    media: MediaObject | None = None

    @property
    def identity(self) -> str:
        """Its name in the ledger: the absolute path, the `s3://` address, or the link without its query."""
        if self.media is not None:
            return _printable(self.media.address)
        return _printable(str(self.path)) if self.path is not None else _public(self.url)

    @property
    def link_digest(self) -> str:
        """SHA-256 of a link without its signature, which changes from day to day; "" for a file."""
        return _link_digest(self.url) if self.url else ""


def output_path(target: Path, extension: str) -> Path:
    """Path of an output; the stem is kept whole, dots and all.

    Args:
        target: Folder and stem, as in `Source.target`.
        extension: Without a leading dot, such as "srt" or "asr.json".
    """
    return target.with_name(f"{target.name}.{extension}")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs that were named, and those in the folders that were named.

    Attributes:
        sources: What is to be captioned, or is refused with its `problem`.
        passed_over: What lies in the folders and is not taken.
    """

    sources: tuple[Source, ...]
    passed_over: tuple[PassedOver, ...] = ()


def expand(given: Sequence[str], out: Path | None = None) -> tuple[Source, ...]:
    """The sources of `find`, with nothing left out by choice."""
    return find(given, out).sources


def find(
    given: Sequence[str],
    out: Path | None = None,
    selection: Selection = EVERYTHING,
    objects: ObjectStore | None = None,
) -> Inputs:
    """Turn files, folders, links and buckets into sources, in the order given and, inside a folder, sorted by name.

    A file named twice is taken once. What does not exist comes back with its `problem` set, so that the others go on.
    The selection holds for files that are named, too.

    Args:
        given: Paths, http(s) links or `s3://` addresses, as typed.
        out: Folder for the outputs; None puts them beside the media, and those of links and buckets into the working
            folder. The tree below a given folder or prefix is kept.
        selection: What is wanted.
        objects: Lists buckets; without it they are refused.

    Raises:
        CaptionerError: A bucket cannot be listed.
    """
    found: dict[tuple[str, str], Source] = {}
    passed_over: list[PassedOver] = []
    expansion = _Expansion(out, selection, passed_over, objects)
    for item in given:
        for source in expansion.sources(item):
            found.setdefault((source.identity, source.link_digest), source)
    return Inputs(tuple(found.values()), tuple(passed_over))


@dataclass(slots=True)
class _Expansion:
    """Inputs on their way to sources: where outputs go, what is wanted, and what was passed over so far."""

    out: Path | None
    selection: Selection
    passed_over: list[PassedOver]
    objects: ObjectStore | None = None
    companions: dict[Path, Mapping[str, str]] = field(default_factory=dict)

    def sources(self, item: str) -> Iterator[Source]:
        """The sources that one input stands for."""
        if _is_link(item):
            yield _link(item, self.out)
            return
        if self.objects is not None and is_bucket(item):
            yield from self._bucket(item, self.objects)
            return
        path = Path(item).expanduser()
        absolute = _absolute(path)
        if not item.strip():
            yield _problem("(nothing)", absolute, "an empty name; name a file, a folder or a link")
        elif os.path.isdir(path):  # noqa: PTH112 - False, and no error, where a name is too long
            yield from self._folder(item, absolute)
        elif os.path.isfile(path):  # noqa: PTH113 - as above
            yield from self._named(item, absolute)
        else:
            yield _problem(_public(item) if "://" in item else item, absolute, _why_not(item, path))

    def _named(self, item: str, path: Path) -> Iterator[Source]:
        """A file that was named: taken whatever its ending is, unless it is filtered or known to be unfinished."""
        if why := self._why_filtered(path):
            self.passed_over.append(PassedOver(_printable(item), why))
        elif companion := self._companion_of(path):
            yield _problem(item, path, f"{companion}; wait until it is done, or delete that file if it is a remnant")
        else:
            yield _file(item, path, self.out)

    def _why_filtered(self, path: Path) -> Why | None:
        if self.selection is EVERYTHING:
            return None
        if self.selection.refuses(path.name):
            return Why.FILTERED
        return Why.OLD if self.selection.is_too_old(path.stat().st_mtime) else None

    def _companion_of(self, path: Path) -> str:
        folder = path.parent
        if folder not in self.companions:
            self.companions[folder] = companions(folder_names(folder))
        return self.companions[folder].get(path.name.lower(), "")

    def _folder(self, item: str, folder: Path) -> Iterator[Source]:
        given, above = str(Path(item)), len(os.path.join(folder, ""))  # noqa: PTH118 - a root ends in its own slash
        found = scan(folder, "" if given == os.curdir else given, self.selection)
        self.passed_over += map(_with_printable_name, found.passed_over)
        for file in found.files:
            below = file.path[above:]
            name = below if given == os.curdir else os.path.join(given, below)  # noqa: PTH118 - ten thousand are joined
            if file.is_there:
                yield _file(name, Path(file.path), (self.out / below).parent if self.out else None)
            else:
                yield _problem(name, Path(file.path), "points to nothing; remove the link or bring its file back")
        for refused in sorted(found.closed):
            name = str(Path(item) / Path(refused).relative_to(folder))
            yield _problem(name, Path(refused), "cannot be read; give yourself the right to")
        if not (found.files or found.closed or any(one.why in _MEDIA_LEFT_OUT for one in found.passed_over)):
            message = "no media file in this folder; name the file itself if its ending is unusual"
            yield _problem(item, folder, message)

    def _bucket(self, item: str, objects: ObjectStore) -> Iterator[Source]:
        """An object of this very key, or everything below it."""
        bucket, key = parse_address(item)
        if key and not key.endswith("/"):
            first = next(iter(objects.list(bucket, key)), None)  # keys are sorted, so the very key comes first
            if first is not None and first.key == key:
                yield _object(first, PurePosixPath(key).name, self.out)
                return
        prefix = f"{key.rstrip('/')}/" if key else ""
        found = scan_bucket(objects.list(bucket, prefix), prefix, self.selection)
        self.passed_over += map(_with_printable_name, found.passed_over)
        for media, below in found.files:
            yield _object(media, below, self.out)
        if not (found.files or any(one.why in _MEDIA_LEFT_OUT for one in found.passed_over)):
            yield _problem(item, _absolute(Path()), "no media below this prefix; check bucket and prefix")


#: Reasons for which media is left out: a folder with nothing else is not empty.
_MEDIA_LEFT_OUT = (Why.FILTERED, Why.OLD, Why.UNFINISHED)


def _why_not(item: str, path: Path) -> str:
    """The reason for which something that is neither a file nor a folder cannot be taken."""
    if "://" in item:
        return "only http and https links, and s3:// addresses, are taken; download it, or presign it"
    if os.path.lexists(path):
        return "neither a file nor a folder; save the media to a file first"
    return "no such file or folder; check the path"


def _file(name: str, path: Path, folder: Path | None) -> Source:
    """A file, with its outputs in `folder` or beside it; `path` is absolute."""
    beside = path.parent if folder is None else _absolute(folder)
    return Source(name=_printable(name), target=beside / (path.stem or path.name), path=path)


def _problem(item: str, path: Path, problem: str) -> Source:
    item = _printable(item)
    return Source(name=item, target=path, path=path, problem=problem)


def _link(url: str, out: Path | None) -> Source:
    last = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    stem = _UNSAFE_IN_NAME.sub("_", Path(last).stem).strip(". ")[:150] or "link"
    name = _public(url)
    problem = _NAMES_A_USER if "@" in urlsplit(url).netloc else ""
    return Source(name=name, target=_absolute(out or Path()) / stem, url="" if problem else url, problem=problem)


def _object(media: MediaObject, below: str, out: Path | None) -> Source:
    """An object in a bucket, with its outputs below the working folder or `out`, in the tree of its prefix."""
    parts = [_UNSAFE_IN_NAME.sub("_", part).strip() for part in below.split("/")]
    parts = [part if part.strip(".") else "_" for part in parts]
    folder = _absolute(out or Path()).joinpath(*parts[:-1])
    stem = Path(parts[-1]).stem or parts[-1]
    return Source(name=_printable(media.address), target=folder / stem, media=media)


def is_bucket(item: str) -> bool:
    """Whether an input is the address of a bucket, or of something in it."""
    return item[:5].lower() == "s3://"


def _is_link(item: str) -> bool:
    return item.lower().startswith(("http://", "https://"))


def _printable(text: str) -> str:
    """Text that can be printed and stored even where a file's name is not valid UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _with_printable_name(one: PassedOver) -> PassedOver:
    name = _printable(one.name)
    return one if name == one.name else replace(one, name=name)


def _public(url: str) -> str:
    """The address without query, fragment, user name and password."""
    scheme, mark, rest = url.partition("#")[0].partition("?")[0].partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}"


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
    endings = {f".{_on_any_disk(extension)}": extension for extension in extensions}
    for source in sources:
        if source.problem:
            continue
        stem = _on_any_disk(str(source.target))
        outputs = {stem + ending: extension for ending, extension in endings.items()}
        clash = next((output for output in outputs if output in taken), None)
        if clash is None:
            taken.update(dict.fromkeys(outputs, source))
        else:
            path = output_path(source.target, outputs[clash])
            refused[source] = (
                f"would write {path}, which is for {taken[clash].name}; "
                "rename one of them or run it with another -o DIR"
            )
    return refused


def _on_any_disk(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def ledger_path(given: Sequence[str], out: Path | None = None, explicit: Path | None = None) -> Path:
    """Path of the ledger that the folder of a run may have: as given, in the output or the first input's folder.

    `ledger.locate_ledger` chooses between it and the user's.
    """
    if explicit is not None:
        return _absolute(explicit)
    if out is not None and not is_remote(_absolute(out)):
        return _absolute(out) / LEDGER_NAME
    if not given or _is_link(given[0]) or is_bucket(given[0]):
        return _absolute(Path()) / LEDGER_NAME
    first = Path(given[0]).expanduser()
    return _absolute(first if os.path.isdir(first) else first.parent) / LEDGER_NAME  # noqa: PTH112 - as above


class InputFeed(Protocol):
    """Gives sources to a run, a few at a time, when it has room for them; used by the run's thread only."""

    @property
    def left(self) -> int:
        """Number of sources known to be waiting."""
        ...

    @property
    def pause_s(self) -> float | None:
        """Seconds to wait before the next `take` when the last gave nothing, or None when it will never give more."""
        ...

    def take(self, room: int) -> Sequence[tuple[Source, str]]:
        """Up to `room` sources, each with the reason why it cannot be done beside the others, or ""."""
        ...

    def ended(self, source: Source, report: FileReport) -> None:
        """Learn how a source ended."""
        ...


class InputList:
    """A list of sources that is known from the start.

    Args:
        sources: In the order in which they are done.
        clashes: From `clashes`.
    """

    def __init__(self, sources: Sequence[Source], clashes: Mapping[Source, str]) -> None:
        self._waiting = deque(sources)
        self._clashes = clashes

    @property
    def left(self) -> int:
        """Number of sources not taken yet."""
        return len(self._waiting)

    @property
    def pause_s(self) -> float | None:
        """0 while there are more."""
        return 0.0 if self._waiting else None

    def take(self, room: int) -> list[tuple[Source, str]]:
        """The next ones."""
        taken = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
        return [(source, self._clashes.get(source, "")) for source in taken]

    def ended(self, source: Source, report: FileReport) -> None:
        """A list does nothing about it."""
