"""The time by which work is planned: Unix seconds that do not jump while a process lives.

The wall clock is read once. What is due in a minute is due in a minute, even if somebody sets the clock back by a day.
"""

from __future__ import annotations

import time

__all__ = ["now"]


def _ticks() -> float:
    """Seconds that only grow; where the system counts them, those it slept through too (clock_gettime(2))."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)


_BEGAN = time.time() - _ticks()


def now() -> float:
    """Unix seconds, as the wall clock had them when the process began."""
    return _BEGAN + _ticks()
