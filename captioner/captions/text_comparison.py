"""Two versions of a text side by side: which words and times differ, however it is cut into captions. Pure.

The words of both are compared in one run, which is then cut where both versions begin a caption. So a caption that was
split, joined or broken otherwise is another cut and no other text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from captioner.alignment.anchors import Region, common_runs, gaps
from captioner.captions.rewording import changed_blocks, letters_of
from captioner.formats.text.cue_text import join_sentences
from captioner.model import Cue, Transcript

__all__ = ["Compared", "Row", "Side", "compare", "new_names", "rows_of_cues", "rows_of_transcript"]

# A word with the space before it, or one character where writing has no spaces.
_WORDS = re.compile(
    r"\s*(?:[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\s\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+)"
)
_NEAR_MS = 1000  # captions of which all words differ and that begin closer than this belong together
_RUN = 3  # words in a row by which two long texts are recognised
_SMALL = 1_000_000  # pairs of words that are compared at once, a thousand on either side

Op = tuple[bool, int, int, int, int]
"""Whether a stretch is the same in both, its first word and the one after the last, and those of the other side."""


class Row(NamedTuple):
    """A caption or a sentence.

    Attributes:
        start_ms: First millisecond.
        end_ms: First millisecond after it.
        speaker: Name, or "".
        text: On one line.
        breaks: The same with its line breaks, where it has any.
    """

    start_ms: int
    end_ms: int
    speaker: str
    text: str
    breaks: str = ""


class Side(NamedTuple):
    """One side of a difference: its rows as one, and their text in parts, each with whether only this side has it."""

    row: Row
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Rows that belong together, or some that have no others.

    Attributes:
        before: None where the rows were added.
        after: None where they were removed.
        is_text: Whether words or speakers differ.
        is_time: Whether times differ.
        cuts: Captions and line breaks that differ, where the words are the same.
    """

    before: Side | None
    after: Side | None
    is_text: bool
    is_time: bool
    cuts: int = 0

    @property
    def differs(self) -> bool:
        """Whether words, speakers or times differ."""
        return self.is_text or self.is_time


def rows_of_cues(cues: Sequence[Cue], names: dict[str, str] | None = None) -> list[Row]:
    """The captions, each on one line."""
    names = names or {}
    return [
        Row(cue.start_ms, cue.end_ms, names.get(cue.speaker or "", ""), join_sentences(cue.text.split("\n")), cue.text)
        for cue in cues
    ]


def rows_of_transcript(transcript: Transcript, names: dict[str, str] | None = None) -> list[Row]:
    """The sentences."""
    shown = transcript.display_names(names) if len(transcript.speakers()) > 1 or names else {}
    return [
        Row(each.start_ms, each.end_ms, shown.get(each.speaker or "", ""), each.text) for each in transcript.sentences
    ]


def compare(before: Sequence[Row], after: Sequence[Row], *, tolerance_ms: int = 0) -> list[Compared]:
    """Every row of both sides, in order, with those of the other side that it belongs to.

    Args:
        before: One side, in order of time.
        after: The other.
        tolerance_ms: Times that differ by no more are the same.
    """
    groups = _groups(before, after)
    return [_compared(before[a0:a1], after[b0:b1], tolerance_ms) for (a0, a1), (b0, b1) in groups]


def new_names(before: Sequence[Row], after: Sequence[Row]) -> Mapping[str, str]:
    """Speakers who have another name on the other side wherever they say the same, and that name."""
    pairs, _ = changed_blocks([letters_of(row.text) for row in before], [letters_of(row.text) for row in after])
    names: dict[str, set[str]] = {}
    olds: dict[str, set[str]] = {}
    for a, b in pairs:
        old, new = before[a].speaker, after[b].speaker
        names.setdefault(old, set()).add(new)
        olds.setdefault(new, set()).add(old)
    single = {old: next(iter(new)) for old, new in names.items() if len(new) == 1}
    return {old: new for old, new in single.items() if old != new and old and new and len(olds[new]) == 1}


