"""Rules about time: overlaps, durations, gaps, frames, shots, speech."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import accumulate, pairwise

from captioner.check.context import CheckContext, MeasuredCue
from captioner.check.definitions import Finding
from captioner.check.transcript_alignment import speech_during
from captioner.formats.table import ALL_FORMATS
from captioner.layout.frames import FrameLimits
from captioner.timecode import Rounding, frames_to_ms, ms_to_frames

__all__ = [
    "bad_gap",
    "duration",
    "gap_limit_ms",
    "is_nervous_gap",
    "is_on_frame",
    "load_608",
    "max_duration",
    "min_duration",
    "min_gap",
    "missing",
    "no_speech",
    "off_frame",
    "order",
    "overhang",
    "overlap",
    "past_end",
    "shortest_ms",
    "shot_in",
    "shot_out",
    "sync_in",
    "tc_origin",
]

HOUR_MS = 3_600_000
MISSING_MS = 1000  # speech without caption: from a second on
_RATE_608 = Fraction(30_000, 1001)
_EUROPEAN = Fraction(25)  # frames a second that cuts are looked at by when the rate is unknown
_FASTEST = 30  # frames a second a gap is measured by when the rate is unknown, so that no honest gap is reported
_ROUNDINGS: tuple[Rounding, ...] = ("floor", "nearest", "ceil")


def overlap(context: CheckContext) -> Iterator[Finding]:
    """T01: the next caption begins before this one ends."""
    for one, other in context.pairs():
        over = one.cue.end_ms - other.cue.start_ms
        if over > 0 and other.cue.start_ms >= one.cue.start_ms:
            yield Finding(one.index, over, 0, f"stays {over} ms into the next caption")


def order(context: CheckContext) -> Iterator[Finding]:
    """T02: a caption stands in the file after one that begins later."""
    for one, other in context.pairs():
        back = one.cue.start_ms - other.cue.start_ms
        if back > 0:
            yield Finding(other.index, back, 0, f"begins {back} ms before the caption above it in the file")


def duration(context: CheckContext) -> Iterator[Finding]:
    """T03: a caption that does not end after it begins."""
    for each in context.cues:
        if each.lasts_ms <= 0:
            yield Finding(each.index, each.lasts_ms, 1, "does not end after it begins")


def shortest_ms(each: MeasuredCue) -> int:
    """Shortest duration the style allows for a caption: fixed, or by its words."""
    return max(each.style.min_duration_ms, each.words * each.style.min_word_ms)


def min_duration(context: CheckContext) -> Iterator[Finding]:
    """T04: on screen for too short a time."""
    for each in context.cues:
        limit = shortest_ms(each)
        if 0 < each.lasts_ms < limit:
            yield Finding(
                each.index, each.lasts_ms, limit, f"on screen for {each.lasts_ms} ms, at least {limit} wanted"
            )


def max_duration(context: CheckContext) -> Iterator[Finding]:
    """T05: on screen for too long."""
    for each in context.cues:
        limit = each.style.max_duration_ms
        if each.lasts_ms > limit:
            yield Finding(each.index, each.lasts_ms, limit, f"on screen for {each.lasts_ms} ms, {limit} at the most")


def gap_limit_ms(each: MeasuredCue, rate: Fraction | None) -> int:
    """Smallest gap wanted after a caption, in milliseconds."""
    style = each.style
    if not style.min_gap_frames:
        return style.min_gap_ms
    if rate is None:
        return min(style.min_gap_ms, style.min_gap_frames * 1000 // _FASTEST)
    return frames_to_ms(style.min_gap_frames, rate)


def _gap(one: MeasuredCue, other: MeasuredCue, rate: Fraction | None) -> int:
    """Gap between two captions; with a rate as whole frames say it, so that floored milliseconds are no finding."""
    if rate is None or not one.style.min_gap_frames:
        return other.cue.start_ms - one.cue.end_ms
    return frames_to_ms(ms_to_frames(other.cue.start_ms, rate) - ms_to_frames(one.cue.end_ms, rate), rate)


def min_gap(context: CheckContext) -> Iterator[Finding]:
    """T06: less than the smallest gap between two captions; styles that do not count frames allow no gap at all too."""
    for one, other in context.pairs():
        gap, limit = _gap(one, other, context.rate), gap_limit_ms(one, context.rate)
        if 0 <= gap < limit and (gap or one.style.min_gap_frames):
            yield Finding(one.index, gap, limit, f"{gap} ms before the next caption, at least {limit} wanted")


def is_nervous_gap(each: MeasuredCue, gap: int, rate: Fraction | None) -> bool:
    """Whether a gap after a caption is too long for a blink, by a frame, and too short for a pause."""
    blink = 1000 / rate if rate else Fraction(1000, 24)
    return each.style.min_gap_ms + blink < gap < each.style.chain_below_ms


def bad_gap(context: CheckContext) -> Iterator[Finding]:
    """T07: a gap too long for a blink and too short for a pause."""
    for one, other in context.pairs():
        gap, limit = _gap(one, other, context.rate), one.style.chain_below_ms
        if is_nervous_gap(one, gap, context.rate):
            yield Finding(one.index, gap, limit, f"a gap of {gap} ms: close it, or leave at least {limit}")


def is_on_frame(ms: int, rate: Fraction, grain_ms: int = 1) -> bool:
    """Whether a time is some rounding of a frame's own.

    Args:
        ms: The time.
        rate: Exact frame rate.
        grain_ms: What the format can tell apart: 10 in ASS.
    """
    frame = ms_to_frames(ms, rate)
    return any(abs(frames_to_ms(frame, rate, rounding) - ms) < grain_ms for rounding in _ROUNDINGS)


def off_frame(context: CheckContext) -> Iterator[Finding]:
    """T10: times that lie between frames, counted once for the file."""
    rate = context.rate
    if rate is None or not context.style.snap_frames:
        return
    grain = ALL_FORMATS[context.format].time_step_ms if context.format in ALL_FORMATS else 1
    times = [ms for each in context.cues for ms in (each.cue.start_ms, each.cue.end_ms)]
    off = sum(not is_on_frame(ms, rate, grain) for ms in times)
    if off:
        yield Finding(None, off, 0, f"{off} of {len(times)} times lie between two frames at {float(rate):.3f}")


def shot_in(context: CheckContext) -> Iterator[Finding]:
    """T08: a caption begins near a cut and not on it, by more than a frame."""
    for each, late, grid in _near_cuts(context, lambda each: each.cue.start_ms):
        if abs(late) > 1:
            off, zone = (frames_to_ms(frames, grid.rate) for frames in (abs(late), grid.zone))
            where = "after" if late > 0 else "before"
            message = f"begins {off} ms {where} a shot change: begin on it, or {zone} ms before"
            yield Finding(each.index, off, zone, message)


def shot_out(context: CheckContext) -> Iterator[Finding]:
    """T09: a caption ends near a cut and not the frames of the style before it, by more than a frame."""
    for each, late, grid in _near_cuts(context, lambda each: each.cue.end_ms):
        if abs(late + grid.before_cut) > 1:
            off, wanted, zone = (frames_to_ms(n, grid.rate) for n in (abs(late), grid.before_cut, grid.zone))
            where = "after" if late > 0 else "before"
            message = f"ends {off} ms {where} a shot change: end {wanted} ms before it, or {zone} ms after"
            yield Finding(each.index, off, wanted, message)


def _near_cuts(
    context: CheckContext, time: Callable[[MeasuredCue], int]
) -> Iterator[tuple[MeasuredCue, int, FrameLimits]]:
    """Captions with a cut in the zone of the style around one of their times, and their distance in frames."""
    rate = context.rate or _EUROPEAN
    cuts = [ms_to_frames(shot, rate) for shot in context.shots]
    for each in context.cues if cuts else ():
        grid, at = FrameLimits.from_style(each.style, rate), ms_to_frames(time(each), rate)
        place = bisect_left(cuts, at)
        late = min((at - cut for cut in cuts[max(0, place - 1) : place + 1]), key=abs)
        if abs(late) < grid.zone:
            yield each, late, grid


def sync_in(context: CheckContext) -> Iterator[Finding]:
    """T11: a caption does not begin with its first word."""
    for each, match in zip(context.cues, context.matches, strict=True):
        limit, hard = each.style.sync_ms, each.style.sync_hard_ms
        late = each.cue.start_ms - match.start_ms if match and limit else 0
        if abs(late) > limit:
            level = "error" if hard and abs(late) > hard else ""
            where = "after" if late > 0 else "before"
            yield Finding(each.index, abs(late), limit, f"begins {abs(late)} ms {where} its first word", level)


def overhang(context: CheckContext) -> Iterator[Finding]:
    """T12: a caption stays long after its last word."""
    for each, match in zip(context.cues, context.matches, strict=True):
        limit = each.style.overhang_ms
        over = each.cue.end_ms - match.end_ms if match and limit else 0
        if over > limit:
            yield Finding(each.index, over, limit, f"stays {over} ms after its last word")


def no_speech(context: CheckContext) -> Iterator[Finding]:
    """T13: no speech during most of a caption; the margins of the style count as speech."""
    if context.transcript is None:
        return
    for each in context.cues:
        lead, hang = max(each.style.lead_in_ms, 200), max(each.style.max_hang_ms, each.style.lag_out_ms)
        heard = sum(
            max(0, min(each.cue.end_ms, speech.end_ms + hang) - max(each.cue.start_ms, speech.start_ms - lead))
            for speech in speech_during(context.speech, each.cue.start_ms - hang, each.cue.end_ms + lead)
        )
        if each.lasts_ms > 0 and heard * 2 < each.lasts_ms:
            share = round(100 * heard / each.lasts_ms)
            yield Finding(each.index, share, 50, f"there is speech during only {share} % of its time; listen to it")


def missing(context: CheckContext) -> Iterator[Finding]:
    """T14: speech without a caption; reported at the caption before it."""
    spans = sorted((each.cue.start_ms, each.cue.end_ms, each.index) for each in context.cues)
    latest = list(accumulate((end for _, end, _ in spans), max))
    for speech in context.speech:
        near = spans[bisect_right(latest, speech.start_ms) : bisect_left(spans, (speech.end_ms,))]
        for start, end in _uncovered(speech.start_ms, speech.end_ms, [span[:2] for span in near]):
            if end - start >= MISSING_MS:
                place = bisect_left(spans, (end,))
                message = f"from {start / 1000:.1f} s to {end / 1000:.1f} s there is speech and no caption"
                yield Finding(spans[place - 1][2] if place else None, end - start, MISSING_MS, message)


def _uncovered(start: int, end: int, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The parts of a stretch that no span covers."""
    covered = start
    for first, last in spans:
        if first >= end:
            break
        if first > covered:
            yield covered, first
        covered = max(covered, last)
    if covered < end:
        yield covered, end


