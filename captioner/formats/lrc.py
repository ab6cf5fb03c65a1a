"""LRC, `.lrc`: lyrics, a line with its time each, and with the time of every word where that is asked for.

A caption is one line, because lines have no end: the next one, or an empty one after a pause, takes it off. Times are
minutes, seconds and centiseconds, cut. There is no markup and no field for a speaker; a label is printed where the
layout set one. Read are also a line with several times, which is sung several times, and `[offset:…]`.

Source: the format of Kuo (1998) as players read it; `<mm:ss.xx>` before words is the A2 extension ("enhanced LRC").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from captioner.errors import ReplyError
from captioner.formats.assembly import assemble
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadNote, ReadOptions, SourceBlock
from captioner.formats.render_context import Context
from captioner.formats.text.cue_text import clean, join_sentences, visible_lines
from captioner.formats.text.time_line_notes import left_out_notes
from captioner.formats.text.word_offsets import timed_offsets
from captioner.model import Cue, Line
from captioner.timecode import ms_to_vtt

__all__ = ["SUPPORTS", "detect", "read", "render"]

SUPPORTS: frozenset[str] = frozenset()

# A shorter pause would make the screen flicker; our own figure.
_PAUSE_MS = 1000
# How long the last line is shown where nothing takes it off: 15 characters a second, two seconds at least; our own.
_CHARS_PER_S, _LEAST_LAST_MS = 15, 2000
# Most characters that a repeated line becomes: a line of 100 may come 200 times. Our own: a small file must stay small.
_MOST_REPEATED = 20_000

_TIME = re.compile(r"\s*\[(\d{1,4}):([0-5]?\d)(?:[.:,](\d{1,3}))?\]")
_USUAL = re.compile(r"^[^\S\n]*\[\d{1,4}:[0-5]\d\.\d{2,3}\]", re.MULTILINE)
_FACT = re.compile(r"\s*\[([A-Za-z#][\w ]{0,20}):(.*)\]\s*$")


def detect(content: FileContent) -> bool:
    """Whether there are lines that begin with a time such as `[00:12.34]`."""
    return _USUAL.search(content.head) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read LRC: a line is shown until the next one, or an empty one, begins.

    Raises:
        ReplyError: There is text and no line with a time in it, or a long line is repeated very often.
    """
    rows: list[_Row] = []
    facts: dict[str, str] = {}
    others: list[int] = []
    for number, line in enumerate(content.lines):
        times, text = _parted(line)
        if len(times) > 1:  # times of words are those of the first
            text = _WORD_TIME.sub("", text)
            if len(times) * len(text) > _MOST_REPEATED:
                raise ReplyError(f"line {number + 1} has {len(text)} characters at {len(times)} times; write it out")
        rows += [_Row(ms, text, number) for ms in times]
        if times:
            continue
        if fact := _FACT.match(line):
            facts[fact[1].lower()] = fact[2].strip()
        elif line.strip():
            others.append(number)
    if not rows and content.text.strip():
        raise ReplyError("is not LRC: no line that begins with a time such as [00:12.34]")
    rows.sort(key=lambda row: row.ms)
    offset_ms, notes = _offset(facts.get("offset", ""))
    notes += left_out_notes(content.lines, others, "has no time and is left out")
    ends = _ends(rows)
    if rows and rows[-1].text:
        notes.append(ReadNote("guessed", "the last line has no end; it is shown as long as it takes to read"))
    raw = [
        RawCue(
            max(0, row.ms - offset_ms),
            max(0, end - offset_ms),
            _moved(row.text, offset_ms),
            block=SourceBlock(row.line, row.line, row.line + 1),
        )
        for row, end in zip(rows, ends, strict=True)
        if row.text
    ]
    return assemble(raw, options, notes=notes)


class _Row(NamedTuple):
    """A line of the file at one of its times."""

    ms: int
    text: str
    line: int


def _parted(line: str) -> tuple[list[int], str]:
    """The times before a line, and its text."""
    times, at = [], 0
    while match := _TIME.match(line, at):
        times.append(_ms(match))
        at = match.end()
    return times, line[at:].strip()


def _ends(rows: Sequence[_Row]) -> list[int]:
    """Times at which lines are taken off: the next one that begins later, or an estimate for the last ones."""
    ends: list[int] = []
    later_ms: int | None = None  # the first beginning after that of the row behind
    for index in reversed(range(len(rows))):
        row = rows[index]
        if index + 1 < len(rows) and rows[index + 1].ms > row.ms:
            later_ms = rows[index + 1].ms
        ends.append(_estimated_end(row) if later_ms is None else later_ms)
    return ends[::-1]


def _estimated_end(row: _Row) -> int:
    """The end of a line that no other follows: as long as it takes to read, and not before its last word."""
    length = len(_WORD_TIME.sub("", row.text))
    last = max((_ms(mark) for mark in _WORD_TIME.finditer(row.text)), default=row.ms)
    return max(row.ms + max(_LEAST_LAST_MS, length * 1000 // _CHARS_PER_S), last)


_WORD_TIME = re.compile(r"<(\d{1,4}):([0-5]?\d)(?:[.:,](\d{1,3}))?>")


def _ms(match: re.Match[str]) -> int:
    """The time in a mark, of a line or of a word."""
    minutes, seconds, fraction = match.groups(default="0")
    return (int(minutes) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))


def _moved(text: str, offset_ms: int) -> str:
    """The text with the times of its words as WebVTT writes them, which the reader of markup knows."""
    return _WORD_TIME.sub(lambda match: f"<{ms_to_vtt(max(0, _ms(match) - offset_ms))}>", text)


def _offset(given: str) -> tuple[int, list[ReadNote]]:
    """The offset of a file in ms, by which lines come sooner, and the note that reports it."""
    if not re.fullmatch(r"[+-]?[0-9]{1,7}", given) or not int(given):
        return 0, []
    moved = "earlier" if int(given) > 0 else "later"
    note = f"the file's own offset of {int(given)} ms is counted: all times are as much {moved}"
    return int(given), [ReadNote("mended", note)]


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write LRC; a cue without text is left out.

    Raises:
        FormatError: A time before zero.
    """
    shown = [cue for cue in cues if visible_lines(cue)]
    rows = [f"[ti:{clean(context.title)}]"] if context.title else []
    for cue, after in zip_longest(shown, shown[1:]):
        rows.append(f"[{_time(cue.start_ms)}]{_text(cue, timed=bool(context.karaoke))}")
        if after is None or after.start_ms - cue.end_ms >= _PAUSE_MS:
            rows.append(f"[{_time(cue.end_ms)}]")
    return "".join(f"{row}\n" for row in rows).encode("utf-8")


def _text(cue: Cue, *, timed: bool) -> str:
    lines = visible_lines(cue)
    if timed:
        return " ".join(_timed(line) for line in lines)
    return join_sentences(line.printed for line in lines)


def _timed(line: Line) -> str:
    """The line with the time of each word before it; as it is where its words are not known."""
    before = line.printed[: len(line.printed) - len(line.text)]
    text, times = clean(line.printed), timed_offsets(line, before)
    places = [place for place, _ in times]
    if not places:
        return text
    ends = [*places[1:], len(text)]
    words = (f"<{_time(ms)}>{text[begin:end]}" for (begin, ms), end in zip(times, ends, strict=True))
    return text[: places[0]] + "".join(words)


def _time(ms: int) -> str:
    minutes, rest = divmod(ms // 10, 6000)
    return f"{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"
