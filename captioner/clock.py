"""The clock for scheduling: Unix seconds that do not jump while a process runs.

The wall clock is read once, at the start. A deadline in a minute stays a minute away even if the wall clock is set back
by a day.
"""

from __future__ import annotations

import time

__all__ = ["now"]


def _ticks() -> float:
    """Seconds that only grow, including time spent asleep where the system counts it (clock_gettime(2))."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)


_BEGAN = time.time() - _ticks()


def now() -> float:
    """Unix seconds, counted from the wall clock's time at the start of the process."""
    return _BEGAN + _ticks()
