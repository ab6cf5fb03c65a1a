"""Times at which to ask whether a task has ended: not before an answer is likely, seldom while it takes long. Pure."""

from __future__ import annotations

from collections import deque

from captioner.jobs.states import BACKOFFS, Cause

__all__ = ["SHARE_OF_THE_WAIT", "PollEstimator"]

# Tasks remembered, and the share of them that had ended by the estimated time. Four in five: one request is then enough
# for most files, and few wait long for theirs.
_REMEMBERED = 64
_SHARE = 0.8
# The same where asking early costs next to nothing, because one request is for many.
_SHARE_EARLY = 0.05
_ENOUGH = 3
# Lengths within this factor of each other are taken to need the same time.
_ALIKE = 2.0

#: Between two requests, this share of the time waited so far passes at least.
SHARE_OF_THE_WAIT = 0.08


class PollEstimator:
    """Learns from the service's own times how long it takes for audio of a length."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED)

    def record(self, length_ms: int, took_s: float) -> None:
        """Remember a task: the audio in it and the seconds between its submission and its end."""
        if took_s >= 0:
            self._seen.append((length_ms, took_s))

    def estimate_s(self, length_ms: int, *, early: bool = False) -> float:
        """Seconds after the submission at which the first request is worth it, or the first look into a list."""
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
