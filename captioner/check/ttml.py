"""Reader of TTML and its kin: IMSC, EBU-TT-D, iTT, DFXP; text, times, looks, places and agents.

Read here and not by a library: ttconv's model takes a tenth of a millisecond for every caption and more, and pysubs2
knows neither regions nor frames. Elements are told by their local names, so the drafts' namespaces do as well.

Source: W3C TTML2, sections 8 (styling), 10.2 (attributes), 12 (timing), 12.3.1 (time expressions).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from captioner.check.captions import Found
from captioner.check.places import of_region
from captioner.check.rows import Marked, Rows, trimmed, undesigned
from captioner.check.tags import css_colour
from captioner.errors import CaptionerError, ReplyError
from captioner.model import PLAIN, Placement, TextStyle
from captioner.timecode import timecode_to_frames

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["read_ttml"]

_CLOCK = re.compile(r"(\d{2,7}):(\d\d):(\d\d)(?:\.(\d{1,9})|:(\d{2,3})(?:\.\d{1,3})?)?")
_OFFSET = re.compile(r"(\d{1,12})(?:\.(\d{1,9}))?(h|ms|m|s|f|t)")
_LENGTH = re.compile(r"(-?\d{1,6}(?:\.\d{1,9})?)(%|px|c|rw|rh|vw|vh)")
_UNITS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_TIMES = frozenset({"begin", "end", "dur"})
_NTSC_DROP = Fraction(30000, 1001)
_DEEPEST = 100  # elements inside each other; subtitles have six


@dataclass(frozen=True, slots=True)
class _Clock:
    """How the document spells times."""

    rate: Fraction
    nominal: int
    tick_rate: Fraction
    smpte: bool
    drop: bool

    def ms(self, text: str) -> int | None:
        """Milliseconds of a time expression, None when it is none."""
        if match := _CLOCK.fullmatch(text):
            hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3])
            if self.smpte and (match[5] or self.rate != self.nominal):
                return self._labelled(hours, minutes, seconds, int(match[5] or 0))
            whole = ((hours * 60 + minutes) * 60 + seconds) * 1000
            if match[5]:
                return whole + round(int(match[5]) * 1000 / self.rate)
            return whole + (round(int(match[4].ljust(9, "0")[:9]) / 1_000_000) if match[4] else 0)
        if match := _OFFSET.fullmatch(text):
            value = Fraction(f"{match[1]}.{match[2] or 0}")
            if match[3] in _UNITS:
                return round(value * _UNITS[match[3]])
            return round(value * 1000 / (self.rate if match[3] == "f" else self.tick_rate))
        return None

    def _labelled(self, hours: int, minutes: int, seconds: int, frame: int) -> int:
        """A time code label counts frames; at 29.97 a second of labels lasts longer than a second."""
        if self.drop:
            label = f"{hours:02d}:{minutes:02d}:{seconds:02d};{frame:02d}"
            return round(timecode_to_frames(label, self.rate) * 1000 / self.rate)
        frames = ((hours * 60 + minutes) * 60 + seconds) * self.nominal + frame
        return round(frames * 1000 / self.rate)


@dataclass(frozen=True, slots=True)
class _State:
    """What holds at a place of the tree; children inherit it.

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


