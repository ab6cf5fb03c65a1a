"""Comma-separated values, `.csv`, for a spreadsheet: one caption a row, its lines in one cell.

Cells are the text itself; nothing is added to one that begins with `=` or `-`, so open the file with all columns as
text where that matters. Source: RFC 4180 (CRLF, quotes doubled).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from captioner.formats.capabilities import SPEAKERS
from captioner.formats.context import Context
from captioner.formats.speaker_names import voices
from captioner.formats.text import spoken_lines
from captioner.model import Cue
from captioner.timecode import ms_to_vtt

__all__ = ["HOLDS", "render"]

#: See `losses`.
HOLDS = frozenset({SPEAKERS})

_COLUMNS = ("number", "start", "end", "duration_ms", "speaker", "text")


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write CSV with a heading; a cue without text is left out, as in every other format.

    Raises:
        FormatError: A time before zero.
    """
    names = voices(cues, context)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    shown = ((cue, lines) for cue in cues if (lines := spoken_lines(cue)))
    for number, (cue, lines) in enumerate(shown, 1):
        speakers = dict.fromkeys(names[speaker] for speaker, _ in lines if speaker in names)
        times = ms_to_vtt(cue.start_ms), ms_to_vtt(cue.end_ms), cue.end_ms - cue.start_ms
        writer.writerow((number, *times, " / ".join(speakers), "\n".join(text for _, text in lines)))
    return buffer.getvalue().encode("utf-8")
