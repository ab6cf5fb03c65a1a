"""MicroDVD, `.sub`: times in frames, lines parted by bars; read only.

The rate is in the text of a first caption from frame 1 to frame 1 (or 0 to 0), else the user has to give it.

Source: the format as the MicroDVD player reads it (there is no standard), in pysubs2's reader.
"""

from __future__ import annotations

import re

from captioner.errors import ReplyError
from captioner.formats.assembly import assemble
from captioner.formats.caption_file import CaptionFile, FileContent, ReadOptions
from captioner.formats.legacy.via_pysubs2 import other_lines_notes, raw_cues

__all__ = ["detect", "read"]

_LINE = re.compile(r"^[^\S\n]*\{[^\S\n]*\d{1,9}[^\S\n]*\}[^\S\n]*\{[^\S\n]*\d{0,9}[^\S\n]*\}", re.MULTILINE)
_WHOLE_LINE = re.compile(r" *\{ *\d+ *\} *\{ *\d+ *\}")
_RATE = re.compile(r"[^\S\n]*\{(?:1\}\{1|0\}\{0)\}[^\S\n]*(\d{1,3}(?:\.\d{1,9})?)[^\S\n]*$", re.MULTILINE)


def detect(content: FileContent) -> bool:
    """Whether there are lines such as `{25}{50}text`."""
    return _LINE.search(content.head) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read MicroDVD.

    Raises:
        ReplyError: The file says no frame rate, and the options do not either; or it cannot be read.
    """
    first = _LINE.search(content.head)
    has_rate = first is not None and _RATE.match(content.head, first.start()) is not None
    if not has_rate and options.frame_rate is None:
        raise ReplyError("is MicroDVD, which counts frames, and does not say of how many a second; give --fps")
    rate = {} if has_rate else {"fps": float(options.frame_rate or 0)}
    notes = other_lines_notes(content, _WHOLE_LINE, "{25}{50}text")
    text = content.text.replace("{0}{0}", "{1}{1}", 1) if has_rate else content.text  # the form pysubs2 knows
    return assemble(raw_cues(text, "microdvd", "MicroDVD", **rate), options, notes=notes)
