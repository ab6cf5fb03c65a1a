"""Searches a folder for media, and notes what is passed over and why. Only names are looked at.

Recycle bins, snapshots, the private folders of storage systems and the caches of editing programs hold copies of media
that is elsewhere, or was deleted: they are left out unless they are named themselves.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

from captioner.jobs.inputs.selection import EVERYTHING, Selection
from captioner.jobs.inputs.unfinished import companions, is_unfinished_folder, unfinished_name

__all__ = [
    "Found",
    "PassedOver",
    "Scan",
    "Why",
    "folder_names",
    "is_system_folder",
    "judge_name",
    "refused_folder",
    "scan",
    "summary",
]


class Why(StrEnum):
    """Reasons why something in a folder is passed over."""

    NOT_MEDIA = "not media"
    CAPTIONS = "captions, text and settings"
    HIDDEN = "hidden"
    UNFINISHED = "unfinished"
    SYSTEM = "recycle bins, snapshots and caches"
    FILTERED = "left out by --include or --exclude"
    OLD = "older than --newer-than"


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something in a folder that is not taken.

    Attributes:
        name: As it is shown; a folder ends in a slash.
        why: The reason.
        detail: What exactly, such as "a torrent", or "".
    """

    name: str
    why: Why
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A media file by its name.

    Attributes:
        path: Absolute path.
        is_there: False for a link that leads nowhere.
    """

    path: str
    is_there: bool = True


@dataclass(slots=True)
class Scan:
    """Result of a search.

    Attributes:
        files: Media, sorted by path.
        closed: Folders that cannot be read.
        passed_over: Everything else.
    """

    files: list[Found] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)


# Folders by their names in lower case. Sources: Synology DSM (@eaDir, #recycle, #snapshot, @tmp, @sharesnap), QNAP QTS
# (@Recycle, @Recently-Snapshot), Windows ($RECYCLE.BIN, RECYCLER, System Volume Information, FOUND.000), NetApp ONTAP
# (~snapshot, .snapshot), ext4 (lost+found), macOS (Network Trash Folder, Backups.backupdb), archives made by macOS
# (__MACOSX), Samba (@GMT-...). Hidden ones (.Trash-1000, .zfs) are left out with everything that is hidden.
_SYSTEM = frozenset({
    "#recycle", "@recycle", "$recycle.bin", "recycle.bin", "recycler", "recycled", "@recycle_bin", "#snapshot",
    "@snapshot", "@snapshots", "~snapshot", "@recently-snapshot", "@sharesnap", "#sharesnap", "@eadir", "@tmp",
    "@database", "@sharebin", "@appstore", "@synologydrive", "@synodrive", "@syncbin", "@img_bkp_cache", "@transcode",
    "system volume information", "$extend", "lost+found", "network trash folder", "temporary items",
    "thevolumesettingsfolder", "backups.backupdb", "__macosx", "$windows.~bt", "windowsimagebackup",
})  # fmt: skip
_SYSTEM_PATTERN = re.compile(r"@gmt-[\d.-]+|found\.\d{3}|\$recycle.*|#?recycle-\d+")
# Caches of editing programs: pieces of renders and previews. Sources: Adobe Premiere Pro ("Work with preview files"),
# DaVinci Resolve (CacheClip), Final Cut Pro (Render Files, Transcoded Media, Analysis Files), Avid (Creating).
_CACHES = frozenset({
    "cacheclip", "media cache files", "media cache", "peak files", "render files", "transcoded media",
    "analysis files", "adobe premiere pro preview files", "adobe premiere pro video previews",
    "adobe premiere pro audio previews", "adobe premiere pro auto-save", "adobe after effects disk cache",
})  # fmt: skip
_CACHE_PATTERN = re.compile(r".+\.prv|\.?gallery|adobe premiere pro .*(previews|preview files)")

# Endings that text also has: TypeScript beside MPEG transport streams, go.mod beside the recordings of cameras.
_MAYBE_TEXT = frozenset({"ts", "mts", "mod"})
_PROBE_BYTES = 512
_OURS = (".reason.txt", ".asr.json", ".captioner.json")
_OUR_NAMES = frozenset({"captioner.toml"})
_OUR_FOLDER = ".captioner"


def scan(folder: Path, shown: str, selection: Selection = EVERYTHING) -> Scan:
    """Search a folder and everything below it; each real folder is entered once, so that links in a circle end.

    Args:
        folder: Absolute path.
        shown: How the folder is called in messages; "" for the working folder.
        selection: What is wanted.
    """
    found, entered, above = Scan(), {folder.resolve()}, len(os.path.join(folder, ""))  # noqa: PTH118 - a root ends so

    def refused(error: OSError) -> None:
        found.closed.append(str(error.filename))

    for here, folders, files in os.walk(folder, onerror=refused, followlinks=True):
        below = here[above:].replace(os.sep, "/")
        prefix = f"{below}/" if below else ""
        label = os.path.join(shown, below, "") if shown or below else ""  # noqa: PTH118 - ten thousand are joined
        beside = companions((*folders, *files))
        folders[:] = [
            name for name in sorted(folders)
            if _enter(Path(here) / name, prefix + name, label + name, selection, entered, found)
        ]  # fmt: skip
        for name in files:
            path = os.path.join(here, name)  # noqa: PTH118 - as above
            is_there = False
            why, detail = judge_name(name, prefix + name, beside, selection)
            if why is None:
                is_there = os.path.isfile(path)  # noqa: PTH113 - as above
                why, detail = _judge_content(name, path, selection, is_there=is_there)
            if why is None:
                found.files.append(Found(path, is_there=is_there))
            elif why is not Why.HIDDEN or _ending(name) in _media_endings():
                found.passed_over.append(PassedOver(label + name, why, detail))
    found.files.sort(key=lambda file: file.path)
    found.passed_over.sort(key=lambda one: one.name)
    return found


def _enter(path: Path, below: str, label: str, selection: Selection, entered: set[Path], found: Scan) -> bool:
    """Whether a folder is entered; otherwise that is noted."""
    name = path.name
    why = refused_folder(name, below, selection)
    if why is None:
        real = path.resolve()
        is_new = real not in entered
        entered.add(real)
        return is_new
    if name != _OUR_FOLDER:
        found.passed_over.append(PassedOver(f"{label}/", why, name if why is Why.SYSTEM else ""))
    return False


def refused_folder(name: str, below: str, selection: Selection) -> Why | None:
    """The reason for which a folder is not entered, or None.

    Args:
        name: Its name.
        below: Its path below the folder that was given.
        selection: What is wanted.
    """
    if is_system_folder(name):
        return Why.SYSTEM
    if name.startswith("."):
        return Why.HIDDEN
    if is_unfinished_folder(name):
        return Why.UNFINISHED
    return Why.FILTERED if selection.excludes(below) else None


def is_system_folder(name: str) -> bool:
    """Whether a folder of this name belongs to a system, a storage system or a program, and not to people."""
    lower = name.lower()
    known = lower in _SYSTEM or lower in _CACHES or lower in _HIDDEN_SYSTEM
    return known or bool(_SYSTEM_PATTERN.fullmatch(lower) or _CACHE_PATTERN.fullmatch(lower))


_HIDDEN_SYSTEM = frozenset({
    ".snapshot", ".snapshots", ".zfs", ".recycle", ".recycler", ".trash", ".trashes", ".@__thumb", ".stversions",
    ".streams", ".temporaryitems", ".documentrevisions-v100", ".spotlight-v100", ".mobilebackups", ".appledouble",
})  # fmt: skip


def _judge_content(name: str, path: str, selection: Selection, *, is_there: bool) -> tuple[Why | None, str]:
    """The reason for which a file with the name of media is passed over; None when it is wanted, or a broken link."""
    if _ending(name) in _MAYBE_TEXT and _is_text(path):
        return Why.NOT_MEDIA, _ending(name)
    if selection.newer_than is not None and _is_too_old(path, selection):
        return Why.OLD, ""
    if not is_there and not os.path.islink(path):  # noqa: PTH114 - as above
        return Why.NOT_MEDIA, "not a file"
    return None, ""


def judge_name(name: str, below: str, beside: Mapping[str, str], selection: Selection) -> tuple[Why | None, str]:
    """The reason for which a file is passed over by its name, with a detail; None when it may be wanted. Pure.

    Args:
        name: Its name.
        below: Its path below the folder that was given, with slashes.
        beside: From `companions`, for its folder.
        selection: What is wanted.
    """
    ending = _ending(name)
    if name.startswith((".", "~$")):
        return Why.HIDDEN, ""
    if unfinished := unfinished_name(name, beside):
        return Why.UNFINISHED, unfinished
    if ending not in _media_endings():
        return (Why.CAPTIONS if _is_sidecar(name, ending) else Why.NOT_MEDIA), ending
    return (Why.FILTERED, "") if selection.refuses(below) else (None, "")


def _is_too_old(path: str, selection: Selection) -> bool:
    try:
        return selection.is_too_old(os.stat(path).st_mtime)  # noqa: PTH116 - as above
    except OSError:
        return False  # reported as what cannot be read


def _is_text(path: str) -> bool:
    """Whether a file begins like text; recordings have control characters within their first packet."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - as above
            head = stream.read(_PROBE_BYTES)
    except OSError:
        return False
    return bool(head) and not any(byte < 9 or 13 < byte < 32 or byte == 127 for byte in head)


