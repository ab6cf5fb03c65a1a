"""Mends the times of captions as they are found, so that one bad caption does not cost a file.

What has one sensible reading is mended, what has none is left out, and each is told with its number. The numbers in the
notes are those of the captions in the file, counted from 1.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from captioner.formats.caption_file import RawCue, ReadNote

__all__ = ["MendedCues", "length_by_text_ms", "mend_times"]

_DAY_MS = 24 * 3_600_000
# A caption that is never ended stays as long as it takes to read: 15 characters a second, as the guides ask for.
_MS_A_CHARACTER, _SHORTEST_MS, _LONGEST_MS = 67, 1500, 7000
_LEAST_MS = 40  # one frame at 25 frames a second; a caption that has less room than this cannot be shown
_SHOWN = 5


@dataclass(slots=True)
class MendedCues:
    """Captions with times that a writer takes.

    Attributes:
        cues: Those that are kept, and the index of each in the file.
        left_out: Those that are not.
        notes: What was mended and left out.
    """

    cues: list[tuple[int, RawCue]] = field(default_factory=list)
    left_out: list[RawCue] = field(default_factory=list)
    notes: list[ReadNote] = field(default_factory=list)


_Kind = Literal["guessed", "mended", "left out"]
# What is said of one caption, and of several.
_NOTES: Mapping[str, tuple[_Kind, str, str]] = {
    "end past midnight": ("mended", "ends after midnight", "end after midnight"),
    "past midnight": ("mended", "begins after midnight; a day is added", "begin after midnight; a day is added"),
    "before zero": ("mended", "begins before zero; it is cut there", "begin before zero; they are cut there"),
    "over by zero": ("left out", "is over before zero; it is left out", "are over before zero; they are left out"),
    "empty": ("left out", "has no text", "have no text"),
    "nothing": ("left out", "has no text and no time; it is left out", "have no text and no time; they are left out"),
    "exchanged": ("mended", "had begin and end exchanged", "had begin and end exchanged"),
    "no room": ("left out", "has no time to be shown; it is left out", "have no time to be shown; they are left out"),
    "by length": (
        "guessed",
        "did not end after it begins; now it ends by its length",
        "did not end after they begin; now they end by their length",
    ),
}


@dataclass(slots=True)
class _Told:
    """The captions each kind of note is about."""

    found: dict[str, list[tuple[int, RawCue]]] = field(default_factory=dict)

    def add(self, name: str, index: int, cue: RawCue) -> None:
        self.found.setdefault(name, []).append((index, cue))

    def notes(self) -> list[ReadNote]:
        # Empty captions have a check of their own.
        return [self._note(*_NOTES[name], places, is_fault=name != "empty") for name, places in self.found.items()]

    def _note(
        self, kind: _Kind, one: str, many: str, places: Sequence[tuple[int, RawCue]], *, is_fault: bool
    ) -> ReadNote:
        numbers = [str(index + 1) for index, _ in places[:_SHOWN]]
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        message = f"caption {numbers[0]} {one}" if len(places) == 1 else f"captions {', '.join(numbers)}{more} {many}"
        block = places[0][1].block
        return ReadNote(kind, message, block.times + 1 if block else 0, is_fault)


def length_by_text_ms(text: str) -> int:
    """Duration of a caption without a known end, in milliseconds, by the length of its text."""
    return min(_LONGEST_MS, max(_SHORTEST_MS, len(text) * _MS_A_CHARACTER))


def mend_times(raw: Sequence[RawCue], texts: Sequence[str]) -> MendedCues:
    """Mend captions that end before they begin, begin before zero, or run past midnight.

    Args:
        raw: In file order.
        texts: What is read of each, without markup.
    """
    told, mended = _Told(), MendedCues()
    days = _days(raw, told)
    later = _next_starts(raw, days)
    before_ms = 0
    for index, (cue, text, day) in enumerate(zip(raw, texts, days, strict=True)):
        start, end = cue.start_ms + day, cue.end_ms + day
        if end < start - _DAY_MS // 2:
            end += _DAY_MS
            told.add("end past midnight", index, cue)
        times = _mended(start, end, text, (before_ms, later[index]), index, cue, told)
        if times is None:
            mended.left_out.append(cue)
            continue
        if times != (cue.start_ms, cue.end_ms):
            cue = cue._replace(start_ms=times[0], end_ms=times[1])
        if not _has_text(text):
            told.add("empty", index, cue)
        mended.cues.append((index, cue))
        before_ms = times[1]
    mended.notes = told.notes()
    return mended


def _has_text(text: str) -> bool:
    """Whether there is anything to see: not only spaces and marks without width."""
    return any(not char.isspace() and unicodedata.category(char) not in ("Cf", "Cc") for char in text)


def _mended(
    start: int, end: int, text: str, around: tuple[int, int | None], index: int, cue: RawCue, told: _Told
) -> tuple[int, int] | None:
    """The times of one caption; None where it has no sensible ones."""
    if 0 <= start < end:
        return start, end
    if start < 0 and end <= 0:
        told.add("over by zero", index, cue)
        return None
    if end <= start:
        return _ended(start, end, text, around, index, cue, told)
    told.add("before zero", index, cue)
    return 0, end


def _ended(
    start: int, end: int, text: str, around: tuple[int, int | None], index: int, cue: RawCue, told: _Told
) -> tuple[int, int] | None:
    """The times of a caption that does not end after it begins."""
    before_ms, next_ms = around
    if not _has_text(text):
        told.add("nothing", index, cue)
        return None
    if before_ms <= end < start and end > 0 and (next_ms is None or start <= next_ms) and start - end <= _LONGEST_MS:
        told.add("exchanged", index, cue)
        return end, start
    room = length_by_text_ms(text) if next_ms is None else min(length_by_text_ms(text), next_ms - start)
    if room < _LEAST_MS or (end <= 0 and start < before_ms):
        told.add("no room", index, cue)
        return None
    told.add("by length", index, cue)
    return start, start + room


def _days(raw: Sequence[RawCue], told: _Told) -> list[int]:
    """Milliseconds to add to the times of each caption: a day for every midnight the clock has passed.

    That is where the times fall back by more than half a day, from the end of a day and not from one wrong time, and
    none after it is as late as before.
    """
    latest = [0] * (len(raw) + 1)
    for index in range(len(raw) - 1, -1, -1):
        latest[index] = max(raw[index].start_ms, latest[index + 1])
    days, day, before = list[int](), 0, 0
    for index, cue in enumerate(raw):
        is_late = before <= _DAY_MS and (index < 2 or raw[index - 2].start_ms >= before - _DAY_MS // 2)
        if cue.start_ms < before - _DAY_MS // 2 and is_late and latest[index] < before:
            day += _DAY_MS
            told.add("past midnight", index, cue)
            before = 0
        days.append(day)
        before = max(before, cue.start_ms)
    return days


def _next_starts(raw: Sequence[RawCue], days: Sequence[int]) -> list[int | None]:
    """Begin of the first caption after each that begins later than it."""
    starts = [cue.start_ms + day for cue, day in zip(raw, days, strict=True)]
    nexts: list[int | None] = [None] * len(starts)
    waiting: list[int] = []
    for index, start in enumerate(starts):
        while waiting and starts[waiting[-1]] < start:
            nexts[waiting.pop()] = start
        waiting.append(index)
    return nexts
