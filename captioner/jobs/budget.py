"""Limit on purchases of a run: nothing is uploaded or submitted that would exceed it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LIMIT", "Budget", "Limit"]

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