def _groups(before: Sequence[Row], after: Sequence[Row]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Rows that belong together: first and last of both sides, cut where both begin a row."""
    ours, theirs = _Words(before), _Words(after)
    a0 = b0 = 0
    for a, b in [*_seams(ours, theirs, _ops(ours.texts, theirs.texts)), (len(before), len(after))]:
        if (a, b) != (a0, b0):
            yield (a0, a), (b0, b)
        a0, b0 = a, b


class _Words:
    """Words of rows in a run, and the row that begins at each of them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.texts: list[str] = []
        self.begins: dict[int, int] = {}
        for index, row in enumerate(rows):
            self.begins.setdefault(len(self.texts), index)
            self.texts += [word.strip() for word in _WORDS.findall(row.text)]


def _seams(ours: _Words, theirs: _Words, ops: Sequence[Op]) -> Iterator[tuple[int, int]]:
    """Pairs of rows, one of each side, at which both sides can be cut, in order."""
    last = (0, 0)
    for is_same, a0, a1, b0, b1 in ops:
        points = _within(ours, theirs, a0, a1, b0, b1) if is_same else _near(ours, theirs, a0, a1, b0, b1)
        for a, b in points:
            if a >= last[0] and b >= last[1] and (a, b) != last:
                last = (a, b)
                yield last


def _within(ours: _Words, theirs: _Words, a0: int, a1: int, b0: int, b1: int) -> Iterator[tuple[int, int]]:
    """Rows that begin at the same word of a stretch that is the same, its end included."""
    for offset in range(a1 - a0 + 1):
        a, b = ours.begins.get(a0 + offset), theirs.begins.get(b0 + offset)
        if a is not None and b is not None:
            yield a, b


def _near(ours: _Words, theirs: _Words, a0: int, a1: int, b0: int, b1: int) -> Iterator[tuple[int, int]]:
    """Rows that begin at about the same time in a stretch that differs."""
    others = [theirs.begins[at] for at in range(b0, b1) if at in theirs.begins]
    for at in range(a0, a1):
        if (a := ours.begins.get(at)) is None:
            continue
        start_ms = ours.rows[a].start_ms
        b = next((each for each in others if abs(theirs.rows[each].start_ms - start_ms) <= _NEAR_MS), None)
        if b is not None:
            others = others[others.index(b) + 1 :]
            yield a, b


def _ops(ours: Sequence[str], theirs: Sequence[str]) -> list[Op]:
    """Stretches of words that are the same and that differ, by turns."""
    symbols = {word: chr(index + 1) for index, word in enumerate(dict.fromkeys((*ours, *theirs)))}
    a, b = ("".join(symbols[word] for word in words) for words in (ours, theirs))
    runs = common_runs(a, b, _RUN)[0] if len(a) * len(b) > _SMALL else []
    whole = Region(0, len(a), 0, len(b))
    ops: list[Op] = [(True, run.a, run.a + run.length, run.b, run.b + run.length) for run in runs]
    for gap in gaps(runs, whole):
        inner = SequenceMatcher(None, a[gap.a0 : gap.a1], b[gap.b0 : gap.b1], autojunk=False)
        ops += [
            (kind == "equal", gap.a0 + a0, gap.a0 + a1, gap.b0 + b0, gap.b0 + b1)
            for kind, a0, a1, b0, b1 in inner.get_opcodes()
        ]
    return sorted((op for op in ops if op[1] < op[2] or op[3] < op[4]), key=lambda op: op[1:])


def _compared(before: Sequence[Row], after: Sequence[Row], tolerance_ms: int) -> Compared:
    if not before or not after:
        one = Side(_joined(before), ((_joined(before).text, True),)) if before else None
        other = Side(_joined(after), ((_joined(after).text, True),)) if after else None
        return Compared(one, other, is_text=True, is_time=False)
    mine, theirs = _joined(before), _joined(after)
    apart = max(abs(mine.start_ms - theirs.start_ms), abs(mine.end_ms - theirs.end_ms))
    is_text = mine.text != theirs.text or _voices(before) != _voices(after)
    cuts = 0 if is_text else _cuts(before, after)
    one_parts, other_parts = _parts(mine.text, theirs.text)
    is_time = apart > tolerance_ms
    return Compared(Side(mine, one_parts), Side(theirs, other_parts), is_text, is_time, cuts)


def _joined(rows: Sequence[Row]) -> Row:
    if len(rows) == 1:
        return rows[0]
    end_ms = max(row.end_ms for row in rows)
    return Row(rows[0].start_ms, end_ms, rows[0].speaker, join_sentences(row.text for row in rows))


def _voices(rows: Sequence[Row]) -> list[str]:
    """The speakers in turn."""
    return [row.speaker for at, row in enumerate(rows) if not at or row.speaker != rows[at - 1].speaker]


def _cuts(before: Sequence[Row], after: Sequence[Row]) -> int:
    """Captions that are cut or broken otherwise; the sentences of a transcript have no line breaks."""
    if len(before) != len(after):
        return max(len(before), len(after))
    pairs = zip(before, after, strict=True)
    return sum(
        one.text != other.text or (one.breaks != other.breaks and "" not in (one.breaks, other.breaks))
        for one, other in pairs
    )


def _parts(before: str, after: str) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
    """Both texts in parts, each with whether only this side has it."""
    olds, news = _WORDS.findall(before), _WORDS.findall(after)
    one: list[tuple[str, bool]] = []
    other: list[tuple[str, bool]] = []
    for is_same, a0, a1, b0, b1 in _ops([each.strip() for each in olds], [each.strip() for each in news]):
        if a0 < a1:
            one.append(("".join(olds[a0:a1]), not is_same))
        if b0 < b1:
            other.append(("".join(news[b0:b1]), not is_same))
    return tuple(one), tuple(other)