@dataclass(slots=True)
class _Document:
    """The head, ready to be asked."""

    clock: _Clock
    pixels: tuple[float, float] | None
    cells: tuple[float, float]
    styles: Mapping[str, Element]
    regions: Mapping[str, Element]
    agents: Mapping[str, str]
    known: dict[str, Mapping[str, str]] = field(default_factory=dict)
    places: dict[tuple[str, str], Placement | None] = field(default_factory=dict)

    def said(self, element: Element) -> Mapping[str, str]:
        """Attributes of an element by local name, those of the styles it refers to below its own."""
        own = {_local(key): value for key, value in element.attrib.items()}
        if "style" not in own:
            return own
        if own["style"] in self.styles:  # one, as nearly always
            return {**self._style(own["style"], frozenset()), **own}
        below: dict[str, str] = {}
        for name in own["style"].split()[:20]:
            below |= self._style(name, frozenset())
        return below | own

    def _style(self, name: str, above: frozenset[str]) -> Mapping[str, str]:
        if name in self.known:
            return self.known[name]
        element = self.styles.get(name)
        if element is None or name in above or len(above) > _DEEPEST:
            return {}
        own = {_local(key): value for key, value in element.attrib.items()}
        below: dict[str, str] = {}
        for parent in own.pop("style", "").split()[:20]:
            below |= self._style(parent, above | {name})
        own.pop("id", None)
        self.known[name] = below | own
        return self.known[name]

    def placement(self, region: str | None, align: str) -> Placement | None:
        """Where text of that alignment in a region stands; without a region, where players put captions."""
        if region is None or region not in self.regions:
            return None
        key = region, align
        if key not in self.places:
            self.places[key] = self._place(self.regions[region], align)
        return self.places[key]

    def _place(self, region: Element, align: str) -> Placement | None:
        said = dict(self.said(region))
        for inner in region:
            if _local(inner.tag) == "style":
                said |= self.said(inner)
        origin = self._pair(said.get("origin", "")) or (0.0, 0.0)
        extent = self._pair(said.get("extent", "")) or (100.0 - origin[0], 100.0 - origin[1])
        return of_region(origin, extent, said.get("displayAlign", "before"), align or said.get("textAlign", "start"))

    def _pair(self, text: str) -> tuple[float, float] | None:
        """Two lengths in percent of the picture."""
        found = [_LENGTH.fullmatch(part) for part in text.split()]
        if len(found) != 2:
            return None
        values = []
        for match, pixels, cells in zip(found, self.pixels or (0.0, 0.0), self.cells, strict=True):
            if match is None or (match[2] == "px" and not pixels):
                return None
            whole = {"px": pixels, "c": cells}.get(match[2], 100.0)
            values.append(100 * float(match[1]) / (whole or 1))
        return values[0], values[1]


def read_ttml(data: bytes) -> list[Found]:
    """The paragraphs of a document, as captions in its own order.

    Raises:
        ReplyError: Not TTML.
    """
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(data)  # expat stops entities that grow (2.4.1 and later)
        if _local(root.tag) != "tt":
            raise ReplyError("is XML but not TTML; its first element is not tt")
        document = _document(root)
        body = next((child for child in root if _local(child.tag) == "body"), None)
        read = [] if body is None else list(_walk(body, document, _State(), _DEEPEST))
    except ReplyError:
        raise
    except (ElementTree.ParseError, CaptionerError, ValueError, LookupError, ArithmeticError) as error:
        raise ReplyError(f"cannot be read as TTML ({type(error).__name__}: {str(error)[:80]})") from error
    marked = undesigned([each.marked for each in read if each.marked is not None])
    return [replace(each, marked=text) for each, text in zip(read, marked, strict=True)]


@lru_cache(maxsize=1000)
def _local(name: object) -> str:
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def _document(root: Element) -> _Document:
    said = {_local(key): value for key, value in root.attrib.items()}
    styles: dict[str, Element] = {}
    regions: dict[str, Element] = {}
    agents: dict[str, str] = {}
    head = next((child for child in root if _local(child.tag) == "head"), None)
    for element in () if head is None else head.iter():
        kind, name = _local(element.tag), _id(element)
        if name and kind in ("style", "region"):
            (styles if kind == "style" else regions)[name] = element
        elif name and kind == "agent":
            agents[name] = " ".join("".join(element.itertext()).split())
    pixels = re.fullmatch(r"(\d{1,5})px (\d{1,5})px", said.get("extent", ""))
    cells = re.fullmatch(r"(\d{1,4}) (\d{1,4})", said.get("cellResolution", ""))
    return _Document(
        _clock(said),
        (float(pixels[1]), float(pixels[2])) if pixels else None,
        (float(cells[1]), float(cells[2])) if cells else (32.0, 15.0),
        styles,
        regions,
        agents,
    )


