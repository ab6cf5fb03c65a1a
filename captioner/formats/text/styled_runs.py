"""Lines as runs of one style each, for the formats that have italics, weights, underlines or colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from captioner.formats.text.cue_text import clean, clean_piece, visible_lines
from captioner.model import PLAIN, Cue, Line, StyledSpan, TextStyle

__all__ = ["StyledRun", "colours", "has_styling", "printed_runs", "slice_spans", "spoken_runs"]


@dataclass(frozen=True, slots=True)
class StyledRun:
    """A piece of a line.

    Attributes:
        text: Clean, not escaped; never empty.
        look: Of all of it.
    """

    text: str
    look: TextStyle = PLAIN


def has_styling(cue: Cue) -> bool:
    """Whether any text of a cue has a style of its own."""
    return any([line.spans for line in cue.lines])  # noqa: C419  # a list of two is twice as quick as a generator


def colours(cues: Sequence[Cue]) -> tuple[str, ...]:
    """Every colour that text is given, in order of first appearance."""
    found = (span.look.colour for cue in cues for line in cue.lines for span in line.spans)
    return tuple(dict.fromkeys(filter(None, found)))


def printed_runs(cue: Cue) -> list[list[StyledRun]]:
    """`cue_text.printed_lines` in runs; dash and label have the plain style."""
    return [_runs(line, line.printed[: len(line.printed) - len(line.text)]) for line in visible_lines(cue)]


def spoken_runs(cue: Cue) -> list[tuple[str | None, list[StyledRun]]]:
    """`cue_text.spoken_lines` in runs."""
    return [
        (cue.speaker if line.speaker is None else line.speaker, _runs(line, line.dash)) for line in visible_lines(cue)
    ]


def _runs(line: Line, before: str) -> list[StyledRun]:
    if not line.spans:
        return [StyledRun(clean(before + line.text))]
    runs = [
        StyledRun(text, look)
        for text, look in ((clean_piece(text), look) for text, look in _pieces(line, before))
        if text
    ]
    return _stripped(runs)


def _pieces(line: Line, before: str) -> Iterator[tuple[str, TextStyle]]:
    """The line in order; spans that lie beyond its text, as after it was shortened, are cut with it."""
    yield before, PLAIN
    at = 0
    for span in line.spans:
        yield line.text[at : max(at, span.start)], PLAIN
        yield line.text[max(at, span.start) : span.end], span.look
        at = max(at, span.end)
    yield line.text[at:], PLAIN


def _stripped(runs: list[StyledRun]) -> list[StyledRun]:
    """Runs without spaces at the ends of the line; neighbours of one style are joined."""
    joined: list[StyledRun] = []
    for run in runs:
        if joined and joined[-1].look == run.look:
            joined[-1] = StyledRun(joined[-1].text + run.text, run.look)
        else:
            joined.append(run)
    while joined and not joined[0].text.strip(" "):
        joined.pop(0)
    while joined and not joined[-1].text.strip(" "):
        joined.pop()
    if joined:
        joined[0] = StyledRun(joined[0].text.lstrip(" "), joined[0].look)
        joined[-1] = StyledRun(joined[-1].text.rstrip(" "), joined[-1].look)
    return joined


def slice_spans(spans: Sequence[StyledSpan], offset: int, length: int) -> tuple[StyledSpan, ...]:
    """The spans of a part of a text, counted from where it begins."""
    moved = ((max(0, each.start - offset), min(length, each.end - offset), each.look) for each in spans)
    return tuple(StyledSpan(start, end, look) for start, end, look in moved if start < end)
