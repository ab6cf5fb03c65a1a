"""Writing a media file, with PyAV's errors turned into sentences."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.errors import MediaError

if TYPE_CHECKING:
    from av.container import OutputContainer

__all__ = ["map_write_errors", "open_output"]

_DISK_ERRNOS = frozenset({errno.EACCES, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOENT, errno.ENOSPC, errno.EROFS})


@contextmanager
def open_output(target: Path, name: str) -> Iterator[OutputContainer]:
    """A container for output that is closed at the end; nothing in it depends on time, machine or chance.

    Args:
        target: Where to; its suffix says which container.
        name: The media it is made from, for messages.

    Raises:
        MediaError: It cannot be opened or finished.
    """
    import av

    with map_write_errors(target, name):
        container = av.open(f"file:{target}", "w", options={"fflags": "+bitexact"})
    try:
        yield container
    finally:
        with map_write_errors(target, name):
            container.close()


@contextmanager
def map_write_errors(target: Path, name: str) -> Iterator[None]:
    """Around every call that writes: what went wrong is the disk, or audio that the container does not take."""
    import av

    try:
        yield
    except (av.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if getattr(error, "errno", None) in _DISK_ERRNOS:
            message = f"cannot write to {target.parent} ({reason}); free space there or check its rights"
        else:
            message = f"its audio does not go into {target.suffix} ({reason}); choose --audio flac"
        raise MediaError(message, file=name) from error
