"""Opens media files for writing and maps PyAV's errors to ours."""

from __future__ import annotations

import errno
import os
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
    """Open a container for writing and close it at the end; its bytes depend on neither time nor machine.

    Args:
        target: File to write; its suffix selects the container.
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
def map_write_errors(target: Path, name: str, refusal: str = "") -> Iterator[None]:
    """Map the errors of every call that writes: a fault of the disk, or a stream that the container does not take.

    Args:
        target: The file that is written.
        name: The media it is made from, for messages.
        refusal: Message for a stream that the container does not take; by default about audio to be sent.

    Raises:
        MediaError: For any error of PyAV inside the block.
    """
    import av

    try:
        yield
    except (av.FFmpegError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in _DISK_ERRNOS:
            reason = os.strerror(error.errno)
            message = f"cannot write to {target.parent} ({reason}); free space there or check its rights"
        else:
            message = refusal or f"its audio does not go into {target.suffix}; choose --audio flac"
        raise MediaError(message, file=name) from error
