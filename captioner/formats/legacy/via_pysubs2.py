"""Raw cues of a format by pysubs2, which turns their markup into that of ASS."""

from __future__ import annotations

import warnings
from typing import Any

from captioner.errors import ReplyError
from captioner.formats.caption_file import RawCue

__all__ = ["raw_cues"]

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


def _text(text: str) -> str:
    return text.replace("\\N", "\n").replace("\\n", " ").replace("\\h", "\u00a0")
