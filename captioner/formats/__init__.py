r"""Caption formats: reads the bytes of a file into cues, and writes cues as the bytes of a file.

`read(data, name)` finds the format by the content; `render(cues, format, context)` writes one. `ALL_FORMATS` is the
table of all formats, `FORMATS` of those that can be written. A format is one module of this package, or one package
where it is large, and shared code for text is in `text/`.

Adding a format, here the tables that Whisper writes, is two steps.

1. One module, `captioner/formats/tsv.py`. Leave out `render` and `SUPPORTS` for a format that is only read, `detect`
   and `read` for one that is only written.

       import re
       from collections.abc import Sequence

       from captioner.formats.assembly import assemble
       from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadOptions
       from captioner.formats.render_context import Context, Encoding, Newline
       from captioner.formats.text.cue_text import printed_lines
       from captioner.model import Cue

       SUPPORTS: frozenset[str] = frozenset()  # what the format holds beside plain text: names of `capabilities`
       _ROW = re.compile(r"(\d{1,9})\t(\d{1,9})\t(.*)")


       def detect(content: FileContent) -> bool:
           return content.head.startswith("start\tend\ttext")


       def read(content: FileContent, options: ReadOptions) -> CaptionFile:
           rows = filter(None, map(_ROW.fullmatch, content.lines))
           return assemble([RawCue(int(row[1]), int(row[2]), row[3]) for row in rows], options)


       def render(cues: Sequence[Cue], context: Context) -> bytes:
           rows = (f"{cue.start_ms}\t{cue.end_ms}\t{' '.join(printed_lines(cue))}\n" for cue in cues)
           return "".join(["start\tend\ttext\n", *rows]).encode()

2. One row in the table, `captioner/formats/table.py`.

       Format("tsv", "Whisper's TSV", ("tsv",), "text/tab-separated-values", reader="tsv", writer="tsv")

`captioner convert talk.srt talk.tsv` and back work now, and so do encodings, `--format tsv` and detection by content.
The tests of the table hold every format to refusals in one line and to the same bytes for the same cues; give the new
one a test that reads it with a parser that is not ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from captioner.errors import FormatError
from captioner.formats.caption_file import CaptionFile, ReadNote, ReadOptions
from captioner.formats.format_row import Format
from captioner.formats.look_support import HOLDS, with_place_of_look
from captioner.formats.output_encoding import ENCODINGS, NEWLINES, encode
from captioner.formats.reading import read
from captioner.formats.render_context import Context, Encoding, Newline
from captioner.formats.safe_area import look_in
from captioner.formats.table import ALL_FORMATS, FORMATS, find_writable
from captioner.model import Cue

__all__ = [
    "ALL_FORMATS",
    "ENCODINGS",
    "FORMATS",
    "NEWLINES",
    "CaptionFile",
    "Context",
    "Encoding",
    "Format",
    "Newline",
    "ReadNote",
    "ReadOptions",
    "encode",
    "find_writable",
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
    context, format_ = context or Context(), find_writable(format)
    if context.vertical and not format_.vertical:
        can = " and ".join(name for name, row in FORMATS.items() if row.vertical)
        raise FormatError(f"{format} has no vertical writing; {can} have it; choose one, or leave out --vertical")
    ordered: Sequence[Cue] = _in_order(cues)
    if (look := look_in(context)) is not None:
        context = replace(context, look=look)
        if format in HOLDS and not format_.libass_draws_it:
            ordered = with_place_of_look(ordered, look)
    return format_.render(ordered, context)


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
