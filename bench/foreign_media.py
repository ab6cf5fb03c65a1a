#!/usr/bin/env python3
"""Media of other people, described and prepared by us and decoded by FFmpeg; every difference is listed.

    python bench/foreign_media.py DIR [--list 40] [--processes 2] [--seconds 120]

Every file below DIR is described and prepared as `captioner run` does it, and decoded by the FFmpeg of imageio-ffmpeg,
once as it comes and once laid out on FFmpeg's time line (aresample=async). A file counts as the same when the length of
what would be sent is within half a second or 3 % of one of the two, and so much of it is loud as FFmpeg decodes. A file
that is refused as cut off is taken again with `partial`. Listed are:

    CRASH, HANG      anything but a one-line error, or more than `--seconds`; there should be none
    REFUSED          refused, although FFmpeg decodes more than a second of sound
    LENGTH, LOUD     another length, or more or less that is loud
    DESCRIBED        described with another length than is sent
    cut, as partial  refused as cut off, and the same when taken with `partial`

The exit code is 1 if there is a CRASH or a HANG.
"""

from __future__ import annotations

import argparse
import logging
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from array import array
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

import imageio_ffmpeg

from captioner.errors import CaptionerError
from captioner.media import AudioPolicy, describe, prepare
from captioner.model import Media

_RATE = 16_000  # of what is compared
_STEP = _RATE // 10  # a tenth of a second is loud or not
_LOUD = 1000  # -30 dBFS
_SLACK_MS, _SLACK = 500, 0.03
_WORTH_MS = 1000  # of sound that FFmpeg decodes from a file that is refused


@dataclass(frozen=True, slots=True)
class Heard:
    """Decoded sound: its length, and how much of it is loud."""

    length_ms: float
    loud_ms: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one file."""

    path: Path
    kind: str
    detail: str
    seconds: float


class _TooLong(BaseException):
    """The file took more than its time."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", type=int, default=40, help="Files to list of each kind.")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=120, help="Longest time for one file.")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    slowest: list[tuple[float, Path]] = []
    with ProcessPoolExecutor(options.processes) as pool:
        for found in pool.map(partial(examine, seconds=options.seconds), files(options.folder), chunksize=4):
            counts[found.kind] += 1
            slowest = sorted([*slowest, (found.seconds, found.path)])[-3:]
            if found.kind not in ("same", "no sound") and counts[found.kind] <= options.list:
                print(f"{found.kind:15} {found.path}: {found.detail}", flush=True)
    print()
    for kind, count in sorted(counts.items()):
        print(f"{count:7} {kind}")
    for seconds, path in reversed(slowest):
        print(f"{seconds:7.1f} s for {path}")
    return 1 if counts["CRASH"] or counts["HANG"] else 0


def files(folder: Path) -> Iterator[Path]:
    """All files, in order."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def examine(path: Path, *, seconds: int) -> Finding:
    """Describe and prepare one file, and hold it against FFmpeg's decode."""
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, _stop)
    signal.alarm(seconds)
    begun = time.monotonic()
    try:
        kind, detail = _compare(path)
    except _TooLong:
        kind, detail = "HANG", f"more than {seconds} s"
    except Exception:  # noqa: BLE001 - what the bench looks for
        kind, detail = "CRASH", traceback.format_exc(limit=-3).replace("\n", " | ")
    finally:
        signal.alarm(0)
    return Finding(path, kind, detail, time.monotonic() - begun)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise _TooLong


def _compare(path: Path) -> tuple[str, str]:
    try:
        media, label = _describe(path)
        ours, notes = _prepare(media)
    except CaptionerError as error:
        plain = _decode(path, 0)
        if plain.length_ms < _WORTH_MS:
            return "no sound", ""
        return "REFUSED", f"{error.detail} (FFmpeg decodes {plain.length_ms / 1000:.1f} s)"
    track = _track(media)
    plain = _decode(path, track)
    laid = plain if _is_near(ours.length_ms, plain.length_ms) else _decode(path, track, "aresample=async=1:first_pts=0")
    facts = f"{_seconds(ours)} here, {_seconds(plain)} and {_seconds(laid)} there" + (
        f"; told: {notes}" if notes else ""
    )
    if not (_is_near(ours.length_ms, plain.length_ms) or _is_near(ours.length_ms, laid.length_ms)):
        return "LENGTH", facts
    if not _is_near(ours.loud_ms, plain.loud_ms):
        return "LOUD", f"{ours.loud_ms / 1000:.1f} s here, {plain.loud_ms / 1000:.1f} s there; {facts}"
    if media.duration_ms < ours.length_ms - max(_SLACK_MS, _SLACK * ours.length_ms):
        return "DESCRIBED", f"{media.duration_ms / 1000:.1f} s, but {facts}"
    return label, facts


def _describe(path: Path) -> tuple[Media, str]:
    try:
        return describe(path), "same"
    except CaptionerError as error:
        if "--partial" not in error.detail:
            raise
        return describe(path, partial=True), "cut, as partial"


def _prepare(media: Media) -> tuple[Heard, str]:
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(media, AudioPolicy(track=_track(media) or "0"), Path(folder))
        notes = "; ".join((*media.notes, *prepared.notes))
        return _decode(prepared.path, 0), notes


def _track(media: Media) -> int:
    return media.audio[0].index


def _decode(path: Path, track: int, filters: str = "anull") -> Heard:
    """What FFmpeg decodes of one track, mixed to mono, read as it comes."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "quiet", "-i", str(path), "-map", f"0:a:{track}"]
    command += ["-af", filters, "-f", "s16le", "-ac", "1", "-ar", str(_RATE), "-"]
    length = loud = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        try:
            while block := process.stdout.read(_STEP * 2) if process.stdout else b"":
                samples = array("h", block[: len(block) // 2 * 2])
                length += len(samples)
                loud += bool(samples) and max(max(samples), -min(samples)) >= _LOUD
        finally:
            process.kill()
    return Heard(length * 1000 / _RATE, loud * 100.0)


def _is_near(ours_ms: float, theirs_ms: float) -> bool:
    return abs(ours_ms - theirs_ms) <= max(_SLACK_MS, _SLACK * theirs_ms)


def _seconds(heard: Heard) -> str:
    return f"{heard.length_ms / 1000:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
