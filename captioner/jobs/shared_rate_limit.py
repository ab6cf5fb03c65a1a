"""One at a time, as often as all processes on a ledger together may."""

from __future__ import annotations

from collections.abc import Callable

from captioner.jobs.engine import Engine
from captioner.jobs.ledger import Ledger

__all__ = ["Turnstile"]


class Turnstile:
    """Lets work on a lane begin at the rate that the ledger keeps for every process.

    Slots are taken in the engine's thread, one ahead at most: nobody sleeps on one, and a process that dies wastes one.

    Args:
        ledger: Keeps the rate.
        engine: Its lane is held until the slot has come.
        lane: Name of the lane.
        rate: What is limited, such as "query https://host".
        per_s: Slots a second.
        clock: Unix seconds.
    """

    def __init__(
        self, ledger: Ledger, engine: Engine, lane: str, *, rate: str, per_s: float, clock: Callable[[], float]
    ) -> None:
        self._ledger = ledger
        self._engine = engine
        self._lane = lane
        self._rate = rate
        self._per_s = per_s
        self._clock = clock
        self._slot: float | None = None

    def lets_through(self) -> bool:
        """Whether one may begin now; if not, the lane is held until one may, and whoever asked has to come again."""
        if self._slot is None:
            self._slot = self._ledger.reserve(self._rate, self._per_s)
        if self._slot > self._clock():
            self._engine.hold(self._lane, self._slot)
            return False
        self._slot = None
        return True
