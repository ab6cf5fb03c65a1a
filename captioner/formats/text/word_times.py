"""Words with times from the marks a caption carries, as YouTube's captions, karaoke and song lyrics have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from captioner.formats.text.styled_text import StyledLine
from captioner.model import Word

__all__ = ["timed_words"]

_WORD = re.compile(r"\s*\S+\s*$|\s*\S+")


def timed_words(lines: Sequence[StyledLine], start_ms: int, end_ms: int) -> list[tuple[Word, ...]]:
    """The words of every line whose words have times; none for the lines that have no marks.

    A piece between two marks lasts from the first to the second, which may stand at the end of a line or before no
    text; several words in it share its time by their length. Syllables of a word are one word.

    Args:
        lines: Of one caption.
        start_ms: When the caption begins, and its first word with it.
        end_ms: When it ends.
    """
    marks = [ms for line in lines for _, ms in line.marks]
    words: list[tuple[Word, ...]] = []
    at, now = 0, start_ms
    for line in lines:
        own: list[Word] = []
        for ms, text in _pieces(line) if line.marks else ():
            if ms is not None:
                now, at = ms, at + 1
            following = marks[at] if at < len(marks) else end_ms
            for word in _shared(text, now, max(now, following)):
                own[-1:] = _joined(own[-1:], word)
        words.append(tuple(own))
    return words


def _pieces(line: StyledLine) -> Iterator[tuple[int | None, str]]:
    """Each piece of a line with the mark it begins at; the first may have none, and some may have no text."""
    before: tuple[int, int | None] = (0, None)
    for place, ms in line.marks:
        if before[1] is not None or place:
            yield before[1], line.text[before[0] : place]
        before = (place, ms)
    yield before[1], line.text[before[0] :]


def _joined(last: Sequence[Word], word: Word) -> list[Word]:
    """The last word and the next, as one where they are syllables of one: letters of an alphabet without a space."""
    if not last or not (_is_letter(last[0].text[-1:]) and _is_letter(word.text[:1])):
        return [*last, word]
    return [Word(last[0].text + word.text, "", last[0].start_ms, word.end_ms)]


def _is_letter(char: str) -> bool:
    """Whether a character is a letter of Latin, Greek, Cyrillic or another alphabet whose words have spaces."""
    return char.isalpha() and char < "\u0e00"


def _shared(text: str, start_ms: int, end_ms: int) -> Iterator[Word]:
    """The words of a piece, each with its part of the time."""
    words = [match[0] for match in _WORD.finditer(text)]
    whole, at = sum(map(len, words)), 0
    for word in words:
        begin = start_ms + (end_ms - start_ms) * at // whole
        at += len(word)
        yield Word(word, "", begin, start_ms + (end_ms - start_ms) * at // whole)
