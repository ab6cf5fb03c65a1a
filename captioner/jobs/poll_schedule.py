"""When to ask the service: not before an answer is likely, and never more often than all processes together may."""

from __future__ import annotations

from collections import deque

from captioner.jobs.states import BACKOFFS, Cause

__all__ = ["Pace"]

# Tasks remembered, and the share of them that had ended by the time that is guessed. Four in five: one question is
# then enough for most files, and few wait long for theirs.
_REMEMBERED = 64
_SHARE = 0.8
# The same where looking early costs next to nothing, because one look is for many.
_SHARE_EARLY = 0.05
_ENOUGH = 3
# Lengths within this factor of each other are taken to need the same time.
_ALIKE = 2.0


class Pace:
    """How long the service took lately, as it says itself, and so how long it may take for the next file."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED)

    def saw(self, length_ms: int, took_s: float) -> None:
        """Remember a task: the audio in it and the seconds between its submission and its end."""
        if took_s >= 0:
            self._seen.append((length_ms, took_s))

    def guess_s(self, length_ms: int, *, early: bool = False) -> float:
        """Seconds after the submission at which the first question is worth asking, or the first look into a list."""
        alike = sorted(took_s for seen_ms, took_s in self._seen if _are_alike(seen_ms, length_ms))
        if len(alike) < _ENOUGH:
            return BACKOFFS[Cause.QUEUE].first_s
        return max(
            alike[min(int(len(alike) * (_SHARE_EARLY if early else _SHARE)), len(alike) - 1)],
            BACKOFFS[Cause.QUEUE].first_s / 2,
        )


def _are_alike(one_ms: int, other_ms: int) -> bool:
    shorter, longer = sorted((max(one_ms, 1), max(other_ms, 1)))
    return longer <= shorter * _ALIKE
