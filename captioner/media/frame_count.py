"""Reads from the header of sound without a container how much of it there should be."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

__all__ = ["announced_ms"]

_HEAD_BYTES = 1 << 16


def announced_ms(path: Path, container: str) -> int:
    """Length that the file's first header announces, 0 when it announces none.

    Args:
        path: The file.
        container: FFmpeg's name of its format.

    Raises:
        OSError: It cannot be read.
    """
    read = _READERS.get(container)
    if read is None:
        return 0
    with path.open("rb") as stream:
        head = stream.read(10)
        tag_bytes = _id3_bytes(head)
        stream.seek(tag_bytes)
        head = stream.read(_HEAD_BYTES)
    try:
        return read(head)
    except (struct.error, IndexError, ZeroDivisionError):
        return 0


def _id3_bytes(head: bytes) -> int:
    """Length of an ID3v2 tag at the beginning (id3.org, "ID3v2.4.0 Main Structure", 3.1), or 0."""
    if len(head) < 10 or head[:3] != b"ID3":
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


_MPEG_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _mp3(head: bytes) -> int:
    """Number of frames in the Xing or Info header, which lies inside the first frame."""
    frame = next((i for i in range(min(len(head) - 4, 4096)) if head[i] == 0xFF and head[i + 1] & 0xE6 == 0xE2), -1)
    if frame < 0:
        return 0
    version, rate = head[frame + 1] >> 3 & 3, head[frame + 2] >> 2 & 3
    first = head[frame : frame + 256]
    at = max(first.find(b"Xing"), first.find(b"Info"))
    if at < 0 or rate > 2 or version not in _MPEG_RATES_HZ:
        return 0
    flags, frames = struct.unpack(">II", first[at + 4 : at + 12])
    samples = 1152 if version == 3 else 576
    return frames * samples * 1000 // _MPEG_RATES_HZ[version][rate] if flags & 1 else 0


def _flac(head: bytes) -> int:
    """Total samples in STREAMINFO (RFC 9639, section 8.2), 0 when the encoder did not know."""
    if head[:4] != b"fLaC":
        return 0
    packed = int.from_bytes(head[18:26])
    rate, total = packed >> 44, packed & ((1 << 36) - 1)
    return total * 1000 // rate


_WAVPACK_RATES_HZ = (
    6000, 8000, 9600, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000, 192000,
)  # fmt: skip


def _wavpack(head: bytes) -> int:
    """Total samples in the first block ("WavPack 4 & 5 Binary File / Block Format", 2.0)."""
    total, flags = struct.unpack("<12xI8xI", head[:28])
    return 0 if head[:4] != b"wvpk" or total == 0xFFFF_FFFF else total * 1000 // _WAVPACK_RATES_HZ[flags >> 23 & 15]


def _tta(head: bytes) -> int:
    """Rate and total samples (True Audio, "TTA1 header")."""
    rate, total = struct.unpack("<10xII", head[:18])
    return total * 1000 // rate if head[:4] == b"TTA1" else 0


_READERS: dict[str, Callable[[bytes], int]] = {"flac": _flac, "mp3": _mp3, "tta": _tta, "wv": _wavpack}
