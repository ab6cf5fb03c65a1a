"""Rate limiter shared by all processes that use one ledger."""

from __future__ import annotations

from captioner.jobs.ledger.base import Ledger

__all__ = ["SharedRateLimiter"]


class SharedRateLimiter:
    """Spaces calls evenly at a rate that the ledger keeps for every process.

    Reserves one slot at a time and never blocks a thread. How far ahead a slot may be used is the caller's choice; a
    crashed process loses those alone.

    Args:
        ledger: Keeps the rate.
        rate: What is limited, such as "query https://host".
        per_s: Slots a second.
    """

    def __init__(self, ledger: Ledger, rate: str, per_s: float) -> None:
        self._ledger = ledger
        self._rate = rate
        self._per_s = per_s
        self._slot: float | None = None

    def next_slot(self) -> float:
        """Unix time of the slot that is reserved, or of a new one."""
        if self._slot is None:
            self._slot = self._ledger.reserve(self._rate, self._per_s)
        return self._slot

    def use(self) -> None:
        """Give the reserved slot to a call; the next one needs another."""
        self._slot = None
