"""Places of the words of a line in its text, for the formats that time words."""

from __future__ import annotations

from collections.abc import Sequence

from captioner.formats.text.cue_text import clean
from captioner.model import Line, Word

__all__ = ["timed_offsets", "word_offsets"]


def word_offsets(text: str, words: Sequence[Word]) -> list[int]:
    """Offset in the text of each word that has something to read; empty when one is not in it."""
    places, at = [], 0
    for token in filter(None, (clean(word.text) for word in words)):
        found = text.find(token, at)
        if found < 0:
            return []
        places.append(found)
        at = found + len(token)
    return places


def timed_offsets(line: Line, before: str = "") -> list[tuple[int, int]]:
    """Offset of each word of a line in `clean(before + line.text)`, with the ms it begins at; none without words."""
    places = word_offsets(clean(before + line.text), line.words)
    spoken = [word for word in line.words if clean(word.text)]
    return list(zip(places, (word.start_ms for word in spoken), strict=True)) if places else []
