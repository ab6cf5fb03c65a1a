"""How is that spelled? Cues in, the bytes of a file out.

`FORMATS` is the whole table; a new format is one module with a `render(cues, context)` and one line here.
"""

from __future__ import annotations

from collections.abc import Sequence

from captioner.errors import ConfigError, FormatError
from captioner.formats.caption_file import CaptionFile, ReadNote, ReadOptions
from captioner.formats.context import Context
from captioner.formats.format import Format
from captioner.formats.output_encoding import encode
from captioner.formats.reading import read
from captioner.formats.table import ALL_FORMATS, FORMATS
from captioner.model import Cue

__all__ = [
    "ALL_FORMATS",
    "FORMATS",
    "CaptionFile",
    "Context",
    "Format",
    "ReadNote",
    "ReadOptions",
    "encode",
    "read",
    "render",
]


def render(cues: Sequence[Cue], format: str, context: Context | None = None) -> bytes:
    """Write cues in a format.

    Args:
        cues: In any order; they are written by start. They may overlap where the format allows it.
        format: A name of the table.
        context: What the writer should know beside the cues.

    Raises:
        ConfigError: No such format.
        FormatError: The format cannot hold these cues, or a cue ends before it begins.
    """
    context = context or Context()
    if format not in FORMATS:
        raise ConfigError(f"format {format!r} is unknown; there are {', '.join(FORMATS)}")
    if context.vertical and not FORMATS[format].vertical:
        can = " and ".join(name for name, row in FORMATS.items() if row.vertical)
        raise FormatError(f"{format} has no vertical writing; {can} have it")
    return FORMATS[format].render(_in_order(cues), context)


def _in_order(cues: Sequence[Cue]) -> list[Cue]:
    """Cues by start, equal starts as they came; WebVTT demands it, and players of the others expect it.

    Raises:
        FormatError: A cue begins before zero or is not longer than zero.
    """
    for number, cue in enumerate(cues, 1):
        if not 0 <= cue.start_ms < cue.end_ms:
            raise FormatError(
                f"caption {number} lasts from {cue.start_ms} ms to {cue.end_ms} ms; "
                "it must begin at zero or later and end after it begins"
            )
    return sorted(cues, key=lambda cue: cue.start_ms)
