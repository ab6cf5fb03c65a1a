"""Find and replace over all captions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from captioner.captions.word_spans import word_pattern
from captioner.review.editing.caption_document import Document
from captioner.review.editing.changes import Change, EditError
from captioner.review.editing.new_words import retext

__all__ = ["Find", "places", "replaced"]


@dataclass(frozen=True, slots=True)
class Find:
    """Text to be found.

    Attributes:
        text: The text, on one line.
        exact: Letters match in their own case only.
        words: Whole words only.
    """

    text: str
    exact: bool = False
    words: bool = False

    def pattern(self) -> re.Pattern[str]:
        """The pattern that finds it.

        Raises:
            EditError: There is nothing to find.
        """
        if not self.text.strip():
            raise EditError("there is nothing to find; type a word")
        if self.words:
            return word_pattern(self.text, exact=self.exact)
        body = r"\s+".join(map(re.escape, self.text.split()))
        return re.compile(body, 0 if self.exact else re.IGNORECASE)


def places(document: Document, find: Find) -> list[tuple[int, int]]:
    """Number of each caption in which a text stands, and how often; also across its line breaks."""
    pattern = find.pattern()
    found = ((row.id, sum(1 for _ in pattern.finditer(row.cue.text))) for row in document.rows)
    return [each for each in found if each[1]]


def replaced(document: Document, find: Find, by: str, only: frozenset[int] = frozenset()) -> Iterator[Change]:
    """One change for each caption in which a text is replaced; each has to be made before the next is asked for.

    Args:
        document: The captions.
        find: The text.
        by: What is shown in its place.
        only: Numbers of captions, all where it is empty.
    """
    pattern = find.pattern()
    for row in list(document.rows):
        if only and row.id not in only:
            continue
        text = pattern.sub(lambda match: _broken(match[0], by), row.cue.text)
        if text != row.cue.text and (change := retext(document, row.id, text.split("\n"))) is not None:
            yield change


def _broken(found: str, by: str) -> str:
    """The replacement with the line break that the text had, after the same number of words."""
    if "\n" not in found:
        return by
    before = len(found.partition("\n")[0].split())
    words = by.split(" ")
    if len(words) <= before:
        return f"{by}\n"
    return " ".join(words[:before]) + "\n" + " ".join(words[before:])
