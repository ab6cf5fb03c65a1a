"""Computes the times of cues from the times of their words.

The one rule: times are computed from the speech alone, never from computed times, so computing them twice changes
nothing, and moving the speech moves the cues by the same amount.

Sources: Netflix timing guidelines (a gap is two frames or at least half a second; minimum 5/6 s, maximum 7 s), BBC
subtitle guidelines (a cue may linger up to 1.5 s), Subtitle Edit's quality checks (reading speed as set by the style).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from captioner.style import Style

__all__ = ["SpokenCue", "place_cues"]

BORROW_MS = 200  # how much earlier than its first word a cue that lacks time may begin (BBC allows 1.5 s)
FLASH_MS = 200  # smallest distance between the starts of cues when voices overlap


class SpokenCue(NamedTuple):
    """Data of a cue that timing uses.

    Attributes:
        start_ms: First millisecond of its first word.
        end_ms: First millisecond after its last word.
        reading_ms: Time to read its text at the style's speed.
        style: Limits of its language.
    """

    start_ms: int
    end_ms: int
    reading_ms: int
    style: Style


def place_cues(spoken: Sequence[SpokenCue]) -> list[tuple[int, int]]:
    """Give every cue its time.

    Args:
        spoken: Cues in the order shown.

    Returns:
        (start_ms, end_ms) of each; they do not overlap, every cue lasts at least a millisecond and none longer than the
        style's maximum.
    """
    starts = _starts(spoken)
    placed = []
    for index, cue in enumerate(spoken):
        following = starts[index + 1] if index + 1 < len(spoken) else None
        placed.append((starts[index], _end(cue, starts[index], following)))
    return placed


def _starts(spoken: Sequence[SpokenCue]) -> list[int]:
    """Start of each cue: a little before its first word, as far as the cue before leaves room."""
    starts: list[int] = []
    before: SpokenCue | None = None
    for index, cue in enumerate(spoken):
        following = spoken[index + 1].start_ms if index + 1 < len(spoken) else None
        wanted = cue.start_ms - _lead_ms(cue, following)
        if before is not None:
            settled = min(cue.start_ms, max(before.end_ms, starts[-1] + _needed_ms(before)))
            wanted = max(wanted, settled, starts[-1] + _least_ms(before, starts[-1], cue))
        starts.append(max(0, wanted))
        before = cue
    return starts


def _least_ms(before: SpokenCue, shown_ms: int, cue: SpokenCue) -> int:
    """Shortest time a cue stays before the next begins.

    A cue that should have begun before the one shown now is late in any case, so that one may be read first.
    """
    if cue.start_ms >= shown_ms:
        return FLASH_MS
    return before.style.min_duration_ms + before.style.min_gap_ms


def _needed_ms(cue: SpokenCue) -> int:
    return max(cue.style.min_duration_ms, cue.reading_ms) + cue.style.min_gap_ms


def _lead_ms(cue: SpokenCue, following: int | None) -> int:
    """Time by which a cue should begin before its first word: more when it has too little time to be read."""
    room = cue.end_ms + cue.style.max_hang_ms
    if following is not None:
        room = min(room, following - cue.style.min_gap_ms)
    missing = _needed_ms(cue) - cue.style.min_gap_ms - (room - cue.start_ms + cue.style.lead_in_ms)
    return cue.style.lead_in_ms + min(max(0, missing), max(0, BORROW_MS - cue.style.lead_in_ms))


def _end(cue: SpokenCue, start: int, following: int | None) -> int:
    """End of a cue: after its last word and its reading time, chained to the next one when the gap would be tiny."""
    style = cue.style
    latest = max(cue.end_ms, start) + style.max_hang_ms  # counted from its start for a late cue
    needed = min(latest, start + max(style.min_duration_ms, cue.reading_ms))
    end = max(cue.end_ms + style.lag_out_ms, needed, start + 1)
    if following is not None and following - end < style.chain_below_ms:
        end = max(start + 1, following - style.min_gap_ms)
    return min(end, start + style.max_duration_ms)
