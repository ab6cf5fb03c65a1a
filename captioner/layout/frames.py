"""Puts times on frames: every caption begins and ends on a frame of the picture, and gaps are counted in frames.

The one rule: a caption is never shown a frame late, and putting times on frames twice changes nothing more.

Sources: Netflix timing guidelines (two frames; gaps up to half a second closed; zones around a shot change at 24 frames
a second, scaled by half a second's frames); Subtitle Edit's BeautifyTimeCodes for the same zones at other rates.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from captioner.errors import ConfigError
from captioner.model import Cue
from captioner.style import Style
from captioner.timecode import Rounding, exact_number, frames_to_ms, ms_to_frames, nominal_rate, timecode_to_frames

__all__ = ["FrameLimits", "clip_to_media", "shots_from_text", "snap_to_frames", "to_frames"]


@dataclass(frozen=True, slots=True)
class FrameLimits:
    """The numbers of a style in frames of one rate.

    Attributes:
        rate: Exact frame rate.
        gap: Smallest gap.
        chain: Smaller gaps than this are closed to `gap`.
        shortest: Shortest time on screen.
        longest: Longest time on screen.
        zone: Distance from a shot change within which a time is moved.
        snap: In-times up to this many frames before a shot change move onto it; others in the zone move away from it.
        before_cut: Frames kept between an out-time and a shot change.
    """

    rate: Fraction
    gap: int
    chain: int
    shortest: int
    longest: int
    zone: int
    snap: int
    before_cut: int

    @classmethod
    def from_style(cls, style: Style, rate: Fraction) -> FrameLimits:
        """The style in frames; half a second is rounded up to whole frames, as Subtitle Edit does."""
        nominal = nominal_rate(rate)
        return cls(
            rate=rate,
            gap=style.min_gap_frames or ms_to_frames(style.min_gap_ms, rate, "ceil"),
            chain=_half_up(style.chain_below_ms * nominal, 1000),
            shortest=max(1, ms_to_frames(style.min_duration_ms, rate, "ceil")),
            longest=max(1, ms_to_frames(style.max_duration_ms, rate, "floor")),
            zone=_half_up(style.shot_zone_ms * nominal, 1000),
            snap=_half_up(style.shot_snap_frames * nominal, 24),
            before_cut=style.shot_gap_frames,
        )


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def snap_to_frames(
    cues: Sequence[Cue],
    style: Style,
    rate: Fraction,
    *,
    shots: Sequence[int] = (),
    rounding: Rounding = "floor",
) -> tuple[Cue, ...]:
    """Put every time on a frame, with gaps and shot zones in frames.

    Args:
        cues: By start, not overlapping, as layout gives them.
        style: Its gaps, durations and shot zones are used.
        rate: Exact frame rate of the picture.
        shots: Shot changes in milliseconds, in any order; () to ignore them.
        rounding: How frame times are rounded to milliseconds. "floor" shows no caption late in a player that shows it
            while `start <= time < end`; "ceil" is for importers that truncate milliseconds to frames.

    Returns:
        The same captions with other times, not overlapping, each at least one frame long.
    """
    grid = FrameLimits.from_style(style, rate)
    cuts = sorted({ms_to_frames(shot, rate) for shot in shots}) if grid.zone else []
    spans = to_frames(cues, rate)
    spans = [(_in_time(start, cuts, grid), end) for start, end in spans]
    spans = _in_sequence(spans)
    placed = [
        (start, _out_time(start, end, spans[index + 1][0] if index + 1 < len(spans) else None, cuts, grid))
        for index, (start, end) in enumerate(spans)
    ]
    return tuple(
        replace(cue, start_ms=frames_to_ms(start, rate, rounding), end_ms=frames_to_ms(end, rate, rounding))
        for cue, (start, end) in zip(cues, placed, strict=True)
    )


def to_frames(cues: Sequence[Cue], rate: Fraction) -> list[tuple[int, int]]:
    """First frame shown and first frame no longer shown of every caption, each rounded to the nearest frame."""
    return [(start := ms_to_frames(cue.start_ms, rate), max(start + 1, ms_to_frames(cue.end_ms, rate))) for cue in cues]


def clip_to_media(cues: Sequence[Cue], duration_ms: int) -> tuple[Cue, ...]:
    """End captions with the media; a caption that begins after the end is left for the check to report.

    Args:
        cues: In any order.
        duration_ms: Length of the media, 0 when unknown.
    """
    return tuple(
        replace(cue, end_ms=duration_ms) if duration_ms and cue.start_ms < duration_ms < cue.end_ms else cue
        for cue in cues
    )


def shots_from_text(text: str, rate: Fraction | None = None) -> tuple[int, ...]:
    """Read a list of shot changes: seconds (`12.48`) or time codes (`00:00:12:12`), one a line or comma separated.

    Raises:
        ConfigError: A line is neither of these, or a time code without a frame rate.
    """
    entries = [entry.strip() for line in text.splitlines() for entry in line.partition("#")[0].split(",")]
    return tuple(sorted(_shot(entry, rate) for entry in entries if entry))


def _shot(entry: str, rate: Fraction | None) -> int:
    if ":" in entry:
        if rate is None:
            raise ConfigError(f"shot change {entry}: a time code needs a frame rate; give --fps")
        return frames_to_ms(timecode_to_frames(entry, rate), rate)
    try:
        return int(exact_number(entry) * 1000)
    except (ValueError, ZeroDivisionError) as error:
        raise ConfigError(f"shot change {entry!r} is neither seconds nor a time code") from error


def _in_sequence(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Make starts follow each other by at least one frame, however long the frames are."""
    ordered: list[tuple[int, int]] = []
    for start, end in spans:
        if ordered:
            start = max(start, ordered[-1][0] + 1)
        ordered.append((start, max(end, start + 1)))
    return ordered


def _in_time(frame: int, cuts: Sequence[int], grid: FrameLimits) -> int:
    """Move a start onto a near shot change, or away from one shortly after it."""
    cut = _nearest(frame, cuts)
    if cut is None or not -grid.zone < frame - cut < grid.zone:
        return frame
    if frame >= cut or cut - frame <= grid.snap:
        return cut
    return max(0, cut - grid.zone)


def _out_time(start: int, end: int, following: int | None, cuts: Sequence[int], grid: FrameLimits) -> int:
    """End of a caption: at least the minimum in frames, off a shot change, chained to the next caption."""
    end += grid.shortest - (end - start) == 1
    end = _off_cut(start, min(end, start + grid.longest), cuts, grid)
    room = None if following is None else following - grid.gap
    if room is not None and end > room - max(grid.chain - grid.gap, 0):
        end = min(room, _off_cut(start, min(room, start + grid.longest), cuts, grid))
    return max(start + 1, end if following is None else min(end, following))


def _off_cut(start: int, end: int, cuts: Sequence[int], grid: FrameLimits) -> int:
    """Move an end near a shot change to the style's distance before it, or well after it if that leaves too little."""
    cut = _nearest(end, cuts)
    if cut is None or not -grid.zone < end - cut < grid.zone:
        return end
    before, after = cut - grid.before_cut, max(end, cut + grid.zone)
    if before - start >= grid.shortest or (after - start > grid.longest and before > start):
        return before
    return after


def _nearest(frame: int, cuts: Sequence[int]) -> int | None:
    if not cuts:
        return None
    place = bisect_left(cuts, frame)
    return min(cuts[max(0, place - 1) : place + 1], key=lambda cut: abs(cut - frame))
