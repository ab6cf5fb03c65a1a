"""Draws the programme as SVG: captions as bars as high as their reading speed, with speech, gaps and findings.

Drawn as SVG that takes its colours from the page; every bar links to its caption and tells its text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise

from captioner.check.context import CheckContext, MeasuredCue
from captioner.check.rules.timing import is_nervous_gap
from captioner.timecode import ms_to_clock

__all__ = ["timeline_svg"]

_WIDTH = 1000
_SPEED = 64  # pixels of the reading-speed band; twice the speed aimed for fills it
_SPEECH = 8
_ROW = 112
_STEPS_MS = tuple(1000 * seconds for seconds in (30, 60, 120, 300, 600, 900, 1800, 3600))
_TICKS_MS = tuple(1000 * seconds for seconds in (5, 10, 15, 30, 60, 120, 300, 600))
_MOST_ROWS = 8


def timeline_svg(context: CheckContext, worst: Mapping[int, str], cards: Collection[int]) -> str:
    """Draw the programme in rows.

    Args:
        context: The captions, and the speech if there is a transcript.
        worst: Caption to the severity of its worst finding.
        cards: Captions the page shows in full, to link to.
    """
    last = max([each.cue.end_ms for each in context.cues] + [speech.end_ms for speech in context.speech], default=0)
    first = min([each.cue.start_ms for each in context.cues], default=0)
    origin = 0 if first < last / 2 else first // 60_000 * 60_000
    end = max(context.duration_ms, last, origin + 1)
    step = next((step for step in _STEPS_MS if (end - origin) / step <= _MOST_ROWS), _STEPS_MS[-1])
    count = -(-(end - origin) // step)
    step = -(-(end - origin) // (count * 1000)) * 1000  # rows of one length, without a nearly empty last one
    rows = list(range(origin, end, step))
    height = len(rows) * _ROW + 4
    body = "".join(_row(context, worst, cards, start, step, number * _ROW) for number, start in enumerate(rows))
    label = f"Timeline of {len(context.cues)} captions with reading speed, speech, gaps and findings"
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}">{body}</svg>'


def _row(
    context: CheckContext, worst: Mapping[int, str], cards: Collection[int], start: int, step: int, top: int
) -> str:
    def x(ms: int) -> float:
        return round(min(max(ms - start, 0), step) * _WIDTH / step, 2)

    inside = [each for each in context.cues if each.cue.start_ms < start + step and each.cue.end_ms > start]
    base = top + 16 + _SPEED
    parts = [f'<rect class="band" x="0" y="{top + 16}" width="{_WIDTH}" height="{_SPEED}"/>']
    parts += _ticks(start, step, top, base)
    parts += [
        f'<rect class="speech" x="{x(speech.start_ms)}" y="{base + 3}" '
        f'width="{max(0.5, x(speech.end_ms) - x(speech.start_ms)):.2f}" height="{_SPEECH}"/>'
        for speech in context.speech
        if speech.start_ms < start + step and speech.end_ms > start
    ]
    parts += _gaps(inside, x, base)
    parts += [_bar(each, worst.get(each.index, ""), x, base, linked=each.index in cards) for each in inside]
    parts.append(f'<line class="aim" x1="0" x2="{_WIDTH}" y1="{base - _SPEED / 2}" y2="{base - _SPEED / 2}"/>')
    parts += [
        f'<line class="shot" x1="{x(shot)}" x2="{x(shot)}" y1="{top + 16}" y2="{base}"/>'
        for shot in context.shots
        if start <= shot < start + step
    ]
    return "".join(parts)


def _ticks(start: int, step: int, top: int, base: int) -> Iterator[str]:
    every = next((tick for tick in _TICKS_MS if step / tick <= 12), _TICKS_MS[-1])
    for ms in range(-(-start // every) * every, start + step, every):
        at = round((ms - start) * _WIDTH / step, 2)
        yield f'<line class="tick" x1="{at}" x2="{at}" y1="{top + 16}" y2="{base + 14}"/>'
        if at < _WIDTH - 50:  # where the time would be cut off there is only the line
            yield f'<text class="time" x="{at + 3}" y="{base + 24}">{ms_to_clock(ms)}</text>'


def _gaps(inside: Sequence[MeasuredCue], x: Callable[[int], float], base: int) -> Iterator[str]:
    """Nervous gaps: too long for a blink, too short for a pause."""
    for one, other in pairwise(inside):
        gap = other.cue.start_ms - one.cue.end_ms
        if is_nervous_gap(one, gap, None):
            left, right = x(one.cue.end_ms), x(other.cue.start_ms)
            width = max(1, right - left)
            yield f'<rect class="nervous" x="{left}" y="{base - _SPEED}" width="{width:.2f}" height="{_SPEED}"/>'


def _bar(each: MeasuredCue, severity: str, x: Callable[[int], float], base: int, *, linked: bool) -> str:
    left, right = x(each.cue.start_ms), x(each.cue.end_ms)
    height = min(_SPEED, max(3.0, _SPEED / 2 * each.cps / each.style.cps))
    kind = "hard" if each.cps > each.style.cps_hard else "fast" if round(each.cps, 1) > each.style.cps else "fine"
    said = f"{each.index + 1}  {each.cps:.1f} characters/s\n" + "\n".join(line.printed for line in each.cue.lines)
    width = max(1.0, right - left - 0.5)
    bar = f'<rect class="bar {kind}" x="{left}" y="{base - height:.1f}" width="{width:.2f}" height="{height:.1f}"/>'
    mark = ""
    if severity in ("error", "warning"):
        middle = (left + right) / 2
        mark = f'<path class="mark {severity}" d="M{middle - 4:.1f} {base - _SPEED - 13} h8 l-4 8 z"/>'
    target = f"#c{each.index + 1}" if linked else "#timeline"
    return f'<a href="{target}"><title>{escape(said)}</title>{bar}{mark}</a>'
