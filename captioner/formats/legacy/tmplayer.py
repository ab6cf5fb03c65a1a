"""TMPlayer, `.txt` and `.tmp`: the time at which each line appears, in whole seconds; read only.

A text stays until the next one, or as long as its length needs; the file does not say.

Source: the format as MPlayer reads it (there is no standard), in pysubs2's reader.
"""

from __future__ import annotations

import re

from captioner.formats.assembly import assemble
from captioner.formats.caption_file import CaptionFile, FileContent, ReadNote, ReadOptions
from captioner.formats.legacy.via_pysubs2 import other_lines_notes, raw_cues

__all__ = ["detect", "read"]

_LINE = re.compile(r"^\ufeff?\d{1,2}:\d\d:\d\d[:=][^\n]+$", re.MULTILINE)


def detect(content: FileContent) -> bool:
    """Whether the first line, and nearly every other, is such as `00:00:01:text`."""
    lines = [line for line in content.head.split("\n")[:20] if line.strip()]
    return bool(lines) and all(map(_LINE.match, lines))


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read TMPlayer.

    Raises:
        ReplyError: It cannot be read.
    """
    note = ReadNote("guessed", "the file does not say when captions end; they end by their length")
    notes = (note, *other_lines_notes(content, _LINE, "00:00:01:text"))
    return assemble(raw_cues(content.text, "tmp", "TMPlayer"), options, notes=notes)
