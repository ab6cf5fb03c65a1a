"""SubViewer as YouTube writes it, `.sbv`: a line with both times, the text, an empty line.

Source: YouTube Help 2734698, Supported subtitle and closed caption files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from captioner.errors import ReplyError
from captioner.formats.assembly import assemble
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadOptions, SourceBlock

__all__ = ["detect", "read"]

_TIMES = re.compile(
    r"^[^\S\n]*(\d{1,3}):(\d{1,2}):(\d{1,2})\.(\d{1,3}),(\d{1,3}):(\d{1,2}):(\d{1,2})\.(\d{1,3})[^\S\n]*$", re.MULTILINE
)


def detect(content: FileContent) -> bool:
    """Whether there are lines such as `0:00:01.000,0:00:02.000`."""
    return _TIMES.search(content.head) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read SBV.

    Raises:
        ReplyError: There is text and no line of times in it.
    """
    lines = content.lines
    times = [(number, match) for number, line in enumerate(lines) if (match := _TIMES.match(line))]
    if not times and content.text.strip():
        raise ReplyError("is not SBV: no line such as 0:00:01.000,0:00:02.000")
    ends = [*(number for number, _ in times[1:]), len(lines)]
    raw = [
        _cue(lines, match, SourceBlock(number, number, end))
        for (number, match), end in zip(times, ends, strict=False)  # without times there is an end and no cue
    ]
    return assemble(raw, options, may_roll=True)


def _cue(lines: Sequence[str], match: re.Match[str], block: SourceBlock) -> RawCue:
    text = "\n".join(lines[block.times + 1 : block.end]).strip("\n")
    return RawCue(_ms(match, 1), _ms(match, 5), text, block=block)


def _ms(match: re.Match[str], first: int) -> int:
    hours, minutes, seconds, fraction = match.group(first, first + 1, first + 2, first + 3)
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))
