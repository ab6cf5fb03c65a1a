"""How tests wait: for what is to come, never for a time that is to pass.

The one limit only keeps a test from hanging for ever; no machine is so busy that a result depends on it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["PATIENCE_S", "returns", "wait_until"]

PATIENCE_S = 120.0


def wait_until(true: Callable[[], object], so_far: Callable[[], object] = lambda: "") -> None:
    """Wait until something is true; `so_far` tells how far it came when it did not come to that."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"it did not come to that {so_far()}"
        time.sleep(0.02)


def returns(call: Callable[[], object]) -> bool:
    """Whether a call comes to its end, where one that goes wrong waits far longer than the patience."""
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    return not thread.is_alive()
