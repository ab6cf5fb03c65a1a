"""Conformity figures of captions: shares, means and counts.

Sources: length, reading speed and lines as Karakanta et al. (2020) count them for subtitles; the rest are plain
shares of the captions, lines or gaps a rule could be broken at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

from captioner.check.context import CheckContext, MeasuredCue, measure_cues
from captioner.check.rules.line_breaks import ends_mid_sentence, phrase_break
from captioner.check.rules.timing import gap_limit_ms, shortest_ms
from captioner.check.transcript_alignment import letters, speech_during
from captioner.model import Cue, Transcript
from captioner.style import Style

__all__ = ["Rates", "rates"]


@dataclass(frozen=True, slots=True)
class Rates:
    """Figures of one file; shares are 0 to 1, None where there is nothing to count.

    Attributes:
        captions: Number of captions.
        lines: Number of lines.
        length: Lines no wider than the style allows.
        speed: Captions no faster than the speed aimed for.
        speed_hard: Captions no faster than the hard limit.
        line_count: Captions of no more lines than allowed.
        duration: Captions between the shortest and the longest time.
        gaps: Gaps that are a blink or a pause.
        overlaps: Captions that run into the next.
        mean_cps: Mean reading speed.
        p95_cps: Reading speed that 95 % of the captions do not exceed.
        one_line: Captions of one line.
        balance: Mean of the shorter line by the longer, over captions of two lines and one speaker.
        bottom_heavy: Of these, captions whose first line is not the longer.
        per_minute: Captions a minute of captioned time.
        line_breaks: Line breaks that part what belongs together.
        cue_breaks: Ends of captions in mid-sentence that part what belongs together.
        sentences: Captions that end where a sentence or clause ends.
        mean_sync_ms: Mean distance of begin and first word.
        p95_sync_ms: Distance that 95 % of the captions do not exceed.
        coverage: Speech over which a caption stands.
        idle: Caption time without speech.
        text: Letters of the transcript that are in the captions, in their order.
    """

    captions: int
    lines: int
    length: float | None
    speed: float | None
    speed_hard: float | None
    line_count: float | None
    duration: float | None
    gaps: float | None
    overlaps: int
    mean_cps: float | None
    p95_cps: float | None
    one_line: float | None
    balance: float | None
    bottom_heavy: float | None
    per_minute: float | None
    line_breaks: float | None
    cue_breaks: float | None
    sentences: float | None
    mean_sync_ms: float | None = None
    p95_sync_ms: float | None = None
    coverage: float | None = None
    idle: float | None = None
    text: float | None = None


def rates(cues: Sequence[Cue], style: Style, transcript: Transcript | None = None, language: str = "") -> Rates:
    """Count; figures that need a transcript stay None without one."""
    return rates_of(measure_cues(cues, style, transcript=transcript, language=language))


def rates_of(context: CheckContext) -> Rates:
    """Count over measured cues."""
    cues = context.cues
    two = [each for each in cues if len(each.widths) == 2 and not each.is_shared and all(each.widths)]
    speeds = [each.cps for each in cues]
    spoken = _spoken(context) if context.transcript is not None else {}
    return Rates(
        captions=len(cues),
        lines=sum(len(each.widths) for each in cues),
        length=_share([width <= each.style.max_columns for each in cues for width in each.widths]),
        speed=_all(cues, lambda each: round(each.cps, 1) <= each.style.cps),
        speed_hard=_all(cues, lambda each: round(each.cps, 1) <= each.style.cps_hard),
        line_count=_all(cues, lambda each: len(each.widths) <= each.style.max_lines),
        duration=_all(cues, lambda each: shortest_ms(each) <= each.lasts_ms <= each.style.max_duration_ms),
        gaps=_share([_good_gap(one, other, context) for one, other in context.pairs()]),
        overlaps=sum(one.cue.end_ms > other.cue.start_ms for one, other in context.pairs()),
        mean_cps=_rounded(mean(speeds), 1) if speeds else None,
        p95_cps=_rounded(_p95(speeds), 1) if speeds else None,
        one_line=_all(cues, lambda each: len(each.widths) == 1),
        balance=_rounded(mean(min(each.widths) / max(each.widths) for each in two), 3) if two else None,
        bottom_heavy=_all(two, lambda each: each.widths[0] <= each.widths[1]),
        per_minute=_per_minute(cues),
        line_breaks=_share(_line_breaks(cues)),
        cue_breaks=_share(_cue_breaks(context)),
        sentences=_all(cues, lambda each: not ends_mid_sentence(each)),
        **spoken,
    )


def _share(marks: Sequence[bool]) -> float | None:
    return round(sum(marks) / len(marks), 4) if marks else None


def _all(cues: Sequence[MeasuredCue], holds: Callable[[MeasuredCue], bool]) -> float | None:
    return _share([holds(each) for each in cues])


def _rounded(value: float, digits: int) -> float:
    return round(value, digits)


def _p95(values: Sequence[float]) -> float:
    """Nearest-rank percentile: the smallest value that 95 % do not exceed."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def _good_gap(one: MeasuredCue, other: MeasuredCue, context: CheckContext) -> bool:
    gap = other.cue.start_ms - one.cue.end_ms
    frame = 1000 / context.rate if context.rate else 1000 / 24
    return 0 <= gap <= gap_limit_ms(one, context.rate) + frame or gap >= one.style.chain_below_ms


def _per_minute(cues: Sequence[MeasuredCue]) -> float | None:
    if not cues:
        return None
    span = max(each.cue.end_ms for each in cues) - min(each.cue.start_ms for each in cues)
    return round(len(cues) * 60_000 / span, 1) if span > 0 else None


def _line_breaks(cues: Sequence[MeasuredCue]) -> list[bool]:
    return [
        bool(phrase_break(above.text, below.text, each.profile))
        for each in cues
        if not each.is_shared
        for above, below in zip(each.cue.lines, each.cue.lines[1:], strict=False)
    ]


def _cue_breaks(context: CheckContext) -> list[bool]:
    return [
        bool(phrase_break(one.cue.lines[-1].text, other.cue.lines[0].text, one.profile))
        for one, other in context.pairs()
        if one.cue.lines and other.cue.lines and one.cue.speaker == other.cue.speaker
    ]


def _spoken(context: CheckContext) -> dict[str, float | None]:
    late = [
        abs(each.cue.start_ms - match.start_ms)
        for each, match in zip(context.cues, context.matches, strict=True)
        if match
    ]
    speech = sum(each.end_ms - each.start_ms for each in context.speech)
    shown = sum(max(0, each.lasts_ms) for each in context.cues)
    covered = sum(
        max(0, min(each.cue.end_ms, talk.end_ms) - max(each.cue.start_ms, talk.start_ms))
        for each in context.cues
        for talk in speech_during(context.speech, each.cue.start_ms, each.cue.end_ms)
    )
    return {
        "mean_sync_ms": round(mean(late)) if late else None,
        "p95_sync_ms": round(_p95(late)) if late else None,
        "coverage": round(min(1.0, covered / speech), 4) if speech else None,
        "idle": round(1 - min(1.0, covered / shown), 4) if shown else None,
        "text": _text(context),
    }


def _text(context: CheckContext) -> float | None:
    whole = sum(len(letters(each.text)) for each in context.transcript.sentences) if context.transcript else 0
    found = sum(len(letters(each.text)) for each, match in zip(context.cues, context.matches, strict=True) if match)
    return round(min(1.0, found / whole), 4) if whole else None
