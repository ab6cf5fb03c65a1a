"""Reader of TTML and its profiles: IMSC, EBU-TT-D, iTT, DFXP; text, times, styling, placements and agents.

Read here and not by a library: ttconv's model takes a tenth of a millisecond for every caption and more, and pysubs2
knows neither regions nor frames.

Source: W3C TTML2, sections 8 (styling), 10.2 (attributes), 12 (timing).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from captioner.errors import ConfigError, ReplyError
from captioner.formats.assembly import assemble, without_design
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadOptions
from captioner.formats.text.css_colours import css_colour
from captioner.formats.text.styled_text import LineBuilder, StyledText, trimmed_lines
from captioner.formats.ttml.document import DEEPEST, Document, local_name, parse_document
from captioner.formats.ttml.times import TimeBase
from captioner.model import PLAIN, TextStyle

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["detect", "read"]

_ROOT = re.compile(r"<(?:[\w-]{1,40}:)?tt[\s>/]")
_TIMES = frozenset({"begin", "end", "dur"})


def detect(content: FileContent) -> bool:
    """Whether it is XML whose first element is tt."""
    return content.head.lstrip("\ufeff \t\n\r").startswith("<") and _ROOT.search(content.head) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read the paragraphs of a document, as captions in its own order.

    Raises:
        ReplyError: Not TTML.
    """
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(content.data)  # expat stops entities that grow (2.4.1 and later)
        if local_name(root.tag) != "tt":
            raise ReplyError("is XML but not TTML; its first element is not tt")
        document = parse_document(root)
        body = next((child for child in root if local_name(child.tag) == "body"), None)
        raw = [] if body is None else list(_walk(body, document, _Inherited(), DEEPEST))
    except ElementTree.ParseError as error:
        line, column = error.position
        raise ReplyError(f"cannot be read as TTML: line {line} is not XML (column {column + 1})") from error
    except (ConfigError, ValueError, LookupError, ArithmeticError) as error:
        raise ReplyError("cannot be read as TTML; check that it is whole") from error
    return assemble(without_design(raw), options)


@dataclass(frozen=True, slots=True)
class _Inherited:
    """Inherited properties at a place of the tree.

    Attributes:
        begin: Of the element around, ms.
        end: Of the element around, or None when it has none.
        look: Of text.
        align: `textAlign`.
        region: Of the nearest element that names one, or None.
        voice: Agent's name, or "".
    """

    begin: int = 0
    end: int | None = None
    look: TextStyle = PLAIN
    align: str = ""
    region: str | None = None
    voice: str = ""


def _walk(element: Element, document: Document, around: _Inherited, deeper: int) -> Iterator[RawCue]:
    """Paragraphs below an element; times in TTML count from the begin of what is around them."""
    if not deeper:
        raise ReplyError(f"has more than {DEEPEST} elements inside each other")
    state = _inside(element, document, around)
    for child in element:
        kind = local_name(child.tag)
        if kind == "div":
            yield from _walk(child, document, state, deeper - 1)
        elif kind == "p" and (found := _paragraph(child, document, state)) is not None:
            yield found


def _inside(element: Element, document: Document, around: _Inherited) -> _Inherited:
    """Inherited properties inside an element."""
    said = document.attributes(element)
    begin, end = _times(said, document.time_base, around)
    return _Inherited(
        begin,
        end,
        _look(said, around.look),
        said.get("textAlign", around.align),
        said.get("region", around.region),
        document.agents.get(said.get("agent", "").partition(" ")[0], around.voice),
    )


def _times(said: Mapping[str, str], clock: TimeBase, around: _Inherited) -> tuple[int, int | None]:
    if not _TIMES & said.keys():
        return around.begin, around.end
    begin = around.begin + (clock.ms(said["begin"]) or 0) if "begin" in said else around.begin
    ends = [around.end] if around.end is not None else []
    if (end := clock.ms(said.get("end", ""))) is not None:
        ends.append(around.begin + end)
    if (length := clock.ms(said.get("dur", ""))) is not None:
        ends.append(begin + length)
    return begin, min(ends, default=None)


def _look(said: Mapping[str, str], look: TextStyle) -> TextStyle:
    """Style of text with these attributes inside text of another style."""
    get = said.get
    return _changed(look, get("fontStyle"), get("fontWeight"), get("textDecoration"), get("color"))


@lru_cache(maxsize=1000)
def _changed(
    look: TextStyle, slant: str | None, weight: str | None, lines: str | None, colour: str | None
) -> TextStyle:
    words = lines.split() if lines else []
    underline = "underline" in words or (look.underline and not {"noUnderline", "none"} & set(words))
    return TextStyle(
        look.italic if not slant else slant in ("italic", "oblique"),
        look.bold if not weight else weight == "bold",
        underline,
        css_colour(colour or "") or look.colour,
    )


def _paragraph(element: Element, document: Document, around: _Inherited) -> RawCue | None:
    """One caption; None for one that never ends, or has no time at all."""
    state = _inside(element, document, around)
    builder, unsupported, times = LineBuilder(), set[str](), list[tuple[int, int | None]]()
    _spans(element, document, state, builder, unsupported, times, DEEPEST)
    begin, end = state.begin, state.end
    ends = [last for _, last in times if last is not None]
    if ends and len(ends) == len(times) and not _TIMES & element.attrib.keys():
        begin, end = min(first for first, _ in times), max(ends)
    if end is None:
        return None
    lines = trimmed_lines(builder.lines())
    styled = StyledText(lines, document.placement(state.region, state.align), frozenset(unsupported))
    return RawCue(begin, end, "\n".join(line.text for line in lines), styled=styled)


def _spans(
    element: Element,
    document: Document,
    state: _Inherited,
    builder: LineBuilder,
    unsupported: set[str],
    times: list[tuple[int, int | None]],
    deeper: int,
) -> None:
    """Put the text below an element into lines."""
    if not deeper:
        raise ReplyError(f"has more than {DEEPEST} elements inside each other")
    if element.text:
        builder.add_collapsed(element.text, state.look, state.voice)
    for child in element:
        kind = local_name(child.tag)
        if kind == "br":
            builder.end_line()
        elif kind == "span":
            inner = _inside(child, document, state)
            if _TIMES & child.attrib.keys():
                unsupported.add("times inside a caption")
                times.append((inner.begin, inner.end))
            if any(local_name(key) == "ruby" for key in child.attrib):
                unsupported.add("ruby")
            _spans(child, document, inner, builder, unsupported, times, deeper - 1)
        if child.tail:
            builder.add_collapsed(child.tail, state.look, state.voice)
