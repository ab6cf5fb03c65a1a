"""MPL2, `.mpl` and `.txt`: times in tenths of a second, lines parted by bars, a slash before italics; read only.

Source: the format as MPlayer reads it (there is no standard), in pysubs2's reader.
"""

from __future__ import annotations

import re

from captioner.formats.assembly import assemble
from captioner.formats.caption_file import CaptionFile, FileContent, ReadOptions
from captioner.formats.legacy.via_pysubs2 import other_lines_notes, raw_cues

__all__ = ["detect", "read"]

_LINE = re.compile(r"^\ufeff?\[\d{1,9}\]\[\d{1,9}\]", re.MULTILINE)


def detect(content: FileContent) -> bool:
    """Whether there are lines such as `[10][25]text`."""
    return _LINE.search(content.head) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read MPL2.

    Raises:
        ReplyError: It cannot be read.
    """
    notes = other_lines_notes(content, _LINE, "[10][25]text")
    return assemble(raw_cues(content.text, "mpl2", "MPL2"), options, notes=notes)
