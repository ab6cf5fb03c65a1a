"""Reader of WebVTT: cues with their settings, voices, classes and references; notes, styles and regions are skipped.

Source: W3C WebVTT, sections 4 (syntax) and 6 (parsing).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from captioner.errors import ReplyError
from captioner.formats.assembly import assemble
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadOptions, SourceBlock
from captioner.formats.text.css_colours import css_colour
from captioner.formats.text.markup import parse_markup
from captioner.formats.vtt.cue_settings import placement_of_settings

__all__ = ["detect", "markup_fault", "markup_faults_in_file", "read"]

_HEADER = re.compile(r"\ufeff?WEBVTT(?:[ \t].*)?$")
_TIMES = re.compile(
    r"^\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
    r"(?:\s(?P<settings>.*))?$"
)
_CLASS_COLOUR = re.compile(
    r"::cue\(\s*(?:c)?\.([\w-]{1,60})\s*\)\s*\{[^{}]{0,500}?(?<![\w-])color\s*:\s*([^;{}]{1,40})"
)
_TAG = re.compile(r"</?(?:[bicuv]|ruby|rt|lang)(?:[.\s][^<>]*)?>|<\d[\d:.]*>|&(?:amp|lt|gt|nbsp|lrm|rlm|#\d+);")
_NOT_TEXT = ("NOTE", "STYLE", "REGION", "::", "WEBVTT")


def detect(content: FileContent) -> bool:
    """Whether the first line is the header of WebVTT."""
    return _HEADER.match(content.head.partition("\n")[0].rstrip()) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read WebVTT.

    Raises:
        ReplyError: There is text and the header is missing.
    """
    lines = content.lines
    if not detect(content):
        raise ReplyError("is not WebVTT: the first line is not WEBVTT")
    classes = _class_colours("\n".join(_style_sheets(lines)))
    raw = [_cue(lines, block, match, classes) for block, match in _blocks(lines)]
    return assemble(raw, options)


def _blocks(lines: Sequence[str]) -> Iterator[tuple[SourceBlock, re.Match[str]]]:
    """Position of each cue, with its times; a cue ends at an empty line or where the next one's times stand."""
    opened: tuple[int, int, re.Match[str]] | None = None
    for number, line in enumerate(lines):
        match = _TIMES.match(line) if "-->" in line else None
        if match is None and line.strip():
            continue
        if opened is not None:
            yield SourceBlock(opened[0], opened[1], number), opened[2]
        opened = None if match is None else (_identifier_line(lines, number), number, match)
    if opened is not None:
        yield SourceBlock(opened[0], opened[1], len(lines)), opened[2]


def _identifier_line(lines: Sequence[str], times: int) -> int:
    """The line above the times where it holds the cue's identifier, else the line of the times."""
    has_identifier = times > 1 and lines[times - 1].strip() and not lines[times - 2].strip()
    return times - 1 if has_identifier else times


def _style_sheets(lines: Sequence[str]) -> Iterator[str]:
    """The lines of all STYLE blocks."""
    inside = False
    for line in lines:
        if "-->" in line:
            return  # no style sheet stands behind the first cue
        inside = bool(line) and (inside or line.rstrip() == "STYLE")
        if inside:
            yield line


def _class_colours(sheet: str) -> Mapping[str, str]:
    """Colours of `::cue(.name) { color: … }`; other rules of a style sheet are the player's affair."""
    found = ((name.lower(), css_colour(colour)) for name, colour in _CLASS_COLOUR.findall(sheet[:100_000]))
    return {name: colour for name, colour in found if colour}


def _cue(lines: Sequence[str], block: SourceBlock, match: re.Match[str], classes: Mapping[str, str]) -> RawCue:
    raw = "\n".join(lines[block.times + 1 : block.end])
    placement, unsupported = placement_of_settings(match["settings"] or "")
    styled = parse_markup(raw, references=True, classes=classes, placement=placement)
    if unsupported:
        styled = replace(styled, unsupported=styled.unsupported | unsupported)
    written = html.unescape(_without_references(raw)) if "&" in raw else raw
    return RawCue(_ms(match, 1), _ms(match, 5), written, styled=styled, block=block)


def _without_references(text: str) -> str:
    """Text whose `&lt;` and `&gt;` are not taken for markup once references are read."""
    return text.replace("&lt;", "‹").replace("&gt;", "›")


def _ms(match: re.Match[str], first: int) -> int:
    hours, minutes, seconds, fraction = match.group(first, first + 1, first + 2, first + 3)
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))


def markup_fault(written: str) -> str:
    """A fault in the text of a caption that players take for structure, or ""."""
    return "an arrow “-->” in the text" if "-->" in written else ""


def markup_faults_in_file(text: str) -> Iterator[tuple[int, str]]:
    """Bare `&` and `<`, with their number: readers drop what follows them."""
    body = "\n".join(line for line in text.splitlines() if "-->" not in line and not line.startswith(_NOT_TEXT))
    if bare := len(re.findall(r"[&<]", _TAG.sub("", body))):
        yield bare, f"{bare} times “&” or “<” unescaped: write &amp; and &lt;"
