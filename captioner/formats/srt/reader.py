"""Reader of SubRip: dots for commas, missing numbers and blank lines inside a caption are read as they are meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from captioner.errors import ReplyError
from captioner.formats.assembly import assemble
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadOptions, SourceBlock

__all__ = ["detect", "markup_fault", "read"]

_TIMES = re.compile(
    r"^[^\S\n]*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})\s*-->\s*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})(?:[^\S\n].*)?$"
)
_TIMES_IN_HEAD = re.compile(_TIMES.pattern, re.MULTILINE)
_WEBVTT = re.compile(r"\s*WEBVTT(?:\s|$)")
_TAG = re.compile(r"</?(?:[biu]|font)(?:\s[^<>]*)?>|\{\\an?\d+\}", re.IGNORECASE)


def detect(content: FileContent) -> bool:
    """Whether there are lines of times with an arrow, and no header of WebVTT above them."""
    head = content.head
    return "-->" in head and not _WEBVTT.match(head) and _TIMES_IN_HEAD.search(head) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read SRT.

    Raises:
        ReplyError: There is text and no line of times in it.
    """
    lines = content.lines
    times = [(number, match) for number, line in enumerate(lines) if "-->" in line and (match := _TIMES.match(line))]
    if not times and content.text.strip():
        raise ReplyError("is not SRT: no line such as 00:00:01,000 --> 00:00:02,000")
    firsts = [_first_line(lines, number) for number, _ in times]
    raw = [
        _cue(lines, match, SourceBlock(first, number, end))
        for first, (number, match), end in zip(firsts, times, [*firsts[1:], len(lines)], strict=False)
    ]
    return assemble(raw, options)


def _first_line(lines: Sequence[str], times: int) -> int:
    """First line of the caption with these times: the one above where it holds the number, else the times."""
    return times - 1 if times and lines[times - 1].strip().isdecimal() else times


def _cue(lines: Sequence[str], match: re.Match[str], block: SourceBlock) -> RawCue:
    text = "\n".join(map(str.rstrip, lines[block.times + 1 : block.end])).strip("\n")
    return RawCue(_ms(match, 1), _ms(match, 5), text, block=block)


def _ms(match: re.Match[str], first: int) -> int:
    hours, minutes, seconds, fraction = match.group(first, first + 1, first + 2, first + 3)
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))


def markup_fault(written: str) -> str:
    """A fault in the text of a caption that players of SRT take for structure, or ""."""
    if "-->" in written:
        return "an arrow “-->” in the text"
    if re.search(r"<[A-Za-z/]|\{\\", _TAG.sub("", written)):
        return "markup that no player of SRT knows"
    if written.count("{") != written.count("}"):
        return "a brace that is opened and not closed"
    return ""
