"""Keep a process that runs for days as small as it began."""

from __future__ import annotations

import contextlib
import ctypes
import sys

__all__ = ["keep_flat"]

# mallopt(3): M_ARENA_MAX in <malloc.h>. glibc gives every busy thread an arena of its own, eight for each core, and
# hardly ever returns what the decoders and encoders freed there: 700 files grew a batch to 225 MB; with two arenas it
# stayed at 131 MB (bench/batch.py --emulator).
_M_ARENA_MAX = -8
_ARENAS = 2


def keep_flat() -> None:
    """Have glibc share a few arenas; call it before threads are started. Other C libraries are left as they are."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
