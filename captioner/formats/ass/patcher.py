"""Edits of one event of an ASS or SSA file: its times and its text, in the fields where the file has them."""

from __future__ import annotations

from collections.abc import Sequence

from captioner.formats.ass.writer import ESCAPES
from captioner.model import Cue
from captioner.timecode import ms_to_ass

__all__ = ["patch_block"]


def patch_block(lines: Sequence[str], times: int, *, number: int, cue: Cue, keep_text: bool) -> list[str]:
    """The event with the times of a cue, and with its text unless it stays as written."""
    fields = lines[times].split(",", 9)
    fields[1:3] = [ms_to_ass(cue.start_ms), ms_to_ass(cue.end_ms)]
    if len(fields) == 10 and not keep_text:
        fields[9] = "\\N".join(line.printed.translate(ESCAPES) for line in cue.lines)
    return [",".join(fields)]
