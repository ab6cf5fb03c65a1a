"""SAMI, `.smi`: HTML with the times at which text appears; read only.

A text stays until the next one or until an empty one comes. How long the last one stays the file may not say; then it
is a guess by its length.

Source: Microsoft, Understanding SAMI 1.0 (SYNC), read by pysubs2's reader, which guesses every end by the length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from captioner.formats.assembly import assemble
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadNote, ReadOptions
from captioner.formats.legacy.via_pysubs2 import raw_cues

__all__ = ["detect", "read", "until_the_next"]

_HEAD = re.compile(r"\s*<sami\b", re.IGNORECASE)


def detect(content: FileContent) -> bool:
    """Whether it begins with the element SAMI."""
    return _HEAD.match(content.head) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read SAMI.

    Raises:
        ReplyError: It cannot be read.
    """
    raw, notes = until_the_next(raw_cues(content.text, "sami", "SAMI"))
    return assemble(raw, options, notes=notes)


def until_the_next(raw: Sequence[RawCue]) -> tuple[list[RawCue], tuple[ReadNote, ...]]:
    """Cues that stay until the next one begins, without the empty ones, which only end the one before."""
    ended = [cue._replace(end_ms=following.start_ms) for cue, following in pairwise(raw)]
    shown = [cue for cue in [*ended, *raw[-1:]] if cue.text.strip()]
    if not raw or not raw[-1].text.strip():
        return shown, ()
    return shown, (ReadNote("guessed", "the file does not say when the last caption ends; it is read by its length"),)
