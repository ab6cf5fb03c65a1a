"""The head of a TTML document: styles, regions, agents and parameters, ready for its body.

Elements are told by their local names, so documents in the namespaces of the drafts are read as well.

Source: W3C TTML2, sections 8 (styling), 10.2 (attributes), 11 (layout), 14 (metadata).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from captioner.formats.ttml.names import local_name
from captioner.formats.ttml.regions import placement_of_region
from captioner.formats.ttml.times import TimeBase, time_base_of
from captioner.formats.ttml.timing import ALWAYS, Interval, difference, intersection, own_interval
from captioner.model import Placement

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["DEEPEST", "Document", "parse_document", "shown_in"]

_LENGTH = re.compile(r"(-?\d{1,6}(?:\.\d{1,9})?)(%|px|c|rw|rh|vw|vh)")
#: Elements inside each other; subtitles have six.
DEEPEST = 100


@dataclass(slots=True)
class Document:
    """Parameters and head of a document.

    Attributes:
        time_base: How times are written.
        pixels: Width and height of the picture in pixels, or None.
        cells: Columns and rows of the grid of cells.
        styles: Elements by id.
        regions: Elements by id.
        agents: Names by id.
        language: BCP 47 tag of the text, or "".
    """

    time_base: TimeBase
    pixels: tuple[float, float] | None
    cells: tuple[float, float]
    styles: Mapping[str, Element]
    regions: Mapping[str, Element]
    agents: Mapping[str, str]
    language: str = ""
    _known: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _shown: dict[str, list[Interval]] = field(default_factory=dict)
    _places: dict[tuple[str, str], Placement | None] = field(default_factory=dict)

    def attributes(self, element: Element) -> Mapping[str, str]:
        """Attributes of an element by local name, those of the styles it refers to below its own."""
        own = {local_name(key): value for key, value in element.attrib.items()}
        if "style" not in own:
            return own
        if own["style"] in self.styles:  # one, as nearly always
            return {**self._style(own["style"], frozenset()), **own}
        below: dict[str, str] = {}
        for name in own["style"].split()[:20]:
            below |= self._style(name, frozenset())
        return below | own

    def _style(self, name: str, above: frozenset[str]) -> Mapping[str, str]:
        if name in self._known:
            return self._known[name]
        element = self.styles.get(name)
        if element is None or name in above or len(above) > DEEPEST:
            return {}
        own = {local_name(key): value for key, value in element.attrib.items()}
        below: dict[str, str] = {}
        for parent in own.pop("style", "").split()[:20]:
            below |= self._style(parent, above | {name})
        own.pop("id", None)
        self._known[name] = below | own
        return self._known[name]

    def region_shown(self, region: str | None) -> list[Interval]:
        """Stretches of time in which a region is active and not hidden."""
        if region is None or region not in self.regions:
            return [ALWAYS]
        if region not in self._shown:
            element = self.regions[region]
            own = own_interval(element, ALWAYS, self.time_base)
            said = self.region_attributes(element)
            self._shown[region] = shown_in(element, said, [own], own, self)
        return self._shown[region]

    def region_attributes(self, element: Element) -> Mapping[str, str]:
        """Attributes of a region, those of the styles inside it above its own."""
        said = dict(self.attributes(element))
        for inner in element:
            if local_name(inner.tag) == "style":
                said |= self.attributes(inner)
        return said

    def placement(self, region: str | None, align: str) -> Placement | None:
        """Place of text of that alignment in a region; if there is no region, the place that players use."""
        if region is None or region not in self.regions:
            return None
        key = region, align
        if key not in self._places:
            self._places[key] = self._place(self.regions[region], align)
        return self._places[key]

    def _place(self, region: Element, align: str) -> Placement | None:
        said = self.region_attributes(region)
        origin = self._pair(said.get("origin", "")) or (0.0, 0.0)
        extent = self._pair(said.get("extent", "")) or (100.0 - origin[0], 100.0 - origin[1])
        return placement_of_region(
            origin, extent, said.get("displayAlign", "before"), align or said.get("textAlign", "start")
        )

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


def shown_in(
    element: Element, said: Mapping[str, str], spans: list[Interval], own: Interval, document: Document
) -> list[Interval]:
    """The part of some time in which an element is not hidden, by its style and by what is set for a while.

    Source: W3C TTML2, 8.2 (display, opacity, visibility) and 11.1.2 (set).
    """
    shown = [] if _is_hidden(said) else spans  # `visibility` is inherited, and may be undone inside
    for child in element:
        if local_name(child.tag) != "set":
            continue
        change = own_interval(child, own, document.time_base)
        to = {local_name(key): value for key, value in child.attrib.items() if local_name(key) in _HIDING}
        if to:
            shown = difference(shown, change)
            if not _is_hidden({**said, **to}) and to.get("visibility") != "hidden":
                shown = sorted([*shown, *intersection(spans, [change])], key=lambda span: span.begin)
    return shown


_HIDING = frozenset({"display", "visibility", "opacity"})


def _is_hidden(said: Mapping[str, str]) -> bool:
    return said.get("display") == "none" or _is_zero(said.get("opacity", "1"))


def _is_zero(opacity: str) -> bool:
    return re.fullmatch(r"\s*0*(?:\.0*)?\s*", opacity) is not None and "0" in opacity


def parse_document(root: Element) -> Document:
    """Read the head of a document.

    Raises:
        ReplyError: A rate of zero, or one that is not a number.
    """
    said = {local_name(key): value for key, value in root.attrib.items()}
    styles: dict[str, Element] = {}
    regions: dict[str, Element] = {}
    agents: dict[str, str] = {}
    head = next((child for child in root if local_name(child.tag) == "head"), None)
    for element in () if head is None else head.iter():
        kind, name = local_name(element.tag), _id(element)
        if name and kind in ("style", "region"):
            (styles if kind == "style" else regions)[name] = element
        elif name and kind == "agent":
            agents[name] = " ".join("".join(element.itertext()).split())
    base = time_base_of(said)
    if "timing" in said or _counts_from_zero(root, base):
        base = replace(base, is_absolute=True)
    pixels = re.fullmatch(r"(\d{1,5})px (\d{1,5})px", said.get("extent", ""))
    cells = re.fullmatch(r"(\d{1,4}) (\d{1,4})", said.get("cellResolution", ""))
    return Document(
        base,
        (float(pixels[1]), float(pixels[2])) if pixels else None,
        (float(cells[1]), float(cells[2])) if cells else (32.0, 15.0),
        styles,
        regions,
        agents,
        language=said.get("lang", "").strip(),
    )


#: What is counted from the begin of each kind of part.
_COUNTED = {"body": "p", "div": "p", "p": "span"}


def _counts_from_zero(root: Element, clock: TimeBase) -> bool:
    """Whether times inside a part with times count from zero, because counted from its begin none would be in it."""
    for part in root.iter():
        begin, end = clock.ms(part.get("begin", "")), clock.ms(part.get("end", ""))
        kind = _COUNTED.get(local_name(part.tag))
        if kind is None or not begin or end is None:
            continue
        inside = [clock.ms(each.get("begin", "")) for each in part.iter() if local_name(each.tag) == kind]
        known = [time for time in inside if time is not None]
        fewest = 2 if kind == "span" else 1
        if len(known) >= fewest and all(begin <= time < end <= begin + time for time in known):
            return True
    return False


def _id(element: Element) -> str:
    return next((value for key, value in element.attrib.items() if local_name(key) == "id"), "")