def past_end(context: CheckContext) -> Iterator[Finding]:
    """T15: a caption ends after the media."""
    for each in context.cues:
        over = each.cue.end_ms - context.duration_ms
        if context.duration_ms and over > 0:
            yield Finding(each.index, each.cue.end_ms, context.duration_ms, f"ends {over} ms after the media")


def tc_origin(context: CheckContext) -> Iterator[Finding]:
    """T16: the whole file lies an hour or more away from the speech."""
    if not context.cues:
        return
    first = min(each.cue.start_ms for each in context.cues)
    origin = context.speech[0].start_ms if context.speech else 0
    off = first - origin
    known = bool(context.speech) or 0 < context.duration_ms <= first
    if abs(off) >= HOUR_MS and (known or not context.duration_ms):
        hours = round(off / HOUR_MS)
        message = f"the first caption comes {hours} h after the speech begins: its times are not those of the media"
        yield Finding(None, off, HOUR_MS, message, "" if known else "warning")


def load_608(context: CheckContext) -> Iterator[Finding]:
    """T17: the next caption comes before line 21 can have loaded it."""
    starts = [0, *(each.cue.start_ms for each in context.cues)]
    for each, (before, start) in zip(context.cues, pairwise(starts), strict=True):
        rows, characters = len(each.cue.lines), sum(each.widths)
        limit = frames_to_ms(8 + 4 * rows + (characters + 1) // 2, _RATE_608)
        if start - before < limit:
            message = f"{start - before} ms to load {characters} characters in {rows} rows, which takes {limit}"
            yield Finding(each.index, start - before, limit, message)
