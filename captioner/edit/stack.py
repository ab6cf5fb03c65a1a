"""Two languages in one picture: the captions of two files, one above the other, that change at the same time. Pure.

Captions are matched by time: those that share most of it are one moment, however many each file has. Where both have
as many in it, they pair in order. Where one has more, the longer texts of the other are parted at their words, in
proportion to the time, so that both change together; at a mark where there is one near.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from captioner.edit.style_transfer import transfer_styling
from captioner.formats.text.cue_text import join_sentences
from captioner.layout.chunks import split_turns
from captioner.layout.lexicon import detect_language
from captioner.model import Cue, Line, Placement, Sentence, Transcript

__all__ = ["Stacked", "stack"]

# Captions that share less than this part of the shorter one belong to different moments; our own figure.
_SHARE = 4
_MARK = re.compile(r"[,;:.!?…、，。；：！？]$")


@dataclass(frozen=True, slots=True)
class Stacked:
    """Captions in two languages.

    Attributes:
        cues: By time; in two places each moment is two cues with the same times.
        parted: How many captions were parted so that both languages change together.
        alone: How many moments have one language only.
    """

    cues: tuple[Cue, ...]
    parted: int
    alone: int


@dataclass(frozen=True, slots=True)
class _Moment:
    """Captions of both files that are shown at about the same time, by time."""

    first: tuple[Cue, ...]
    second: tuple[Cue, ...]


def stack(first: Sequence[Cue], second: Sequence[Cue], *, apart: bool = False) -> Stacked:
    """Put the captions of two files on one time line.

    Args:
        first: Shown above; by time.
        second: Shown below; by time.
        apart: Show the first at the top of the picture and not above the second.
    """
    cues: list[Cue] = []
    parted = alone = 0
    for moment in _moments(first, second):
        if not moment.first or not moment.second:
            alone += 1
            cues += [_at_top(cue) for cue in moment.first] if apart else moment.first
            cues += moment.second
            continue
        upper, lower, count = _together(moment)
        parted += count
        for above, below in zip(upper, lower, strict=True):
            start, end = min(above.start_ms, below.start_ms), max(above.end_ms, below.end_ms)
            cues += _shown(
                replace(above, start_ms=start, end_ms=end), replace(below, start_ms=start, end_ms=end), apart
            )
    return Stacked(tuple(_in_order(cues, apart)), parted, alone)


def _shown(above: Cue, below: Cue, apart: bool) -> list[Cue]:
    if apart:
        return [_at_top(above), below]
    spoken = (replace(line, speaker=below.speaker if line.speaker is None else line.speaker) for line in below.lines)
    lines = (*(_without_voice(line) for line in above.lines), *spoken)
    return [Cue(above.start_ms, above.end_ms, lines, None, below.placement)]


def _without_voice(line: Line) -> Line:
    """A line without a speaker: the language below has it."""
    return replace(line, label="", speaker=None) if not line.dash else replace(line, label="")


def _at_top(cue: Cue) -> Cue:
    return replace(cue, placement=Placement("top"))


def _moments(first: Sequence[Cue], second: Sequence[Cue]) -> list[_Moment]:
    """Captions that share their time, as groups."""
    moments: list[_Moment] = []
    a = b = 0
    while a < len(first) or b < len(second):
        one, other = [], []
        if b >= len(second) or (a < len(first) and first[a].start_ms <= second[b].start_ms):
            one, a = [first[a]], a + 1
        else:
            other, b = [second[b]], b + 1
        grown = True
        while grown:
            grown = False
            if a < len(first) and any(_share(first[a], cue) for cue in other):
                one, a, grown = [*one, first[a]], a + 1, True
            if b < len(second) and any(_share(second[b], cue) for cue in one):
                other, b, grown = [*other, second[b]], b + 1, True
        moments.append(_Moment(tuple(one), tuple(other)))
    return moments


def _share(one: Cue, other: Cue) -> bool:
    shared = min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms)
    return shared * _SHARE >= min(one.end_ms - one.start_ms, other.end_ms - other.start_ms)


def _together(moment: _Moment) -> tuple[list[Cue], list[Cue], int]:
    """As many captions of one as of the other, and how many had to be parted."""
    if len(moment.first) == len(moment.second):
        return list(moment.first), list(moment.second), 0
    if len(moment.first) > len(moment.second):
        return list(moment.first), _parted(moment.second, moment.first), len(moment.second)
    return _parted(moment.first, moment.second), list(moment.second), len(moment.first)


def _parted(few: Sequence[Cue], many: Sequence[Cue]) -> list[Cue]:
    """The text of few captions in as many pieces as the other language has captions, by their share of the time.

    Captions that two speak in are not parted: each is shown with every caption that it shares most time with.
    """
    if any(line.dash for cue in few for line in cue.lines):
        return [replace(_nearest(few, cue), start_ms=cue.start_ms, end_ms=cue.end_ms) for cue in many]
    text = join_sentences(line.text for cue in few for line in cue.lines)
    words = _chunks(text)
    lengths = [cue.end_ms - cue.start_ms for cue in many]
    ends = list(accumulate(lengths))
    whole, at, made = len(text), 0, []
    places = list(accumulate(len(word) for word in words))
    for number, (cue, end) in enumerate(zip(many, ends, strict=True)):
        left = len(many) - number - 1
        upto = len(words) if not left else _place(words, places, whole * end // ends[-1], at, len(words) - left)
        piece = "".join(words[at:upto]).strip()
        lines = (replace(few[0].lines[0], text=piece, words=(), spans=(), label="", dash=""),) if piece else ()
        made.append(replace(few[0], start_ms=cue.start_ms, end_ms=cue.end_ms, lines=lines))
        at = upto
    return list(transfer_styling(few, made)[0])


def _chunks(text: str) -> list[str]:
    """Pieces of a text that are never broken, with the spaces before them."""
    turns = split_turns(Transcript((Sentence(text, 0, 1000 * max(1, len(text))),), detect_language(text)))
    return [f" {chunk.text}" if chunk.space else chunk.text for turn in turns for chunk in turn.chunks] or [text]


def _nearest(few: Sequence[Cue], cue: Cue) -> Cue:
    return max(few, key=lambda each: min(each.end_ms, cue.end_ms) - max(each.start_ms, cue.start_ms))


def _place(words: Sequence[str], places: Sequence[int], wanted: int, at: int, last: int) -> int:
    """Index of the word that the next piece begins with: near the wanted letter, behind a mark if there is one near."""
    choices = range(at + 1, max(at + 2, last + 1))
    near = places[-1] // 4

    def cost(index: int) -> int:
        off = abs(places[min(index, len(places)) - 1] - wanted)
        return off - (near if _MARK.search(words[index - 1].rstrip()) else 0)

    return min((index for index in choices if index <= len(words)), key=cost, default=len(words))


def _in_order(cues: Sequence[Cue], apart: bool) -> list[Cue]:
    """Captions by time; one below another ends where the next begins."""
    ordered = sorted((cue for cue in cues if cue.lines), key=lambda cue: (cue.start_ms, cue.placement is None))
    if apart:
        return ordered
    made = []
    for cue, after in zip(ordered, [*ordered[1:], None], strict=False):
        is_late = after is not None and cue.end_ms > after.start_ms > cue.start_ms
        made.append(replace(cue, end_ms=after.start_ms) if is_late and after is not None else cue)
    return made
