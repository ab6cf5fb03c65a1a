"""Comma-separated values, `.csv`, for a spreadsheet: one caption a row, its lines in one cell.

Cells are the text itself; nothing is added to one that begins with `=` or `-`, so open the file with all columns as
text where that matters. A table of others is read where its head names a start, an end and a text.

Source: RFC 4180 (CRLF, quotes doubled).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from captioner.errors import ReplyError
from captioner.formats.assembly import assemble
from captioner.formats.capabilities import SPEAKERS
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadOptions
from captioner.formats.render_context import Context
from captioner.formats.text.cue_text import spoken_lines
from captioner.formats.text.speaker_names import names_field, names_of_field, printed_names
from captioner.formats.text.styled_text import StyledLine, StyledText
from captioner.formats.text.time_line_notes import left_out_notes
from captioner.model import Cue
from captioner.timecode import ms_to_vtt

__all__ = ["SUPPORTS", "detect", "read", "render"]

#: See `capabilities`.
SUPPORTS = frozenset({SPEAKERS})

_NEEDED = frozenset({"start", "end", "text"})
_SEPARATORS = ",;\t"
_TIME = re.compile(r"\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?\s*$")
_COLUMNS = ("number", "start", "end", "duration_ms", "speaker", "text")


def detect(content: FileContent) -> bool:
    """Whether the first line names the columns start, end and text."""
    return bool(_separator(content.head.partition("\n")[0]))


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read CSV.

    Raises:
        ReplyError: The first line does not name the columns.
    """
    separator = _separator(content.text.partition("\n")[0])
    if not separator:
        raise ReplyError("is not a table of captions: its first line does not name the columns start, end and text")
    bad: list[int] = []
    long: list[int] = []
    raw = list(_rows(content.text, separator, bad, long))
    notes = list(left_out_notes(content.lines, bad, "is a row without times that can be read; it is left out"))
    notes += left_out_notes(
        content.lines, long, "is a row with more cells than the table has columns; they are left out"
    )
    if _is_ours(content.text, separator):  # its cells are text and nothing else: no markup, no labels
        raw = [cue._replace(styled=_as_written(cue.text)) for cue in raw]
        options = replace(options, labels="text")
    return assemble(raw, options, notes=notes)


def _is_ours(text: str, separator: str) -> bool:
    return _names(text.partition("\n")[0], separator) == list(_COLUMNS)


def _as_written(text: str) -> StyledText:
    return StyledText(tuple(map(StyledLine, text.split("\n"))))


def _names(head: str, separator: str) -> list[str]:
    """Names of the columns."""
    return [name.strip(' "\ufeff\r').lower() for name in head.split(separator)]


def _separator(head: str) -> str:
    """The character between columns, or "" where the line does not name the columns of a table of captions."""
    for separator in _SEPARATORS:
        if set(_names(head, separator)) >= _NEEDED:
            return separator
    return ""


def _rows(text: str, separator: str, bad: list[int], long: list[int]) -> Iterator[RawCue]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    head = [name.strip(" \ufeff").lower() for name in next(reader)]
    try:
        before = reader.line_num
        for cells in reader:
            row = dict(zip(head, cells, strict=False))
            start, end = _ms(row.get("start", "")), _ms(row.get("end", ""))
            if start is not None and end is not None:
                yield _raw_cue(row, start, end)
                if any(cells[len(head) :]):
                    long.append(before)
            elif any(cells):
                bad.append(before)
            before = reader.line_num
    except csv.Error as error:
        raise ReplyError(f"line {reader.line_num} is not CSV; a cell in it is too long or not closed") from error


def _raw_cue(row: Mapping[str, str], start_ms: int, end_ms: int) -> RawCue:
    text = row.get("text", "")
    lines = text.count("\n") + 1
    return RawCue(start_ms, end_ms, text, names_of_field(row.get("speaker", ""), lines))


def _ms(text: str) -> int | None:
    """Milliseconds of `H:MM:SS.mmm`, None for anything else."""
    if (match := _TIME.match(text)) is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.group(1, 2, 3))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int((match[4] or "0").ljust(3, "0")[:3])


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write CSV with a heading; a cue without text is left out, as in every other format.

    Raises:
        FormatError: A time before zero.
    """
    names = printed_names(cues, context)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    shown = ((cue, lines) for cue in cues if (lines := spoken_lines(cue)))
    for number, (cue, lines) in enumerate(shown, 1):
        speakers = names_field([names.get(speaker or "", "") for speaker, _ in lines])
        times = ms_to_vtt(cue.start_ms), ms_to_vtt(cue.end_ms), cue.end_ms - cue.start_ms
        writer.writerow((number, *times, speakers, "\n".join(text for _, text in lines)))
    return buffer.getvalue().encode("utf-8")
