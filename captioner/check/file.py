"""Rules about the file itself: its bytes, its markup, what another reader makes of it."""

from __future__ import annotations

import html
import re
import warnings
from collections.abc import Iterator
from fractions import Fraction

from captioner.check.captions import decoded
from captioner.check.rules import Finding
from captioner.check.spoken import letters
from captioner.check.subject import Subject

__all__ = ["encoding", "escapes", "frame_rate", "reparse"]

_RATES = frozenset(Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"))
_VTT_TAG = re.compile(r"</?(?:[bicuv]|ruby|rt|lang)(?:[.\s][^<>]*)?>|<\d[\d:.]*>|&(?:amp|lt|gt|nbsp|lrm|rlm|#\d+);")
_SRT_TAG = re.compile(r"</?(?:[biu]|font)(?:\s[^<>]*)?>|\{\\an?\d+\}", re.IGNORECASE)
_EITHERS = re.compile(r"‹[^‹›]*›|\{[^{}]*\}|\\[Nnh]")
_FOREIGN = {"srt": "srt", "vtt": "vtt", "ass": "ass"}


def encoding(subject: Subject) -> Iterator[Finding]:
    """F01: not UTF-8, or mixed line ends."""
    data = subject.data
    if data is None:
        return
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield Finding(None, 16, 8, "the file is UTF-16; players and platforms want UTF-8")
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield Finding(None, error.start, 0, f"byte {error.start} is not UTF-8; the file was read as Windows-1252")
    windows = data.count(b"\r\n")
    if windows and windows != data.count(b"\n"):
        yield Finding(None, windows, 0, "line ends of Windows and Unix are mixed")


def reparse(subject: Subject) -> Iterator[Finding]:
    """F02: pysubs2 reads another number of captions, other times or other letters."""
    if subject.data is None or subject.format not in _FOREIGN:
        return
    import pysubs2

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = pysubs2.SSAFile.from_string(decoded(subject.data), format_=_FOREIGN[subject.format])
    except (pysubs2.exceptions.Pysubs2Error, ValueError, LookupError, AttributeError, TypeError) as error:
        yield Finding(None, 0, len(subject.cues), f"pysubs2 cannot read the file ({type(error).__name__})")
        return
    events = [event for event in read.events if not event.is_comment and not event.is_drawing]
    if len(events) != len(subject.cues):
        yield Finding(None, len(events), len(subject.cues), f"pysubs2 finds {len(events)} captions")
        return
    for each, event in zip(subject.cues, events, strict=True):
        if (event.start, event.end) != (each.cue.start_ms, each.cue.end_ms):
            yield Finding(each.index, event.start, each.cue.start_ms, "pysubs2 reads another time")
            continue
        text = html.unescape(event.plaintext) if subject.format == "vtt" else event.plaintext  # it leaves references
        if _seen(text) != _seen(subject.written[each.index]):
            yield Finding(each.index, 1, 0, "pysubs2 reads another text")


def _seen(text: str) -> str:
    """Letters of a text without anything that one of the two readers takes for markup or a break."""
    return letters(_EITHERS.sub(" ", text.replace("<", "‹").replace(">", "›")))


def escapes(subject: Subject) -> Iterator[Finding]:
    """F03: text that a reader takes for structure."""
    for each, written in zip(subject.cues, subject.written, strict=False):
        if fault := _fault(written, subject.format):
            yield Finding(each.index, 1, 0, fault)
    if subject.format == "vtt" and subject.data is not None:
        yield from _bare_vtt(decoded(subject.data))


def _fault(written: str, format_: str) -> str:
    if "-->" in written and format_ != "ass":
        return "an arrow “-->” in the text"
    if format_ == "srt" and re.search(r"<[A-Za-z/]|\{\\", _SRT_TAG.sub("", written)):
        return "markup that no player of SRT knows"
    if format_ in ("srt", "ass", "ssa") and written.count("{") != written.count("}"):
        return "a brace that is opened and not closed"
    return ""


def _bare_vtt(text: str) -> Iterator[Finding]:
    """Bare `&` and `<` in WebVTT, counted once: readers drop what follows them."""
    body = "\n".join(
        line
        for line in text.splitlines()
        if "-->" not in line and not line.startswith(("NOTE", "STYLE", "::", "WEBVTT"))
    )
    bare = len(re.findall(r"[&<]", _VTT_TAG.sub("", body)))
    if bare:
        yield Finding(None, bare, 0, f"{bare} times “&” or “<” unescaped: write &amp; and &lt;")


def frame_rate(subject: Subject) -> Iterator[Finding]:
    """F04: a frame rate that broadcasting does not use."""
    if subject.rate is not None and subject.rate not in _RATES:
        yield Finding(None, float(subject.rate), 0, f"{float(subject.rate):.3f} frames a second are no broadcast rate")
