"""Describes differences between known text and speech as records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from captioner.alignment.anchors import Region
from captioner.alignment.comparison import Step
from captioner.alignment.outcome import Difference, DifferenceKind
from captioner.alignment.unit_times import Times
from captioner.alignment.units import Known, Recognised, spaced

__all__ = ["differences"]


def differences(
    known: Known,
    recognised: Recognised,
    key: Callable[[str], str],
    times: Times,
    words: Sequence[int],
    steps: Sequence[Step],
    moved: Sequence[Region],
) -> tuple[Difference, ...]:
    """All places where the texts differ and all moved stretches, in order of time.

    Args:
        known: Units of the known text.
        recognised: Units of the transcript.
        key: From a symbol to its key.
        times: Times of the known units.
        words: For each known unit the position of its word in the known text, and the number of all words.
        steps: In order of time.
        moved: Stretches that were spoken elsewhere.
    """
    report = _Report(known, recognised, key, times, words)
    found = [
        report.difference(step, step.kind) for step in _joined(steps) if step.kind != "equal" and step.kind != "same"
    ]
    equal = _equal_units(steps) if moved else frozenset()
    for stretch in moved:
        share = len(equal.intersection(range(stretch.a0, stretch.a1))) / (stretch.a1 - stretch.a0)
        found.append(report.difference(Step(*stretch, "changed", share), "moved"))
    return tuple(sorted(found, key=lambda each: (each.start_ms, each.end_ms)))


def _joined(steps: Sequence[Step]) -> Iterator[Step]:
    """Steps, changes that follow one another as one."""
    open_: Step | None = None
    for step in steps:
        if open_ and step.kind == "changed" and step.k0 == open_.k1 and step.r0 == open_.r1:
            open_ = _together(open_, step)
            continue
        if open_:
            yield open_
        open_ = step if step.kind == "changed" else None
        if not open_:
            yield step
    if open_:
        yield open_


def _together(one: Step, other: Step) -> Step:
    first, second = one.k1 - one.k0, other.k1 - other.k0
    similarity = (one.similarity * first + other.similarity * second) / (first + second)
    return one._replace(k1=other.k1, r1=other.r1, similarity=similarity)


def _equal_units(steps: Sequence[Step]) -> frozenset[int]:
    return frozenset(unit for step in steps if step.kind in ("equal", "same") for unit in range(step.k0, step.k1))


class _Report:
    def __init__(
        self,
        known: Known,
        recognised: Recognised,
        key: Callable[[str], str],
        times: Times,
        words: Sequence[int],
    ) -> None:
        self._known, self._recognised, self._key, self._times, self._words = known, recognised, key, times, words

    def difference(self, step: Step, kind: DifferenceKind) -> Difference:
        """The record of a step."""
        k0, k1, r0, r1 = step[:4]
        start_ms, end_ms = self._span(k0, k1, r0, r1)
        return Difference(
            kind,
            start_ms,
            end_ms,
            self._known_words(k0, k1),
            self._recognised_words(r0, r1),
            "".join([self._known.texts[k] + self._known.marks[k] for k in range(k0, k1)]).strip(),
            self._spoken(r0, r1),
            round(step.similarity, 3),
        )

    def _span(self, k0: int, k1: int, r0: int, r1: int) -> tuple[int, int]:
        if r0 < r1:
            return self._recognised.starts[r0], max(self._recognised.ends[r0:r1])
        return self._times.starts[k0], self._times.ends[k1 - 1]

    def _known_words(self, k0: int, k1: int) -> tuple[int, int]:
        return self._words[k0], self._words[k1]

    def _recognised_words(self, r0: int, r1: int) -> tuple[int, int]:
        first, last = self._recognised.first, self._recognised.last
        if r0 < r1:
            return first[r0], last[r1 - 1]
        place = first[r0] if r0 < len(first) else len(self._recognised.words)
        return place, place

    def _spoken(self, r0: int, r1: int) -> str:
        """The recognised words as received; keys where a sentence came without words."""
        words = self._recognised.words
        spans = dict.fromkeys(zip(self._recognised.first[r0:r1], self._recognised.last[r0:r1], strict=True))
        texts = ["".join([word.text + word.punctuation for word in words[first:last]]) for first, last in spans]
        if not any(texts):
            texts = [self._key(symbol).strip("\0") for symbol in self._recognised.symbols[r0:r1]]
        return spaced([text for text in texts if text])
