"""SubViewer as YouTube reads and writes it, `.sbv`: a line with both times, the text, an empty line.

There is no markup; a label is printed where the layout set one.

Source: YouTube Help 2734698, Supported subtitle and closed caption files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from captioner.errors import ReplyError
from captioner.formats.assembly import assemble
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadNote, ReadOptions, SourceBlock
from captioner.formats.render_context import Context
from captioner.formats.text.cue_text import printed_lines
from captioner.formats.text.time_line import plain_text, time_ms
from captioner.formats.text.time_line_notes import left_out_notes, odd_times_note, unreadable_times_notes
from captioner.model import Cue
from captioner.timecode import ms_to_vtt

__all__ = ["SUPPORTS", "detect", "read", "render"]

SUPPORTS: frozenset[str] = frozenset()

_TIMES = re.compile(
    r"^[^\S\n]*\d{1,3}:\d{1,2}:\d{1,2}\.\d{1,3},\d{1,3}:\d{1,2}:\d{1,2}\.\d{1,3}[^\S\n]*$", re.MULTILINE
)
# Both times on a line of their own, however they are written.
_LOOKS = re.compile(r"\s*(-?[\doO]{1,3}\s?[:.;][\w\s:.;,-]{1,20}?),\s*(-?\w{1,3}\s?[:.;][\w\s:.;,-]{1,20})$")


class _Times(NamedTuple):
    """A line of times: where it stands, and what it says or None."""

    line: int
    times: tuple[int, int] | None
    is_usual: bool


def detect(content: FileContent) -> bool:
    """Whether there are lines such as `0:00:01.000,0:00:02.000`."""
    return _TIMES.search(content.head) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read SBV.

    Raises:
        ReplyError: There is text and no line of times in it.
    """
    lines = content.lines
    found = list(_find_times(lines))
    if not any(each.times for each in found) and content.text.strip():
        raise ReplyError("is not SBV: no line such as 0:00:01.000,0:00:02.000")
    ends = [*(each.line for each in found[1:]), len(lines)]
    blocks = [SourceBlock(each.line, each.line, end) for each, end in zip(found, ends, strict=False)]
    raw = [_cue(lines, each.times, block) for each, block in zip(found, blocks, strict=True) if each.times]
    left_out = [block for each, block in zip(found, blocks, strict=True) if not each.times]
    return assemble(raw, options, notes=list(_notes(lines, found)), left_out=left_out, may_roll=True, is_in_order=True)


def _find_times(lines: Sequence[str]) -> Iterator[_Times]:
    for number, line in enumerate(lines):
        is_start = not number or not lines[number - 1].strip()
        is_usual = _TIMES.match(line) is not None
        match = _LOOKS.match(plain_text(line)) if is_usual or is_start else None
        if match is not None:
            start, end = time_ms(match[1]), time_ms(match[2])
            yield _Times(number, None if start is None or end is None else (start, end), is_usual)


def _notes(lines: Sequence[str], found: Sequence[_Times]) -> Iterator[ReadNote]:
    mended = [each.line for each in found if each.times and not each.is_usual]
    if mended:
        yield odd_times_note(lines, mended, "not written as SBV writes times; read as meant")
    yield from unreadable_times_notes(lines, [each.line for each in found if not each.times])
    first = found[0].line if found else 0
    above = [number for number in range(first) if lines[number].strip("\ufeff \t")]
    yield from left_out_notes(lines, above, "stands before the first times and is left out")


def _cue(lines: Sequence[str], times: tuple[int, int], block: SourceBlock) -> RawCue:
    text = "\n".join(lines[block.times + 1 : block.end]).strip("\n")
    return RawCue(*times, text, block=block)


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write SBV; a cue without text is left out.

    Raises:
        FormatError: A time before zero.
    """
    blocks = []
    for cue in cues:
        if lines := printed_lines(cue):
            text = "\n".join(lines)
            blocks.append(f"{_time(cue.start_ms)},{_time(cue.end_ms)}\n{text}\n")
    return "\n".join(blocks).encode("utf-8")


def _time(ms: int) -> str:
    """As YouTube writes it, with no zero before the hours: `0:00:01.000`."""
    clock = ms_to_vtt(ms)
    return clock[1:] if clock.startswith("0") else clock
