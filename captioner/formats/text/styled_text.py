"""Lines of a caption with their styling, as every reader builds them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from captioner.formats.text.styled_runs import slice_spans
from captioner.model import PLAIN, Placement, StyledSpan, TextStyle

__all__ = [
    "LineBuilder",
    "StyledLine",
    "StyledText",
    "base_style",
    "subtract_style",
    "trimmed_lines",
    "without_base_style",
]

_WHITE = ("", "#FFFFFF")
_SPACES = " \t\r\n"
_XML_SPACES = re.compile(f"[{_SPACES}]+")


@dataclass(frozen=True, slots=True)
class StyledLine:
    """One line of text without its markup.

    Attributes:
        text: What is read, dash and label included.
        spans: What of it looks different.
        voice: Name of the speaker in the file's own field, or "".
        marks: Where words begin that have a time of their own: a place in the text, and milliseconds of the media.
    """

    text: str
    spans: tuple[StyledSpan, ...] = ()
    voice: str = ""
    marks: tuple[tuple[int, int], ...] = ()

    def part(self, start: int, end: int | None = None) -> StyledLine:
        """The line from one character to another, with what belongs to that part."""
        text = self.text[start:end]
        last = len(text) if start + len(text) == len(self.text) else len(text) - 1
        marks = tuple((max(0, at - start), ms) for at, ms in self.marks if at - start <= last)
        return StyledLine(text, slice_spans(self.spans, start, len(text)), self.voice, marks)


@dataclass(frozen=True, slots=True)
class StyledText:
    """The text of one caption, read.

    Attributes:
        lines: Without markup.
        placement: Where the markup puts it, or None.
        unsupported: What the markup says and captions cannot hold, such as "word times".
    """

    lines: tuple[StyledLine, ...]
    placement: Placement | None = None
    unsupported: frozenset[str] = frozenset()


class LineBuilder:
    """Builds lines from runs of text.

    Attributes:
        has_two_voices: Whether a line had more than one voice.
    """

    def __init__(self) -> None:
        self.has_two_voices = False
        self._lines: list[StyledLine] = []
        self._pieces: list[str] = []
        self._spans: list[StyledSpan] = []
        self._marks: list[tuple[int, int]] = []
        self._length = 0
        self._voice = ""

    def mark(self, ms: int) -> None:
        """Note that what comes next is said at a time of its own."""
        self._marks.append((self._length, ms))

    def add(self, text: str, look: TextStyle = PLAIN, voice: str = "") -> None:
        """Append a run of text; a newline in it ends a line."""
        first, *others = text.split("\n")
        self._run(first, look, voice)
        for line in others:
            self.end_line()
            self._run(line, look, voice)

    def add_collapsed(self, text: str, look: TextStyle = PLAIN, voice: str = "") -> None:
        """Append a run as XML means it: white space is one space, and none where a line begins.

        White space is what XML calls so: no-break, narrow and ideographic spaces are characters.
        """
        spaced = _XML_SPACES.sub(" ", text)
        if spaced.startswith(" ") and (not self._pieces or self._pieces[-1].endswith(" ")):
            spaced = spaced[1:]
        self._run(spaced, look, voice)

    def end_line(self) -> None:
        """End the line."""
        self._lines.append(StyledLine("".join(self._pieces), tuple(self._spans), self._voice, tuple(self._marks)))
        self._pieces, self._spans, self._marks, self._length, self._voice = [], [], [], 0, ""

    def lines(self) -> tuple[StyledLine, ...]:
        """All lines; the last one ends here."""
        self.end_line()
        return tuple(self._lines)

    def _run(self, text: str, look: TextStyle, voice: str) -> None:
        if not text:
            return
        self.has_two_voices = self.has_two_voices or bool(voice and self._voice and voice != self._voice)
        self._voice = self._voice or voice
        start = self._length
        self._length += len(text)
        self._pieces.append(text)
        if look == PLAIN:
            return
        if self._spans and self._spans[-1].end == start and self._spans[-1].look == look:
            start = self._spans.pop().start
        self._spans.append(StyledSpan(start, self._length, look))


def trimmed_lines(lines: Sequence[StyledLine]) -> tuple[StyledLine, ...]:
    """Lines without spaces at their ends, and without empty ones before the first and after the last."""
    bare = [_trimmed(line) for line in lines]
    full = [number for number, line in enumerate(bare) if line.text]
    return tuple(bare[full[0] : full[-1] + 1]) if full else (StyledLine(""),)


def _trimmed(line: StyledLine) -> StyledLine:
    text = line.text.strip(_SPACES)
    if text == line.text:
        return line
    start = line.text.index(text) if text else 0
    return line.part(start, start + len(text))


def without_base_style(styled: Sequence[StyledText]) -> list[StyledText]:
    """Captions of a format with style sheets, without the weight and colour that are the file's design."""
    counts: Counter[TextStyle] = Counter()
    for each in styled:
        for line in each.lines:
            counts[PLAIN] += len(line.text) - sum(span.end - span.start for span in line.spans)
            for span in line.spans:
                counts[span.look] += span.end - span.start
    bold, colour = base_style(counts)
    return [subtract_style(each, bold=bold, colour=colour) for each in styled]


def base_style(counts: Mapping[TextStyle, int]) -> tuple[bool, str]:
    """Weight and colour that are a file's design, as its font and size are, by how many letters have each style.

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


def subtract_style(styled: StyledText, *, bold: bool, colour: str) -> StyledText:
    """A caption without a design's weight and colour."""
    if not any(line.spans for line in styled.lines):
        return styled
    lines = []
    for line in styled.lines:
        looks = [_subtracted(span.look, bold, colour) for span in line.spans]
        spans = [
            StyledSpan(span.start, span.end, look)
            for span, look in zip(line.spans, looks, strict=True)
            if look != PLAIN
        ]
        lines.append(replace(line, spans=tuple(spans)))
    return StyledText(tuple(lines), styled.placement, styled.unsupported)


@lru_cache(maxsize=1000)
def _subtracted(look: TextStyle, bold: bool, colour: str) -> TextStyle:
    return replace(look, bold=look.bold and not bold, colour="" if look.colour == colour else look.colour)
