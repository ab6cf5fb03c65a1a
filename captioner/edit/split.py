"""Splits captions at times, for media that was cut into parts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from captioner.edit.retime import shift
from captioner.errors import ConfigError
from captioner.formats.text.styled_runs import slice_spans
from captioner.model import Cue, Line, Word

__all__ = ["CUT_RULES", "CutRule", "cut_line", "split"]

CutRule = Literal["words", "whole", "both"]

#: Ways to treat a caption that a cut goes through.
CUT_RULES: dict[CutRule, str] = {
    "words": "words spoken before the cut stay before it, the others come after; without known words as `whole`",
    "whole": "the caption goes to the side that shows more of it",
    "both": "the caption is shown on both sides",
}


def split(
    cues: Sequence[Cue], at_ms: Sequence[int], *, rule: CutRule = "words", rebase: bool = True
) -> tuple[tuple[Cue, ...], ...]:
    """Split captions at times.

    Args:
        cues: In order of time.
        at_ms: Where the cuts are, in any order.
        rule: A name of `CUT_RULES`, for captions that a cut goes through.
        rebase: Count each part's times from its own beginning, as a file cut there does.

    Returns:
        One more part than there are cuts, in order; a part may be empty. No caption reaches beyond its part.

    Raises:
        ConfigError: No cut, a cut at zero or before, two cuts at one time, or an unknown rule.
    """
    cuts = sorted(at_ms)
    if not cuts or cuts[0] <= 0 or len(set(cuts)) != len(cuts):
        raise ConfigError("give one or more times to split at, each after zero and each once")
    if rule not in CUT_RULES:
        raise ConfigError(f"rule {rule!r} is unknown; choose one of {', '.join(CUT_RULES)}")
    parts: list[list[Cue]] = [[] for _ in range(len(cuts) + 1)]
    for cue in cues:
        _place(cue, cuts, parts, rule)
    offsets = [0, *cuts] if rebase else [0] * len(parts)
    return tuple(shift(part, -offset).cues for part, offset in zip(parts, offsets, strict=True))


def _place(cue: Cue, cuts: Sequence[int], parts: list[list[Cue]], rule: CutRule) -> None:
    """Add a caption, or its pieces by the rule, to its part or parts."""
    rest: Cue | None = cue
    for number in range(bisect_right(cuts, cue.start_ms), len(cuts)):
        slice_spans = cuts[number]
        if rest is None or rest.end_ms <= slice_spans:
            break
        before, rest = _pieces(rest, slice_spans, rule)
        if before is not None:
            parts[number].append(replace(before, end_ms=slice_spans))
        if rest is not None:
            rest = replace(rest, start_ms=slice_spans)
    if rest is not None:
        parts[bisect_right(cuts, rest.start_ms)].append(rest)


def _pieces(cue: Cue, slice_spans: int, rule: CutRule) -> tuple[Cue | None, Cue | None]:
    """The pieces of a caption before and after a cut inside it; None for no piece."""
    if rule == "both":
        return cue, cue
    if rule == "words" and all(line.words for line in cue.lines):
        halves = [cut_line(line, slice_spans) for line in cue.lines]
        if None not in halves:
            known = [half for half in halves if half is not None]
            return _of(cue, [before for before, _ in known]), _of(cue, [after for _, after in known])
    return (cue, None) if slice_spans - cue.start_ms >= cue.end_ms - slice_spans else (None, cue)


def _of(cue: Cue, lines: Sequence[Line]) -> Cue | None:
    spoken = tuple(line for line in lines if line.text)
    return replace(cue, lines=spoken) if spoken else None


def cut_line(line: Line, at_ms: int) -> tuple[Line, Line] | None:
    """A line's words before and after a cut, by their middle; None when the text is not those words."""
    count = sum(word.start_ms + word.end_ms < 2 * at_ms for word in line.words)
    place = _end_of(line, count)
    if place is None:
        return None
    before = _part(line, 0, len(line.text[:place].rstrip()), line.words[:count])
    after = _part(line, place + len(line.text[place:]) - len(line.text[place:].lstrip()), None, line.words[count:])
    return before, after if not before.text else replace(after, label="", dash="")


def _part(line: Line, start: int, end: int | None, words: tuple[Word, ...]) -> Line:
    """The characters of a line from one to another, with their styling."""
    text = line.text[start:end]
    return replace(line, text=text, words=words, spans=slice_spans(line.spans, start, len(text)))


def _end_of(line: Line, count: int) -> int | None:
    """Offset in the text of the end of the first words, their punctuation included; None when they are not found."""
    at = 0
    for number, word in enumerate(line.words):
        spelled = (word.text + word.punctuation).strip()
        found = line.text.find(spelled, at)
        if found < 0:
            spelled = word.text.strip()
            found = line.text.find(spelled, at)
        if found < 0 or line.text[at:found].strip():
            return None
        if number == count:
            return found
        at = found + len(spelled)
    return len(line.text) if count == len(line.words) else None
