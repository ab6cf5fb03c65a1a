"""Rate limits of the service: one limiter per key, shared by everything in the process that uses the key."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from captioner.recognition.funasr.catalogue import Model
from captioner.settings import Secret

__all__ = ["QUERIES_PER_S", "RateLimiter", "RateLimits", "shared_limits", "submits_per_s"]

QUERIES_PER_S = 16.0
"""Four fifths of the 20 queries a second that the service allows for a whole account, to leave some for other programs.

Source: Model Studio, "Asynchronous task management API", 2026-03-15.
"""


_SUBMIT_SHARE = 0.952
"""Used share of a model's submissions a second. Ten slots then take 1.05 s: requests that are sent evenly arrive a few
hundredths of a second early or late, and with up to 50 ms no second holds one too many."""


def submits_per_s(model: Model, region: str = "") -> float:
    """Submissions a second to a model in a region, for all processes together."""
    return model.submits_per_s(region) * _SUBMIT_SHARE


class RateLimiter:
    """Spaces calls evenly; safe to share between threads.

    Args:
        per_second: Most calls a second.
        clock: Monotonic seconds.
        sleep: Waits for a number of seconds.
    """

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval_s = 1.0 / per_second
        self._clock = clock
        self._sleep = sleep
        self._next_at = float("-inf")
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for the next free slot; slots are given in the order of the calls."""
        with self._lock:
            now = self._clock()
            slot = max(now, self._next_at)
            self._next_at = slot + self._interval_s
        if slot > now:
            self._sleep(slot - now)


class RateLimits:
    """The limiters of one key at one endpoint: one for queries, one for the submissions of each model."""

    def __init__(
        self,
        *,
        queries_per_s: float = QUERIES_PER_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._queries = RateLimiter(queries_per_s, clock=clock, sleep=sleep)
        self._submissions: dict[str, RateLimiter] = {}
        self._lock = threading.Lock()

    def query(self) -> None:
        """Wait until a query, a listing, a cancellation or a vocabulary call may be sent."""
        self._queries.wait()

    def submit(self, model: Model, region: str = "") -> None:
        """Wait until a submission to this model may be sent in this region."""
        with self._lock:
            limiter = self._submissions.get(model.name)
            if limiter is None:
                limiter = RateLimiter(submits_per_s(model, region), clock=self._clock, sleep=self._sleep)
                self._submissions[model.name] = limiter
        limiter.wait()


_shared: dict[tuple[str, Secret], RateLimits] = {}
_shared_lock = threading.Lock()


def shared_limits(base_url: str, key: Secret) -> RateLimits:
    """The limits of this key at this endpoint: the same object for every client in the process."""
    with _shared_lock:
        return _shared.setdefault((base_url, key), RateLimits())
