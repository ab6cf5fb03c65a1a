"""Searches a bucket for media, by the rules that hold for folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from captioner.jobs.inputs.folder_scan import PassedOver, Why, judge_name, refused_folder
from captioner.jobs.inputs.selection import EVERYTHING, Selection
from captioner.jobs.inputs.unfinished import companions
from captioner.model import MediaObject

__all__ = ["BucketScan", "scan_bucket"]


@dataclass(slots=True)
class BucketScan:
    """Result of a search.

    Attributes:
        files: Media, each with its path below the prefix.
        passed_over: Everything else.
    """

    files: list[tuple[MediaObject, str]] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)


def scan_bucket(listed: Iterable[MediaObject], prefix: str, selection: Selection = EVERYTHING) -> BucketScan:
    """Choose the media among the objects below a prefix.

    Args:
        listed: Every object below the prefix.
        prefix: Ends in a slash, or is "".
        selection: What is wanted.
    """
    objects = [(media, media.key[len(prefix) :]) for media in listed]
    objects = [(media, below) for media, below in objects if below and not below.endswith("/")]
    beside = _companions(below for _, below in objects)
    found, left_out = BucketScan(), set[str]()
    for media, below in objects:
        if folder := _refused_folder(below, selection):
            name, why = folder
            if name not in left_out:
                left_out.add(name)
                detail = PurePosixPath(name).name if why is Why.SYSTEM else ""
                found.passed_over.append(PassedOver(f"s3://{media.bucket}/{prefix}{name}/", why, detail))
            continue
        why_not, detail = _judge(media, below, beside[str(PurePosixPath(below).parent)], selection)
        if why_not is None:
            found.files.append((media, below))
        elif why_not is not Why.HIDDEN:
            found.passed_over.append(PassedOver(media.address, why_not, detail))
    return found


def _judge(media: MediaObject, below: str, beside: Mapping[str, str], selection: Selection) -> tuple[Why | None, str]:
    why, detail = judge_name(PurePosixPath(below).name, below, beside, selection)
    if why is None and selection.is_too_old(media.changed_ns / 1e9):
        return Why.OLD, ""
    return why, detail


def _companions(paths: Iterable[str]) -> dict[str, dict[str, str]]:
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        parsed = PurePosixPath(path)
        by_folder.setdefault(str(parsed.parent), []).append(parsed.name)
    return {folder: companions(names) for folder, names in by_folder.items()}


def _refused_folder(below: str, selection: Selection) -> tuple[str, Why] | None:
    """The first folder of a path that is not entered, with the reason."""
    for folder in _folders(below):
        if why := refused_folder(PurePosixPath(folder).name, folder, selection):
            return folder, why
    return None


def _folders(below: str) -> Iterator[str]:
    parts = below.split("/")[:-1]
    return ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
