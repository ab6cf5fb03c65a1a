"""Text of a WebVTT file that stands in no cue: behind an empty line inside a caption, or without times.

Browsers do not show it, so it is no caption; a note names it. Source: W3C WebVTT, section 6.1 (a block without `-->`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from captioner.formats.caption_file import ReadNote, SourceBlock
from captioner.formats.text.time_line_notes import quoted_line
from captioner.formats.vtt.stream_pieces import begins_piece

__all__ = ["notes_of_text_outside"]

_NO_TEXT = re.compile(r"(?:NOTE|STYLE|REGION|Style:|Region:|##|X-TIMESTAMP-MAP|Kind:|Language:)(?:\s.*|=.*)?$")
_SHEET_BEGINS = re.compile("style", re.IGNORECASE)
_HEAD = re.compile(r"[\w-]{1,40}\s*[:=](?!.*-->)|\s*$")  # “Kind: captions” below the header
# What a style sheet goes on with behind an empty line.
_SHEET = re.compile(r"\s*(?:::cue|@\w|/\*|\*/|[{}]\s*(?:$|::cue)|[\w-]+\s*:[^:]*[;{}]\s*$|[\w-]+\s*:[^:;]*$)")


def notes_of_text_outside(lines: Sequence[str], cues: Sequence[SourceBlock]) -> Iterator[ReadNote]:
    """A note about the text that stands in no cue.

    Args:
        lines: Of the file.
        cues: Where its cues stand, in order, those that cannot be read included.
    """
    found = [number for at, end in _gaps(lines, cues) for number in _text(lines, at, end)]
    if found:
        others = "1 more line" if len(found) == 2 else f"{len(found) - 1} more lines"
        verb = f"and {others} stand in no caption and are" if len(found) > 1 else "stands in no caption and is"
        message = f"{quoted_line(lines[found[0]])} {verb} left out, as browsers do"
        yield ReadNote("left out", message, found[0] + 1, is_fault=True)


def _gaps(lines: Sequence[str], cues: Sequence[SourceBlock]) -> Iterator[tuple[int, int]]:
    at = 0
    for cue in cues:
        yield at, cue.first
        at = cue.end
    yield at, len(lines)


def _text(lines: Sequence[str], at: int, end: int) -> Iterator[int]:
    """Lines with text between two cues; headers, notes, style sheets and regions are none."""
    is_sheet = False
    for first, last in _paragraphs(lines, at, end):
        if begins_piece(lines, first):
            is_sheet = any(_SHEET_BEGINS.match(lines[number]) for number in range(first, last))
            yield from (number for number in range(first + 1, last) if not is_sheet and not _HEAD.match(lines[number]))
        elif _NO_TEXT.match(lines[first]):
            is_sheet = _SHEET_BEGINS.match(lines[first]) is not None
        elif is_sheet and _SHEET.match(lines[first]):
            pass
        elif not (last - first == 1 and last == _last_full(lines, at, end) + 1 and lines[first].strip().isdecimal()):
            # any other than the number of the next cue
            yield from range(first, last)


def _paragraphs(lines: Sequence[str], at: int, end: int) -> Iterator[tuple[int, int]]:
    """First line and end of each group of lines without an empty one in it."""
    first: int | None = None
    for number in range(at, end):
        if lines[number].strip("\ufeff \t"):
            first = number if first is None else first
        elif first is not None:
            yield first, number
            first = None
    if first is not None:
        yield first, end


def _last_full(lines: Sequence[str], at: int, end: int) -> int:
    return next((number for number in range(end - 1, at - 1, -1) if lines[number].strip()), at)
