"""Two versions of a text side by side: which lines belong together, and which words and times differ. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from captioner.captions.rewording import changed_blocks, letters_of
from captioner.model import Cue, Transcript

__all__ = ["Compared", "Row", "Side", "compare", "rows_of_cues", "rows_of_transcript"]

# A word with the space before it, or one character where writing has no spaces.
_WORDS = re.compile(
    r"\s*(?:[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\s\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+)"
)
_NEAR_MS = 1000  # lines of a block that begin closer than this belong together


class Row(NamedTuple):
    """A caption or a sentence."""

    start_ms: int
    end_ms: int
    speaker: str
    text: str


class Side(NamedTuple):
    """One side of a difference: its row, and its text in parts, each with whether only this side has it."""

    row: Row
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two rows that belong together, or one that has no other.

    Attributes:
        before: None where the row was added.
        after: None where it was removed.
        is_text: Whether words or speaker differ.
        is_time: Whether times differ.
    """

    before: Side | None
    after: Side | None
    is_text: bool
    is_time: bool

    @property
    def differs(self) -> bool:
        """Whether anything differs."""
        return self.is_text or self.is_time


def rows_of_cues(cues: Sequence[Cue], names: dict[str, str] | None = None) -> list[Row]:
    """The captions, each on one line."""
    names = names or {}
    return [
        Row(cue.start_ms, cue.end_ms, names.get(cue.speaker or "", ""), " / ".join(cue.text.split("\n")))
        for cue in cues
    ]


def rows_of_transcript(transcript: Transcript, names: dict[str, str] | None = None) -> list[Row]:
    """The sentences."""
    shown = transcript.display_names(names) if len(transcript.speakers()) > 1 or names else {}
    return [
        Row(each.start_ms, each.end_ms, shown.get(each.speaker or "", ""), each.text) for each in transcript.sentences
    ]


def compare(before: Sequence[Row], after: Sequence[Row], *, tolerance_ms: int = 0) -> list[Compared]:
    """Every row of both sides, in order, with the one of the other side that it belongs to.

    Args:
        before: One side, in order of time.
        after: The other.
        tolerance_ms: Times that differ by no more are the same.
    """
    pairs, blocks = changed_blocks([letters_of(row.text) for row in before], [letters_of(row.text) for row in after])
    found = [(a, b, _pair(before[a], after[b], tolerance_ms)) for a, b in pairs]
    for block in blocks:
        for a, b in _matched(before, block.before, after, block.after):
            one = before[a] if a is not None else None
            other = after[b] if b is not None else None
            place = (a if a is not None else block.before.start, b if b is not None else block.after.start)
            found.append((*place, _pair(one, other, tolerance_ms)))
    return [each for _, _, each in sorted(found, key=lambda item: (item[0], item[1]))]


def _matched(
    before: Sequence[Row], own: range, after: Sequence[Row], others: range
) -> Iterator[tuple[int | None, int | None]]:
    """Rows of a block two by two: in order where there are as many, else those that begin at about the same time."""
    if len(own) == len(others):
        yield from zip(own, others, strict=True)
        return
    waiting = list(others)
    for a in own:
        near = next((b for b in waiting if abs(after[b].start_ms - before[a].start_ms) <= _NEAR_MS), None)
        if near is None:
            yield a, None
            continue
        for b in waiting[: waiting.index(near)]:
            yield None, b
        waiting = waiting[waiting.index(near) + 1 :]
        yield a, near
    yield from zip_longest([], waiting)


def _pair(before: Row | None, after: Row | None, tolerance_ms: int) -> Compared:
    if before is None or after is None:
        one = None if before is None else Side(before, ((before.text, True),))
        other = None if after is None else Side(after, ((after.text, True),))
        return Compared(one, other, is_text=True, is_time=False)
    apart = max(abs(before.start_ms - after.start_ms), abs(before.end_ms - after.end_ms))
    is_text = before.text != after.text or before.speaker != after.speaker
    olds, news = _WORDS.findall(before.text), _WORDS.findall(after.text)
    one_parts: list[tuple[str, bool]] = []
    other_parts: list[tuple[str, bool]] = []
    bare = SequenceMatcher(None, [each.strip() for each in olds], [each.strip() for each in news], autojunk=False)
    for kind, a0, a1, b0, b1 in bare.get_opcodes():
        if a0 < a1:
            one_parts.append(("".join(olds[a0:a1]), kind != "equal"))
        if b0 < b1:
            other_parts.append(("".join(news[b0:b1]), kind != "equal"))
    return Compared(Side(before, tuple(one_parts)), Side(after, tuple(other_parts)), is_text, apart > tolerance_ms)
