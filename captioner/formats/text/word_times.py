"""Words with times from the marks a caption carries, as YouTube's captions and song lyrics have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from captioner.formats.text.styled_text import StyledLine
from captioner.model import Word

__all__ = ["timed_words"]

_WORD = re.compile(r"\s*\S+\s*$|\s*\S+")


def timed_words(lines: Sequence[StyledLine], start_ms: int, end_ms: int) -> list[tuple[Word, ...]]:
    """The words of every line whose words have times; none for the lines that have no marks.

    A piece between two marks lasts from the first to the second; several words in it share its time by their length.

    Args:
        lines: Of one caption.
        start_ms: When the caption begins, and its first word with it.
        end_ms: When it ends.
    """
    pieces = [list(_pieces(line)) if line.marks else [] for line in lines]
    marks = [ms for line in pieces for ms, _ in line if ms is not None]
    words: list[tuple[Word, ...]] = []
    at, now = 0, start_ms
    for line in pieces:
        own: list[Word] = []
        for ms, text in line:
            if ms is not None:
                now, at = ms, at + 1
            following = marks[at] if at < len(marks) else end_ms
            own += _shared(text, now, max(now, following))
        words.append(tuple(own))
    return words


def _pieces(line: StyledLine) -> Iterator[tuple[int | None, str]]:
    """Each piece of a line with the mark it begins at; the first may have none."""
    before: tuple[int, int | None] = (0, None)
    for place, ms in line.marks:
        if line.text[before[0] : place]:
            yield before[1], line.text[before[0] : place]
        before = (place, ms)
    if line.text[before[0] :]:
        yield before[1], line.text[before[0] :]


def _shared(text: str, start_ms: int, end_ms: int) -> Iterator[Word]:
    """The words of a piece, each with its part of the time."""
    words = [match[0] for match in _WORD.finditer(text)]
    whole, at = sum(map(len, words)), 0
    for word in words:
        begin = start_ms + (end_ms - start_ms) * at // whole
        at += len(word)
        yield Word(word, "", begin, start_ms + (end_ms - start_ms) * at // whole)
