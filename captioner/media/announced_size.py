"""Reads from a file's own headers how many bytes it should have, so that a half-copied file is told from a whole one.

Only sizes are read, none of them believed to be a length in time: that is measured. A format that writes no sizes, and
a recorder that left them open (zero, or the largest number there is), announce nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["announced_size", "announced_size_in", "matroska_sizes"]

_OPEN_FROM = 0x7FFF_0000
"""32-bit sizes from here on were left open: FFmpeg writes 0xFFFFFFFF, SoX 0x7FFFFFFF less its header."""
_MOST_PARTS = 100_000  # parts of a file that are looked at; a day of fragmented MP4 has about twenty thousand


def announced_size(path: Path, container: str) -> int | None:
    """Bytes that the file should have.

    Args:
        path: The file.
        container: FFmpeg's name of its format.

    Returns:
        The size, or None where the file announces none.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as stream:
        return announced_size_in(stream, container)


def announced_size_in(stream: BinaryIO, container: str, most_reads: int = 0) -> int | None:
    """Bytes that an open file should have; see `announced_size`.

    Args:
        stream: The file, at its begin.
        container: FFmpeg's name of its format.
        most_reads: Give up after so many reads, each of which may be a request; 0 for a file that is here.
    """
    read = _READERS.get(container)
    if read is None:
        return None
    few: Any = _FewReads(stream, most_reads) if most_reads else stream
    try:
        return read(few)
    except struct.error:  # it ends inside a header
        return None


class _FewReads:
    """A file that seems to end after some reads."""

    def __init__(self, stream: BinaryIO, left: int) -> None:
        self.seek, self.tell = stream.seek, stream.tell
        self._read, self._left = stream.read, left

    def read(self, size: int) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise struct.error("too many parts")
        return self._read(size)


def _iff(order: str, data: bytes) -> Callable[[BinaryIO], int | None]:
    """Reader of files in chunks, with the name of the chunk that holds the samples."""

    def read(stream: BinaryIO) -> int | None:
        form, size, _ = struct.unpack(f"{order}4sI4s", stream.read(12))
        for _ in range(_MOST_PARTS):
            kind, length = struct.unpack(f"{order}4sI", stream.read(8))
            if kind == b"ds64" and form == b"RF64":
                (wide,) = struct.unpack("<8xQ", stream.read(16))
                return stream.tell() - 16 + length + 8 + wide if wide else None
            if kind == data:
                return None if _is_open(length) or _is_open(size) else stream.tell() + length
            stream.seek(length + length % 2, 1)
        return None

    return read


def _is_open(size: int) -> bool:
    return size == 0 or size >= _OPEN_FROM


def _avi(stream: BinaryIO) -> int | None:
    """An AVI file is one RIFF, or several one behind the other (OpenDML)."""
    end = 0
    for _ in range(_MOST_PARTS):
        head = stream.read(12)
        if len(head) < 12 or head[:4] != b"RIFF":
            return end or None
        (size,) = struct.unpack("<4xI", head[:8])
        if size == 0 or size == 0xFFFF_FFFF:
            return None
        end = stream.tell() - 4 + size
        stream.seek(end + size % 2)
    return end


_W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"