def _id(element: Element) -> str:
    return next((value for key, value in element.attrib.items() if _local(key) == "id"), "")


def _clock(said: Mapping[str, str]) -> _Clock:
    nominal = int(said.get("frameRate", "30")[:4])
    above, _, below = said.get("frameRateMultiplier", "1 1").replace(":", " ").partition(" ")
    rate = nominal * Fraction(int(above[:6]), int((below or "1")[:6]))
    ticks = Fraction(int(said["tickRate"][:10])) if "tickRate" in said else rate if "frameRate" in said else Fraction(1)
    if rate <= 0 or ticks <= 0:
        raise ReplyError("its frame rate or tick rate is zero")
    drop = said.get("dropMode") in ("dropNTSC", "dropPAL") and rate == _NTSC_DROP
    return _Clock(rate, nominal, ticks, said.get("timeBase") == "smpte", drop)


def _walk(element: Element, document: _Document, around: _State, deeper: int) -> Iterator[Found]:
    """Paragraphs below an element; times in TTML count from the begin of what is around them."""
    if not deeper:
        raise ReplyError(f"has more than {_DEEPEST} elements inside each other")
    state = _inside(element, document, around)
    for child in element:
        kind = _local(child.tag)
        if kind == "div":
            yield from _walk(child, document, state, deeper - 1)
        elif kind == "p" and (found := _paragraph(child, document, state)) is not None:
            yield found


def _inside(element: Element, document: _Document, around: _State) -> _State:
    """The state inside an element."""
    said = document.said(element)
    begin, end = _times(said, document.clock, around)
    return _State(
        begin,
        end,
        _look(said, around.look),
        said.get("textAlign", around.align),
        said.get("region", around.region),
        document.agents.get(said.get("agent", "").partition(" ")[0], around.voice),
    )


def _times(said: Mapping[str, str], clock: _Clock, around: _State) -> tuple[int, int | None]:
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
    """The look of text with these attributes inside text of a look."""
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


def _paragraph(element: Element, document: _Document, around: _State) -> Found | None:
    """One caption; None for one that never ends, or has no time at all."""
    state = _inside(element, document, around)
    rows, left, times = Rows(), set[str](), list[tuple[int, int | None]]()
    _spans(element, document, state, rows, left, times, _DEEPEST)
    begin, end = state.begin, state.end
    ends = [last for _, last in times if last is not None]
    if ends and len(ends) == len(times) and not _TIMES & element.attrib.keys():
        begin, end = min(first for first, _ in times), max(ends)
    if end is None:
        return None
    lines = trimmed(rows.rows())
    marked = Marked(lines, document.placement(state.region, state.align), frozenset(left))
    return Found(begin, end, "\n".join(row.text for row in lines), marked=marked)


def _spans(
    element: Element,
    document: _Document,
    state: _State,
    rows: Rows,
    left: set[str],
    times: list[tuple[int, int | None]],
    deeper: int,
) -> None:
    """Put the text below an element into rows."""
    if not deeper:
        raise ReplyError(f"has more than {_DEEPEST} elements inside each other")
    if element.text:
        rows.collapsed(element.text, state.look, state.voice)
    for child in element:
        kind = _local(child.tag)
        if kind == "br":
            rows.end()
        elif kind == "span":
            inner = _inside(child, document, state)
            if _TIMES & child.attrib.keys():
                left.add("times inside a caption")
                times.append((inner.begin, inner.end))
            if any(_local(key) == "ruby" for key in child.attrib):
                left.add("ruby")
            _spans(child, document, inner, rows, left, times, deeper - 1)
        if child.tail:
            rows.collapsed(child.tail, state.look, state.voice)