def _is_sidecar(name: str, ending: str) -> bool:
    return ending in _caption_endings() or name.lower().endswith(_OURS) or name in _OUR_NAMES


def _ending(name: str) -> str:
    return name.lower().rpartition(".")[2] if "." in name else ""


@cache
def _media_endings() -> frozenset[str]:
    from captioner.media import media_extensions  # its package is loaded for folders only

    return media_extensions()


@cache
def _caption_endings() -> frozenset[str]:
    from captioner.formats import ALL_FORMATS

    return frozenset(ending for format_ in ALL_FORMATS.values() for ending in format_.extensions)


def folder_names(folder: Path) -> Sequence[str]:
    """Names of everything in a folder; none when it cannot be read."""
    try:
        return os.listdir(folder)  # noqa: PTH208 - names only
    except OSError:
        return ()


def summary(passed_over: Iterable[PassedOver]) -> Iterator[str]:
    """A phrase for each reason with how many, such as "12 not media (.txt 8, .jpg 4)"."""
    by_reason: dict[Why, Counter[str]] = {}
    for one in passed_over:
        by_reason.setdefault(one.why, Counter())[_kind(one)] += 1
    for why in Why:
        if kinds := by_reason.get(why):
            several = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common(6) if kind)
            more = f", and {len(kinds) - 6} more kinds" if len(kinds) > 6 else ""
            yield f"{kinds.total()} {why}" + (f" ({several}{more})" if several else "")


def _kind(one: PassedOver) -> str:
    if one.why in (Why.NOT_MEDIA, Why.CAPTIONS) and one.detail and " " not in one.detail:
        return f".{one.detail}"
    return one.detail if one.why is Why.SYSTEM else ""
