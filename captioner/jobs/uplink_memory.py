"""Keeps the measured speed of uploads for the next run, so that its first file is sent in the right form, too.

The one rule: a speed of another day says nothing, because computers move.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from captioner.errors import OutputError
from captioner.files import write_whole
from captioner.media import Uplink

__all__ = ["keep_uplink", "recall_uplink"]

_NAME = "uplink"
_KEPT_S = 24 * 3600


def keep_uplink(folder: Path, uplink: Uplink) -> None:
    """Write the speed into the private folder of the ledger; a disk that does not take it changes nothing."""
    if uplink.bytes_per_s is not None and folder != Path():
        with contextlib.suppress(OutputError):
            write_whole(folder / _NAME, f"{uplink.bytes_per_s:.0f}\n".encode(), private=True)


def recall_uplink(folder: Path, uplink: Uplink, now: float) -> None:
    """Give an uplink without a speed the one that was kept within the last day.

    Args:
        folder: The private folder of the ledger.
        uplink: Is changed.
        now: Unix seconds.
    """
    if uplink.bytes_per_s is not None or folder == Path():
        return
    path = folder / _NAME
    with contextlib.suppress(OSError, ValueError):
        if 0 <= now - path.stat().st_mtime < _KEPT_S and (speed := float(path.read_text("ascii"))) > 0:
            uplink.bytes_per_s = speed
