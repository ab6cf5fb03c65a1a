"""Computes the times of cues from the times of their words.

The one rule: times are computed from the speech alone, never from computed times, so computing them twice changes
nothing, and moving the speech moves the cues by the same amount.

Sources: Netflix timing guidelines (a gap is two frames or at least half a second; minimum 5/6 s, maximum 7 s), BBC
subtitle guidelines (a cue may linger up to 1.5 s), Subtitle Edit's quality checks (reading speed as set by the style).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    if not spoken:
        return []
    starts = _starts(spoken)
    following: Iterable[int | None] = [*starts[1:], None]
    return [(start, _end(cue, start, after)) for cue, start, after in zip(spoken, starts, following, strict=True)]


def _starts(spoken: Sequence[SpokenCue]) -> list[int]:
    """Start of each cue: a little before its first word, as far as the cue before leaves room.

    A cue that should have begun before the one shown now is late in any case, so that one may be read first.
    """
    starts: list[int] = []
    before_end = before_needs = before_least = 0
    following: Iterable[SpokenCue | None] = [*spoken[1:], None]
    for cue, after in zip(spoken, following, strict=True):
        start, end, reading_ms, style = cue
        needs = reading_ms if reading_ms > style.min_duration_ms else style.min_duration_ms
        wanted = start - _lead_ms(cue, needs, None if after is None else after.start_ms)
        if starts:
            shown = starts[-1]
            settled = before_end if before_end > shown + before_needs else shown + before_needs
            least = shown + (FLASH_MS if start >= shown else before_least)
            if settled > start:
                settled = start
            if wanted < settled:
                wanted = settled
            if wanted < least:
                wanted = least
        starts.append(wanted if wanted > 0 else 0)
        before_end, before_needs = end, needs + style.min_gap_ms
        before_least = style.min_duration_ms + style.min_gap_ms
    return starts


def _lead_ms(cue: SpokenCue, needs_ms: int, following_ms: int | None) -> int:
    """Time by which a cue should begin before its first word: more when it has too little time to be read."""
    start, end, _, style = cue
    lead = style.lead_in_ms
    room = end + style.max_hang_ms
    if following_ms is not None and following_ms - style.min_gap_ms < room:
        room = following_ms - style.min_gap_ms
    missing = needs_ms - (room - start + lead)
    if missing <= 0 or lead >= BORROW_MS:
        return lead
    return lead + min(missing, BORROW_MS - lead)


def _end(cue: SpokenCue, start: int, following: int | None) -> int:
    """End of a cue: after its last word and its reading time, chained to the next one when the gap would be tiny."""
    _, heard, reading_ms, style = cue
    latest = (heard if heard > start else start) + style.max_hang_ms  # counted from its start for a late cue
    needed = start + (reading_ms if reading_ms > style.min_duration_ms else style.min_duration_ms)
    if needed > latest:
        needed = latest
    end = heard + style.lag_out_ms
    if end < needed:
        end = needed
    if end <= start:
        end = start + 1
    if following is not None and following - end < style.chain_below_ms:
        end = max(start + 1, following - style.min_gap_ms)
    longest = start + style.max_duration_ms
    return end if end < longest else longest
