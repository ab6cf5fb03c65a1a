"""Libraries that read a file a second time, to show how another program would.

pysubs2 for SRT and ASS; webvtt-py for WebVTT and SBV, because it keeps to their grammar where pysubs2 reads WebVTT as a
kind of SRT.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

__all__ = ["READERS", "ReadCaption"]

# What the parsers let through on text that is not theirs.
_FAULTS = (ValueError, LookupError, AttributeError, TypeError, RuntimeError, StopIteration)
_WORD_TIME = re.compile(r"<[\d:.]+>")


class ReadCaption(NamedTuple):
    """One caption as a library reads it."""

    start_ms: int
    end_ms: int
    text: str


def _pysubs2(text: str, format: str) -> Sequence[ReadCaption] | None:
    import pysubs2

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = pysubs2.SSAFile.from_string(text, format_=format)
    except (pysubs2.exceptions.Pysubs2Error, *_FAULTS):
        return None
    events = [event for event in file.events if not event.is_comment and not event.is_drawing]
    return [ReadCaption(event.start, event.end, event.plaintext) for event in events]


def _webvtt_py(text: str, format: str) -> Sequence[ReadCaption] | None:
    import webvtt

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            captions = webvtt.from_buffer(io.StringIO(text), format=format).captions
    except (webvtt.errors.MalformedFileError, webvtt.errors.MalformedCaptionError, *_FAULTS):
        return None
    return [
        ReadCaption(
            each.start_time.in_milliseconds(),
            each.end_time.in_milliseconds(),
            html.unescape(_WORD_TIME.sub("", each.raw_text)),
        )
        for each in captions
    ]


#: The captions a library reads in a text of a format, by its name; None where it cannot read it.
READERS: Mapping[str, Callable[[str, str], Sequence[ReadCaption] | None]] = {
    "pysubs2": _pysubs2,
    "webvtt-py": _webvtt_py,
}
