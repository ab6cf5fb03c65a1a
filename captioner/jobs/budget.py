"""Limits on purchases, of a run and of a month: nothing is uploaded or submitted that would exceed them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["LIMIT", "Budget", "Limit", "MonthBudget", "MonthLimit", "month_start"]

# How old what was read of the ledger may be; with less than a tenth of the budget left it is read for each purchase.
_READ_AGAIN_S = 2.0
_CLOSE = 0.1

LIMIT = "Limit"
"""The kind of reason that keeps a file from being bought in this run and says nothing about the file."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The most a run may have recognised.

    Attributes:
        audio_ms: Milliseconds of audio, every recognised channel counted.
        channels: Channels recognised of every file.
        said: How the user asked for it, such as "--max-hours 2".
    """

    audio_ms: int
    channels: int
    said: str


class Budget:
    """Counts what was allowed; each recognition once, however often it is asked about."""

    def __init__(self, limit: Limit | None) -> None:
        self._limit = limit
        self._left_ms = limit.audio_ms if limit else 0
        self._allowed: set[str] = set()

    def refuse(self, key: str, duration_ms: int) -> str:
        """The reason why a recognition must not be bought, or "" when it may.

        Args:
            key: Of the recognition.
            duration_ms: Length of its audio; the service bills at most that. 0 when not known.
        """
        if self._limit is None or key in self._allowed:
            return ""
        if not duration_ms:
            return f"not sent: its length is not known, and {self._limit.said} is set"
        needed_ms = duration_ms * self._limit.channels
        if needed_ms > self._left_ms:
            return (
                f"not sent: this would exceed {self._limit.said}; run the same command with a higher limit to continue"
            )
        self._left_ms -= needed_ms
        self._allowed.add(key)
        return ""


@dataclass(frozen=True, slots=True)
class MonthLimit:
    """The most that may be spent in a month (UTC) on one ledger, whatever command buys.

    Attributes:
        usd: US dollars, by list prices.
        usd_per_s: Price of a second of a file of this run, every channel counted.
    """

    usd: float
    usd_per_s: float


class MonthBudget:
    """Holds purchases to what is left of a month's budget; what is on its way counts with its length.

    Other processes on the ledger buy, too: what was spent is read again every few seconds, and each time when little
    is left. That tells early what has no room; what counts is `refuse` after `read_again`, in the transaction that
    records the purchase.
    """

    def __init__(self, limit: MonthLimit | None, spent_usd: Callable[[], float], now: Callable[[], float]) -> None:
        """Prepare.

        Args:
            limit: The limit, or None.
            spent_usd: Reads what was spent this month from the ledger.
            now: Unix seconds.
        """
        self._limit = limit
        self._spent_usd = spent_usd
        self._now = now
        self._read_at = float("-inf")
        self._spent = 0.0
        self._reserved: dict[str, float] = {}

    def refuse(self, key: str, duration_ms: int) -> str:
        """The reason why a recognition must not be bought, or "" when it may; then its price is reserved."""
        if self._limit is None:
            return ""
        name = f"budget.month {self._limit.usd:g} USD"
        if not duration_ms:
            return f"not sent: its length is not known, and {name} is set"
        price = duration_ms / 1000 * self._limit.usd_per_s
        others = sum(usd for each, usd in self._reserved.items() if each != key)
        spent = self._spent_by_now()
        if spent + others + price > self._limit.usd:
            self._reserved.pop(key, None)
            return (
                f"not sent: {name} holds it: {spent + others:.4f} USD are spent or on their way this month, and it"
                f" costs at most {price:.4f}; raise the budget, or run the same command next month"
            )
        self._reserved[key] = price
        return ""

    @property
    def is_set(self) -> bool:
        """Whether there is a limit."""
        return self._limit is not None

    def read_again(self) -> None:
        """Read what was spent with the next question."""
        self._read_at = float("-inf")

    def bought(self, keys: Sequence[str]) -> None:
        """These are in the ledger as submitted from now on."""
        for key in keys:
            self._spent += self._reserved.pop(key, 0.0)

    def _spent_by_now(self) -> float:
        limit = self._limit.usd if self._limit is not None else 0.0
        is_close = self._spent > (1 - _CLOSE) * limit
        if is_close or self._now() - self._read_at > _READ_AGAIN_S:
            self._spent, self._read_at = self._spent_usd(), self._now()
        return self._spent


def month_start(now: float) -> float:
    """Unix seconds of the first moment of a month, in UTC."""
    then = datetime.fromtimestamp(now, tz=UTC)
    return datetime(then.year, then.month, 1, tzinfo=UTC).timestamp()
