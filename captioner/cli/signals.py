"""Ctrl-C and SIGTERM ask a run to stop in good order; the second signal stops it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["handle_signals"]


@contextmanager
def handle_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` on the first signal, raise KeyboardInterrupt on the next."""

    def hear(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
