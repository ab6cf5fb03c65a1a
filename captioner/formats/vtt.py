"""WebVTT, `.vtt`: a voice span for every speaker, references for `& < >` and for invisible characters.

A speaker is in `<v Name>`, not in the text; a cue that two share has one span a line. No cue carries an id, because
nothing needs one. Direction is left to the reader, which takes it from the first strong character of a line; only a
line of a right-to-left language that begins with Latin gets `&rlm;`.

Source: W3C WebVTT, sections 3.3 (syntax), 4.2.2 (cue text), 6.4 (parsing).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from captioner.formats.bidi import first_strong, is_rtl_language
from captioner.formats.context import Context
from captioner.formats.palette import colour
from captioner.formats.text import spoken_lines
from captioner.formats.voices import voices
from captioner.model import Cue
from captioner.timecode import ms_to_vtt

__all__ = ["render"]

_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\u00a0": "&nbsp;", "\u200e": "&lrm;", "\u200f": "&rlm;"}
_SPECIAL = re.compile("[&<>\u00a0\u200e\u200f]")
_CSS_SPECIAL = re.compile(r'["\\<>&{}]')

# Columns grow to the left, and begin at a tenth of the height; the first column stays free, as a margin.
_VERTICAL = " vertical:rl line:1 position:10% align:start size:80%"


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write WebVTT; a cue without text is left out.

    Raises:
        FormatError: A time before zero.
    """
    rtl = is_rtl_language(context.language)
    spoken_by = voices(cues, context)
    names = {key: _escape(name) for key, name in spoken_by.items()}
    blocks = ["WEBVTT\n"]
    if context.colours and spoken_by:
        blocks.append(_style(spoken_by))
    for cue in cues:
        if text := _text(spoken_lines(cue), names, rtl=rtl):
            place = _VERTICAL if context.vertical else ""
            blocks.append(f"{ms_to_vtt(cue.start_ms)} --> {ms_to_vtt(cue.end_ms)}{place}\n{text}\n")
    return "\n".join(blocks).encode("utf-8")


def _style(names: Mapping[str, str]) -> str:
    """A STYLE block, which must stand before the first cue; two speakers of one name share the first one's colour."""
    colours = {name: colour(index) for index, name in reversed(list(enumerate(names.values())))}
    rules = (f'::cue(v[voice="{_css(name)}"]) {{ color: {colours[name]} }}' for name in dict.fromkeys(names.values()))
    return "STYLE\n" + "\n".join(rules) + "\n"


def _css(name: str) -> str:
    """A name in a CSS string; what could end the string or the block is written as a code point."""
    return _CSS_SPECIAL.sub(lambda match: f"\\{ord(match[0]):x} ", name)


def _text(lines: Sequence[tuple[str | None, str]], names: Mapping[str, str], *, rtl: bool) -> str:
    """Cue text; a span's end tag is written always, although one span over a whole cue could do without."""
    spans: list[tuple[str | None, list[str]]] = []
    for speaker, line in lines:
        if not spans or spans[-1][0] != speaker:
            spans.append((speaker, []))
        spans[-1][1].append(_line(line, rtl=rtl))
    return "\n".join(_span("\n".join(texts), names.get(speaker or "", "")) for speaker, texts in spans)


def _span(text: str, name: str) -> str:
    return f"<v {name}>{text}</v>" if name else text


def _line(text: str, *, rtl: bool) -> str:
    if rtl and first_strong(text) == "ltr":
        text = "\u200f" + text
    return _escape(text)


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda match: _REFERENCES[match[0]], text)
