"""Reads Matroska files that were joined with `cat`: FFmpeg stops behind the second where each says how long it is.

A segment of unknown length is one that a recorder did not finish, and FFmpeg reads on behind it. So the lengths of
joined segments are read as unknown; nothing else of the file is changed.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from captioner.media.announced_size import matroska_sizes

__all__ = ["JoinedFile", "joined_sizes"]

_MOST_READ = 2
"""Segments that FFmpeg 8 reads by itself."""


def joined_sizes(path: Path) -> tuple[tuple[int, bytes], ...]:
    """The size fields of the segments of a joined file: place and the bytes of an unknown size; () for other files.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as stream:
        sizes = matroska_sizes(stream)
    if len(sizes) <= _MOST_READ:
        return ()
    return tuple((at, ((1 << (7 * length + 1)) - 1).to_bytes(length)) for at, length in sizes)


class JoinedFile(io.RawIOBase):
    """A file in which some bytes read as others."""

    def __init__(self, stream: BinaryIO, changes: Sequence[tuple[int, bytes]]) -> None:
        """Wrap.

        Args:
            stream: The file.
            changes: Place and bytes, in order.
        """
        self._stream, self._changes = stream, changes

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it can be sought in."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """The place."""
        return self._stream.tell()

    def read(self, size: int = -1) -> bytes:
        """Bytes from the place on."""
        begin = self._stream.tell()
        data = self._stream.read(size)
        for at, other in self._changes:
            first, last = max(at, begin), min(at + len(other), begin + len(data))
            if first < last:
                data = data[: first - begin] + other[first - at : last - at] + data[last - begin :]
        return data
