"""Rules about the file itself: encoding, markup, and how another program reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from captioner.check import second_readers
from captioner.check.context import CheckContext
from captioner.check.definitions import Finding
from captioner.check.second_readers import ReadCaption
from captioner.check.transcript_alignment import letters
from captioner.formats.table import ALL_FORMATS

__all__ = ["encoding", "escapes", "frame_rate", "reparse"]

_RATES = frozenset(Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"))
_EITHERS = re.compile(r"‹[^‹›]*›|\{[^{}]*\}|\\[Nnh]")


def encoding(context: CheckContext) -> Iterator[Finding]:
    """F01: not UTF-8, or mixed line ends."""
    data = context.data
    if data is None or _is_binary(context.format):
        return
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield Finding(None, 16, 8, "the file is UTF-16; players and platforms want UTF-8")
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield Finding(None, error.start, 0, f"byte {error.start} is not UTF-8; the file was read as {_title(context)}")
    windows = data.count(b"\r\n")
    if windows and windows != data.count(b"\n"):
        yield Finding(None, windows, 0, "line ends of Windows and Unix are mixed")


def _title(context: CheckContext) -> str:
    """The encoding the text was read in, as people call it."""
    from captioner.formats.text.encoding_detection import TITLES

    name = context.decoded.encoding
    return "UTF-8 with marks of replacement" if name == "utf-8" else TITLES.get(name, name)


def _is_binary(name: str) -> bool:
    return name in ALL_FORMATS and not ALL_FORMATS[name].encodings


def reparse(context: CheckContext) -> Iterator[Finding]:
    """F02: another library reads another number of captions, other times or other letters.

    Where our own reader had to mend or leave out something, that is what they differ by, and it is told instead.
    """
    faults = [note for note in context.notes if note.is_fault]
    for note in faults:
        place = f"line {note.line}: " if note.line else ""
        yield Finding(None, note.line, 0, f"{place}{note.message}")
    if faults:
        return
    library = ALL_FORMATS[context.format].second_reader if context.format in ALL_FORMATS else ""
    if context.data is None or not library:
        return
    theirs = second_readers.READERS[library](context.decoded.text, context.format)
    if theirs is None:
        yield Finding(None, 0, len(context.cues), f"{library} cannot read the file")
    elif len(theirs) != len(context.cues):
        yield Finding(None, len(theirs), len(context.cues), f"{library} finds {len(theirs)} captions")
    else:
        yield from _differences(context, theirs, library)


def _differences(context: CheckContext, theirs: Sequence[ReadCaption], library: str) -> Iterator[Finding]:
    for each, other in zip(context.cues, theirs, strict=True):
        if (other.start_ms, other.end_ms) != (each.cue.start_ms, each.cue.end_ms):
            yield Finding(each.index, other.start_ms, each.cue.start_ms, f"{library} reads another time")
        elif _seen(other.text) != _seen(context.written[each.index]):
            yield Finding(each.index, 1, 0, f"{library} reads another text")


def _seen(text: str) -> str:
    """Letters of a text without anything that one of the two readers takes for markup or a break."""
    return letters(_EITHERS.sub(" ", text.replace("<", "‹").replace(">", "›")))


def escapes(context: CheckContext) -> Iterator[Finding]:
    """F03: text that a reader takes for structure."""
    if context.format not in ALL_FORMATS:
        return
    format_ = ALL_FORMATS[context.format]
    for each, written in zip(context.cues, context.written, strict=False):
        if fault := format_.markup_fault(written):
            yield Finding(each.index, 1, 0, fault)
    if context.data is not None and not _is_binary(context.format):
        for count, fault in format_.markup_faults_in_file(context.decoded.text):
            yield Finding(None, count, 0, fault)


def frame_rate(context: CheckContext) -> Iterator[Finding]:
    """F04: a frame rate that broadcasting does not use."""
    if context.rate is not None and context.rate not in _RATES:
        yield Finding(
            None, float(context.rate), 0, f"{float(context.rate):.3f} frames a second is not a broadcast rate"
        )
