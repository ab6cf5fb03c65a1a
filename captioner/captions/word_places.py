"""Places of the words of captions among all words that are shown."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Sequence

from captioner.corrections import Unit
from captioner.model import Cue, Word

__all__ = ["word_places"]


def word_places(units: Sequence[Unit], cues: Sequence[Cue]) -> list[list[list[int]]]:
    """For each line of each caption the places of its words among the words of all units.

    A word that stands in two lines, because the layout cut it, belongs to the first.
    """
    waiting: dict[tuple[int, int, str], deque[int]] = defaultdict(deque)
    order: list[tuple[int, int, int, str]] = []
    place = 0
    for unit in units:
        for word in unit.words:
            waiting[word.start_ms, word.end_ms, word.text.strip()].append(place)
            order.append((word.start_ms, word.end_ms, place, word.text.strip()))
            place += 1
    order.sort()
    starts = [each[0] for each in order]
    taken = set[int]()
    found: list[list[list[int]]] = []
    for cue in cues:
        own: list[list[int]] = []
        for line in cue.lines:
            places = []
            for word in line.words:
                queue = waiting.get((word.start_ms, word.end_ms, word.text.strip()))
                at = queue.popleft() if queue else _whole_of(word, order, starts)
                if at is not None and at not in taken:
                    taken.add(at)
                    places.append(at)
            own.append(places)
        found.append(own)
    return found


def _whole_of(word: Word, order: Sequence[tuple[int, int, int, str]], starts: Sequence[int]) -> int | None:
    """Place of the word that a part of a word is of."""
    text = word.text.strip()
    at = bisect_left(starts, word.start_ms + 1) - 1
    for _ in range(8):
        if at < 0:
            return None
        start_ms, end_ms, place, whole = order[at]
        if start_ms <= word.start_ms and word.end_ms <= end_ms and text in whole:
            return place
        at -= 1
    return None
