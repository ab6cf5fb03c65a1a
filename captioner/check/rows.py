"""Lines of a caption with their looks, as every reader builds them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from captioner.formats.styled_runs import cut
from captioner.model import PLAIN, Placement, StyledSpan, TextStyle

__all__ = ["Marked", "Row", "Rows", "design", "trimmed", "undesigned", "without"]

_WHITE = ("", "#FFFFFF")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of text without its markup.

    Attributes:
        text: What is read, dash and label included.
        spans: What of it looks different.
        voice: Name of the speaker in the file's own field, or "".
    """

    text: str
    spans: tuple[StyledSpan, ...] = ()
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """The text of one caption, read.

    Attributes:
        rows: Its lines.
        placement: Where the markup puts it, or None.
        left: What was met and cannot be held, such as "word times".
    """

    rows: tuple[Row, ...]
    placement: Placement | None = None
    left: frozenset[str] = frozenset()


class Rows:
    """Lines being built from runs of text."""

    def __init__(self) -> None:
        self.mixed = False  # whether a line had two voices
        self._rows: list[Row] = []
        self._pieces: list[str] = []
        self._spans: list[StyledSpan] = []
        self._length = 0
        self._voice = ""

    def say(self, text: str, look: TextStyle = PLAIN, voice: str = "") -> None:
        """Put a run of text behind what is there; a newline in it ends a line."""
        first, *others = text.split("\n")
        self._run(first, look, voice)
        for line in others:
            self.end()
            self._run(line, look, voice)

    def collapsed(self, text: str, look: TextStyle = PLAIN, voice: str = "") -> None:
        """Put a run as XML means it: white space is one space, and none where a line begins."""
        spaced = " ".join(text.split())
        if text[:1].isspace() and self._pieces and not self._pieces[-1].endswith(" "):
            spaced = f" {spaced}"
        if spaced.strip() and text[-1:].isspace():
            spaced += " "
        self._run(spaced, look, voice)

    def end(self) -> None:
        """End the line."""
        self._rows.append(Row("".join(self._pieces), tuple(self._spans), self._voice))
        self._pieces, self._spans, self._length, self._voice = [], [], 0, ""

    def rows(self) -> tuple[Row, ...]:
        """All lines; the last one ends here."""
        self.end()
        return tuple(self._rows)

    def _run(self, text: str, look: TextStyle, voice: str) -> None:
        if not text:
            return
        self.mixed = self.mixed or bool(voice and self._voice and voice != self._voice)
        self._voice = self._voice or voice
        start = self._length
        self._length += len(text)
        self._pieces.append(text)
        if look == PLAIN:
            return
        if self._spans and self._spans[-1].end == start and self._spans[-1].look == look:
            start = self._spans.pop().start
        self._spans.append(StyledSpan(start, self._length, look))


def trimmed(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows without spaces at their ends, and without empty ones before the first and after the last."""
    bare = [_trimmed(row) for row in rows]
    full = [number for number, row in enumerate(bare) if row.text]
    return tuple(bare[full[0] : full[-1] + 1]) if full else (Row(""),)


def _trimmed(row: Row) -> Row:
    text = row.text.strip()
    if text == row.text:
        return row
    return Row(text, cut(row.spans, row.text.index(text) if text else 0, len(text)), row.voice)


def undesigned(marked: Sequence[Marked]) -> list[Marked]:
    """Captions of a format with style sheets, without the weight and colour that are the file's design."""
    counts: Counter[TextStyle] = Counter()
    for each in marked:
        for row in each.rows:
            counts[PLAIN] += len(row.text) - sum(span.end - span.start for span in row.spans)
            for span in row.spans:
                counts[span.look] += span.end - span.start
    bold, colour = design(counts)
    return [without(each, bold=bold, colour=colour) for each in marked]


def design(counts: Mapping[TextStyle, int]) -> tuple[bool, str]:
    """Weight and colour that are a file's design, as its font and size are, by how many letters have each look.

    What differs from them, as a second speaker's yellow, was meant; and so are italics, however many there are. White
    is the design where a tenth of the text is white, because every format shows text white of itself.
    """
    letters = sum(counts.values())
    white = sum(count for look, count in counts.items() if look.colour in _WHITE)
    bold = sum(count for look, count in counts.items() if look.bold)
    coloured = Counter({look.colour: 0 for look in counts})
    for look, count in counts.items():
        coloured[look.colour] += count
    colour = _WHITE[1] if 10 * white >= letters else coloured.most_common(1)[0][0]
    return 2 * bold > letters, colour


def without(marked: Marked, *, bold: bool, colour: str) -> Marked:
    """A caption without a design's weight and colour."""
    if not any(row.spans for row in marked.rows):
        return marked
    rows = []
    for row in marked.rows:
        looks = [_undressed(span.look, bold, colour) for span in row.spans]
        spans = [
            StyledSpan(span.start, span.end, look) for span, look in zip(row.spans, looks, strict=True) if look != PLAIN
        ]
        rows.append(Row(row.text, tuple(spans), row.voice))
    return Marked(tuple(rows), marked.placement, marked.left)


@lru_cache(maxsize=1000)
def _undressed(look: TextStyle, bold: bool, colour: str) -> TextStyle:
    return replace(look, bold=look.bold and not bold, colour="" if look.colour == colour else look.colour)
