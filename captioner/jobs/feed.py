"""Where a run takes its inputs from: a list, or something that goes on giving."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Protocol

from captioner.jobs.events import FileReport
from captioner.jobs.sources import Source

__all__ = ["Feed", "Listed"]


class Feed(Protocol):
    """Gives sources to a run, a few at a time, when it has room for them; used by the run's thread only."""

    @property
    def left(self) -> int:
        """How many are known to be waiting."""
        ...

    @property
    def pause_s(self) -> float | None:
        """How long to wait before asking again when it gave nothing, or None when it will never give more."""
        ...

    def take(self, room: int) -> Sequence[tuple[Source, str]]:
        """Up to `room` sources, each with the reason why it cannot be done beside the others, or ""."""
        ...

    def ended(self, source: Source, report: FileReport) -> None:
        """Hear how a source ended."""
        ...


class Listed:
    """A list known from the start.

    Args:
        sources: In the order in which they are done.
        clashes: From `sources.clashes`.
    """

    def __init__(self, sources: Sequence[Source], clashes: Mapping[Source, str]) -> None:
        self._waiting = deque(sources)
        self._clashes = clashes

    @property
    def left(self) -> int:
        """How many have not been taken."""
        return len(self._waiting)

    @property
    def pause_s(self) -> float | None:
        """0 while there are more."""
        return 0.0 if self._waiting else None

    def take(self, room: int) -> list[tuple[Source, str]]:
        """The next ones."""
        taken = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
        return [(source, self._clashes.get(source, "")) for source in taken]

    def ended(self, source: Source, report: FileReport) -> None:
        """A list does nothing about it."""
