"""How is that spelled? Cues in, the bytes of a file out.

`FORMATS` is the whole table; a new format is one module with a `render(cues, context)` and one line here.
"""

from __future__ import annotations

from collections.abc import Sequence

from captioner.errors import ConfigError, FormatError
from captioner.formats.context import Context, Encoding, Format
from captioner.formats.encoding import encode
from captioner.model import Cue

__all__ = ["FORMATS", "Context", "Format", "encode", "render"]

_ANY: tuple[Encoding, ...] = ("utf-8", "utf-8-sig", "utf-16le", "gb18030")
_UTF_8: tuple[Encoding, ...] = ("utf-8", "utf-8-sig")
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

FORMATS: dict[str, Format] = {
    format_.name: format_
    for format_ in (
        Format("srt", "srt", "application/x-subrip", "srt", _ANY),
        Format("vtt", "vtt", "text/vtt", "vtt", _UTF_8, vertical=True),
        Format("ass", "ass", "text/x-ssa", "ass", _ANY, vertical=True),
        Format("ttml", "ttml", "application/ttml+xml", "ttml"),
        Format("ttml1", "dfxp", "application/ttml+xml", "ttml1", names_language=True),
        Format("ebu-tt-d", "xml", "application/ttml+xml", "ebuttd"),
        Format("scc", "scc", "text/x-scc", "scc"),
        Format("stl", "stl", "application/x-ebu-stl", "stl", (), line_ends=False),
        Format("stl-teletext", "stl", "application/x-ebu-stl", "stl_teletext", (), line_ends=False),
        Format("fcpxml", "fcpxml", "application/xml", "fcpxml", names_language=True),
        Format("itt", "itt", "application/ttml+xml", "itt", names_language=True),
        Format("avid", "avid.txt", "text/plain", "avid", _ANY),
        Format("txt", "txt", "text/plain", "txt", _ANY),
        Format("md", "md", "text/markdown", "md", _UTF_8),
        Format("docx", "docx", _WORD, "docx", (), line_ends=False),
        Format("csv", "csv", "text/csv", "csv", _ANY, line_ends=False),
        Format("json", "json", "application/json", "json"),
    )
}


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
    return FORMATS[format].writer(_in_order(cues), context)


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