def _w64(stream: BinaryIO) -> int | None:
    """Sony Wave64: names of 16 bytes and sizes of 64 bits that include the 24 bytes before the content."""
    stream.seek(40)
    for _ in range(_MOST_PARTS):
        kind, length = struct.unpack("<16sQ", stream.read(24))
        if kind == _W64_DATA:
            return stream.tell() - 24 + length if 24 < length < 1 << 62 else None
        if length < 24:
            return None
        stream.seek((length - 24 + 7) // 8 * 8, 1)
    return None


def _au(stream: BinaryIO) -> int | None:
    offset, size = struct.unpack(">4xII", stream.read(12))
    return None if _is_open(size) else offset + size


def _caf(stream: BinaryIO) -> int | None:
    stream.seek(8)
    for _ in range(_MOST_PARTS):
        kind, length = struct.unpack(">4sq", stream.read(12))
        if kind == b"data":
            return stream.tell() + length if length > 0 else None
        stream.seek(max(0, length), 1)
    return None


def _mp4(stream: BinaryIO) -> int | None:
    """Boxes follow each other to the end; the last one may have no size."""
    end = 0
    for at, size in _boxes(stream):
        if size == 0:
            return None
        end = at + size
    return end or None


_BOXES = frozenset(
    b"ftyp moov mdat moof mfra free skip wide udta uuid sidx ssix styp meta pnot prft emsg pdin meco".split()
)
"""Boxes at the top of a file (ISO/IEC 14496-12, table 1; QuickTime File Format): what follows other bytes is a tag."""


def _boxes(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    at = 0
    for _ in range(_MOST_PARTS):
        stream.seek(at)
        head = stream.read(16)
        if len(head) < 8 or head[4:8] not in _BOXES:
            return
        (size,) = struct.unpack(">I", head[:4])
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack(">Q", head[8:])
        if 0 < size < 8:
            return
        yield at, size
        if size == 0:
            return
        at += size


_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
_ID_BYTES = 4


def _matroska(stream: BinaryIO) -> int | None:
    """EBML elements at the top; joined files have several headers and segments."""
    end = None
    for kind, size, begin in _elements(stream):
        if size is None:
            return end
        end = begin + size if kind == _SEGMENT else end
    return end


def matroska_sizes(stream: BinaryIO) -> list[tuple[int, int]]:
    """Place and length of the size field of every segment that says its size and follows the one before."""
    at, found = 0, []
    for kind, size, begin in _elements(stream):
        if kind == _SEGMENT and size is not None:
            place = at + _ID_BYTES
            found.append((place, begin - place))
        at = begin + (size or 0)
    return found


def _elements(stream: BinaryIO) -> Iterator[tuple[int, int | None, int]]:
    """Kind, size and begin of the content of the elements at the top, as far as their sizes are known."""
    at = 0
    for _ in range(_MOST_PARTS):
        stream.seek(at)
        kind, size = _vint(stream, keep_marker=True), _vint(stream)
        if kind not in (_EBML, _SEGMENT):
            return
        begin = stream.tell()
        yield kind, size, begin
        if size is None:
            return
        at = begin + size


def _vint(stream: BinaryIO, *, keep_marker: bool = False) -> int | None:
    """A number of variable length (RFC 8794, section 4), or None at the end and for an unknown size."""
    first = stream.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    rest = stream.read(length - 1)
    value = int.from_bytes(first + rest)
    if keep_marker:
        return value
    value -= 1 << (7 * length)
    return None if value == (1 << (7 * length)) - 1 else value


_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")


def _asf(stream: BinaryIO) -> int | None:
    """The size in the file properties, unless the file was written for broadcast."""
    head = stream.read(1 << 16)
    at = head.find(_ASF_PROPERTIES)
    if at < 0:
        return None
    size, flags = struct.unpack("<40xQ40xI", head[at : at + 92])
    return None if flags & 1 or size == 0 else size


_MXF_HEADER = bytes.fromhex("060e2b34020501010d0102010102")  # partition pack of the header; its status follows


def _mxf(stream: BinaryIO) -> int | None:
    """The footer partition lies behind everything else; a file that is still written does not know where."""
    head = stream.read(1 << 16)
    at = head.find(_MXF_HEADER)
    if at < 0:
        return None
    at += 16
    at += 1 + (head[at] & 0x7F if head[at] & 0x80 else 0)
    (footer,) = struct.unpack(">24xQ", head[at : at + 32])
    return footer + 1 if footer else None


def _flv(stream: BinaryIO) -> int | None:
    """The size that encoders write into onMetaData at the end, zero as long as they have not."""
    head = stream.read(1 << 14)
    at = head.find(b"filesize\0")
    if at < 0:
        return None
    (size,) = struct.unpack(">d", head[at + 9 : at + 17])
    return int(size) if 0 < size < 1 << 62 else None


_READERS: dict[str, Callable[[BinaryIO], int | None]] = {
    "aiff": _iff(">", b"SSND"),
    "asf": _asf,
    "asf_o": _asf,
    "au": _au,
    "avi": _avi,
    "caf": _caf,
    "flv": _flv,
    "matroska,webm": _matroska,
    "mov,mp4,m4a,3gp,3g2,mj2": _mp4,
    "mxf": _mxf,
    "w64": _w64,
    "wav": _iff("<", b"data"),
}
