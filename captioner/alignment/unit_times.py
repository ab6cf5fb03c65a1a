"""Times of the known units.

A unit that was recognised keeps its time. Units in place of others share the time of those, without the pauses between
them, in proportion to how long they take to say. Units without speech take the time that no recognised word has, at
the speed of the rest; where there is none, they have no length. Nothing overlaps a recognised unit that keeps its time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise

from captioner.alignment.comparison import Step, Texts, likeness
from captioner.alignment.sounds import spoken_length
from captioner.alignment.spelling import UNSPOKEN
from captioner.alignment.units import divided

__all__ = ["Times", "settled", "speaking_rate", "timed"]

_USUAL_RATE_MS = 75.0  # for each letter's worth of speech: 13 a second, ordinary speech; where there is none to measure
_SAMPLE = 2000  # units measured at most
_PAUSE_MS = 150  # a shorter silence between words is part of speaking
_LONG_PAUSE_MS = 500  # no word goes on over a longer one
_SNAP = 0.25  # of the length of the shorter unit: how far the edge of two is moved to one of the speech they replace
_SNAP_TO_PAUSE = 0.5  # and how far to a pause
_FULL = 1.3  # times what the units need: a longer silence is a pause as well
_UNLIKE = 0.4  # similarity of a change that says nothing about which word stands for which
_FEW = 3  # units more than a change has: what is more is no part of it
_CROWDED = 0.4  # of what the units need: a shorter silence is no room for them


@dataclass(slots=True)
class Times:
    """Times of the known units.

    Attributes:
        starts: First millisecond of each.
        ends: First millisecond after it.
    """

    starts: list[int]
    ends: list[int]


def speaking_rate(symbols: str, starts: Sequence[int], ends: Sequence[int], key: Callable[[str], str]) -> float:
    """Milliseconds that one letter's worth of speech takes in a transcript."""
    step = max(1, len(symbols) // _SAMPLE)
    sample = range(0, len(symbols), step)
    spoken = sum([ends[n] - starts[n] for n in sample])
    length = sum([spoken_length(key(symbols[n])) for n in sample])
    return spoken / length if spoken > 0 and length else _USUAL_RATE_MS


def settled(texts: Texts, steps: Sequence[Step]) -> list[Step]:
    """Steps in which what is likely to belong to a change beside it is part of it.

    That is text without speech for which there is no time; beside a change that does not sound alike, a few recognised
    words without text, as which of them stands for what cannot be told; and all that makes both sound more alike.
    """
    found: list[Step] = []
    for step in steps:
        joined = _joined(texts, found[-1], step) if found else None
        if joined:
            found[-1] = joined
        else:
            found.append(step)
    return found


def _joined(texts: Texts, one: Step, other: Step) -> Step | None:
    """A change and what belongs to it as one change; None where neither does."""
    changed, beside = (one, other) if one.kind == "changed" else (other, one)
    if changed.kind != "changed" or beside.kind not in ("inserted", "omitted") or one.k1 != other.k0:
        return None
    both = changed._replace(k0=one.k0, k1=other.k1, r0=one.r0, r1=other.r1)
    if max(beside.k1 - beside.k0, beside.r1 - beside.r0) > _FEW + changed.k1 - changed.k0:
        return None
    if any(texts.key(symbol).startswith(UNSPOKEN) for symbol in texts.known[beside.k0 : beside.k1]):
        return None
    alike = likeness(texts, both)
    more_alike = alike > likeness(texts, changed)
    return both._replace(similarity=alike) if more_alike or _is_crowded(texts, beside, changed) else None


def _is_crowded(texts: Texts, beside: Step, changed: Step) -> bool:
    """Whether there is no time for text without speech, or words without text are beside a change that says little."""
    unlike = changed.similarity < _UNLIKE
    if beside.kind == "omitted":
        return unlike and beside.r1 - beside.r0 <= changed.k1 - changed.k0
    need = _CROWDED * sum(_needs(texts, range(beside.k0, beside.k1)))
    lo, hi = texts.silences.at(beside.r0)
    return hi - lo < need or (unlike and texts.silences.room(beside.r0) < need)


def timed(texts: Texts, steps: Sequence[Step], marks: Sequence[str]) -> Times:
    """The times of all known units.

    Args:
        texts: Both sequences.
        steps: In order of time; together they hold every known and every recognised unit once.
        marks: What is written after each known unit.
    """
    times = Times([0] * len(texts.known), [0] * len(texts.known))
    for step in steps:
        if step.kind == "equal":
            times.starts[step.k0 : step.k1] = texts.starts[step.r0 : step.r1]
            times.ends[step.k0 : step.k1] = texts.ends[step.r0 : step.r1]
        elif step.kind in ("same", "changed"):
            _put(times, range(step.k0, step.k1), _shared(texts, step))
    for place, group in groupby((step for step in steps if step.kind == "inserted"), key=lambda step: step.r0):
        units = [unit for step in group for unit in range(step.k0, step.k1)]
        _put(times, units, _in_silence(texts, units, place, marks))
    return times


def _put(times: Times, units: Sequence[int], spans: Sequence[tuple[int, int]]) -> None:
    for unit, (start, end) in zip(units, spans, strict=True):
        times.starts[unit], times.ends[unit] = start, end


def _needs(texts: Texts, units: Sequence[int]) -> list[float]:
    """Milliseconds that each of some known units takes to say."""
    return [spoken_length(texts.key(texts.known[unit])) * texts.rate for unit in units]


class _Speech:
    """Recognised units of a stretch as one line of speech without pauses.

    Attributes:
        total: Length of the speech in milliseconds.
    """

    def __init__(self, starts: Sequence[int], ends: Sequence[int]) -> None:
        self._starts, self._ends = starts, ends
        self._edges = [0, *accumulate(max(0, end - start) for start, end in zip(starts, ends, strict=True))]
        self.total = self._edges[-1]

    def start_at(self, place: float) -> int:
        """The time of a place on the line when something begins there: after a pause, not before."""
        unit = min(bisect_right(self._edges, place), len(self._starts)) - 1
        return min(self._starts[unit] + round(place - self._edges[unit]), max(self._starts[unit], self._ends[unit]))

    def end_at(self, place: float) -> int:
        """The time of a place on the line when something ends there: before a pause, not after."""
        unit = max(bisect_left(self._edges, place), 1) - 1
        return min(self._starts[unit] + round(place - self._edges[unit]), max(self._starts[unit], self._ends[unit]))

    def snapped(self, place: float, before: float, after: float) -> float:
        """A place moved to an edge of a recognised unit that is near by, to a pause from further off.

        Args:
            place: Where one known unit ends and another begins.
            before: Length of the first.
            after: Length of the second.
        """
        near = min(before, after)
        last = len(self._starts) - 1
        around = range(max(1, bisect_left(self._edges, place) - 1), min(last, bisect_right(self._edges, place)) + 1)
        best = [
            (abs(self._edges[unit] - place), self._edges[unit])
            for unit in around
            if abs(self._edges[unit] - place) <= near * (_SNAP_TO_PAUSE if self._pauses_before(unit) else _SNAP)
        ]
        return min(best)[1] if best else place

    def _pauses_before(self, unit: int) -> bool:
        return self._starts[unit] - self._ends[unit - 1] >= _PAUSE_MS

    def longest_part(self, first: float, last: float) -> tuple[float, float]:
        """The longest part of a stretch that no long pause interrupts."""
        inner = [
            float(self._edges[unit])
            for unit in range(1, len(self._starts))
            if first < self._edges[unit] < last and self._starts[unit] - self._ends[unit - 1] >= _LONG_PAUSE_MS
        ]
        return max(pairwise([first, *inner, last]), key=lambda part: part[1] - part[0])


def _shared(texts: Texts, step: Step) -> list[tuple[int, int]]:
    """Times of the known units of a step: the time of its recognised units, by spoken length."""
    starts, ends = texts.starts[step.r0 : step.r1], texts.ends[step.r0 : step.r1]
    if step.k1 - step.k0 == len(starts) == 1:
        return [(starts[0], max(starts[0], ends[0]))]
    needs = _needs(texts, range(step.k0, step.k1))
    speech = _Speech(starts, ends)
    if not speech.total:
        return [(starts[0], starts[0])] * len(needs)
    scale = speech.total / sum(needs)
    edges = [0.0]
    for (need, following), place in zip(pairwise(needs), accumulate(needs), strict=False):
        edges.append(max(edges[-1], speech.snapped(place * scale, need * scale, following * scale)))
    parts = [speech.longest_part(first, last) for first, last in pairwise([*edges, float(speech.total)])]
    return [(start := speech.start_at(first), max(start, speech.end_at(last))) for first, last in parts]


def _silence_before(texts: Texts, units: Sequence[int], place: int, marks: Sequence[str]) -> float:
    """Share of a silence that is before units without speech: it is where the text has punctuation."""
    if place == len(texts.starts):
        return 0.0
    before, after = not place or bool(marks[units[0] - 1]), bool(marks[units[-1]])
    return before / 2 + (not after) / 2 if before or after else 0.0


def _in_silence(texts: Texts, units: Sequence[int], place: int, marks: Sequence[str]) -> list[tuple[int, int]]:
    """Times of known units without speech, in the time that no recognised unit has."""
    lo, hi = texts.silences.at(place)
    needs = _needs(texts, units)
    whole = int(sum(needs))
    if hi - lo > whole * _FULL:
        lo += int((hi - lo - whole) * _silence_before(texts, units, place, marks))
        hi = lo + whole
    return list(pairwise(divided(lo, hi, needs)))
