"""Raw cues of a format by pysubs2, which turns their markup into that of ASS."""

from __future__ import annotations

import re
import warnings
from typing import Any

from captioner.errors import ReplyError
from captioner.formats.caption_file import FileContent, RawCue, ReadNote
from captioner.formats.text.time_line_notes import left_out_notes

__all__ = ["other_lines_notes", "raw_cues"]

# What the parsers of pysubs2 let through on text that is not theirs.
_FAULTS = (ValueError, LookupError, SyntaxError, AttributeError, TypeError, ArithmeticError, OSError, RecursionError)


def raw_cues(text: str, pysubs2_name: str, title: str, **options: Any) -> list[RawCue]:
    """The captions of a text.

    Args:
        text: Of the whole file.
        pysubs2_name: Name of the format in pysubs2.
        title: Name of the format in messages.
        **options: Of pysubs2's reader of the format.

    Raises:
        ReplyError: It cannot be read.
    """
    import pysubs2

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = pysubs2.SSAFile.from_string(text, format_=pysubs2_name, **options)
    except (pysubs2.exceptions.Pysubs2Error, *_FAULTS) as error:
        raise ReplyError(f"cannot be read as {title}; check that it is whole") from error
    return [RawCue(event.start, event.end, _text(event.text)) for event in file.events]


def other_lines_notes(content: FileContent, form: re.Pattern[str], example: str) -> list[ReadNote]:
    """Notes about the lines that are no captions of a format with one caption a line.

    Args:
        content: Of the file.
        form: What a caption begins with.
        example: Such a caption.
    """
    lines = content.lines
    others = [number for number, line in enumerate(lines) if line.strip("\ufeff \t") and not form.match(line)]
    return list(left_out_notes(lines, others, f"is not of the form {example} and is left out"))


def _text(text: str) -> str:
    return text.replace("\\N", "\n").replace("\\n", " ").replace("\\h", "\u00a0")
