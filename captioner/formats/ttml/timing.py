"""The timing model of TTML: when each element begins and ends, inside what is around it.

Children of a parallel container count from its begin, those of a sequence from the end of the one before; an element
without an end lasts as long as what is around it, in a sequence as long as what is inside it.

Source: W3C TTML2, section 12 (timing); SMIL 3.0, timing and synchronization, for implicit durations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from captioner.formats.ttml.names import local_name
from captioner.formats.ttml.times import TimeBase

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["ALWAYS", "TIMED", "Interval", "child_intervals", "difference", "intersection", "own_interval"]

TIMED = frozenset({"begin", "end", "dur"})
_IN_TIME = frozenset({"body", "div", "p", "span", "br", "set", "region"})


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time.

    Attributes:
        begin: First millisecond.
        end: First millisecond after it, or None when it does not end.
        is_readable: Whether every time that is written can be read.
    """

    begin: int = 0
    end: int | None = None
    is_readable: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether nothing is shown in it."""
        return self.end is not None and self.end <= self.begin


ALWAYS = Interval()


def own_interval(element: Element, around: Interval, clock: TimeBase) -> Interval:
    """Active time of an element in a parallel container."""
    return _interval(element, around.begin, around, clock, in_sequence=False)


def child_intervals(element: Element, own: Interval, clock: TimeBase) -> Iterator[tuple[Element, Interval]]:
    """The children of an element that are in time, and when each is active."""
    in_sequence = element.get("timeContainer") == "seq"
    reference = own.begin
    for child in element:
        if local_name(child.tag) not in _IN_TIME:
            continue
        if local_name(child.tag) == "set" or not in_sequence:
            yield child, _interval(child, own.begin, own, clock, in_sequence=False)
            continue
        found = _interval(child, reference, own, clock, in_sequence=True)
        yield child, found
        if found.end is None:  # nothing comes after what never ends
            found = Interval(own.end or 0, own.end)
        reference = found.end or reference


def _interval(element: Element, reference: int, around: Interval, clock: TimeBase, *, in_sequence: bool) -> Interval:
    begin = end = length = None
    is_readable = around.is_readable
    if TIMED & element.attrib.keys():
        said = {name: element.get(name) for name in TIMED}
        begin, end, length = (_ms(said[name], clock) for name in ("begin", "end", "dur"))
        read = {"begin": begin, "end": end, "dur": length}
        is_readable = is_readable and not any(said[name] and read[name] is None for name in TIMED)
    start = reference if begin is None else begin + (0 if clock.is_absolute else reference)
    ends = [end + (0 if clock.is_absolute else reference)] if end is not None else []
    ends += [start + length] if length is not None else []
    if not ends and in_sequence:
        implicit = _implicit_end(element, start, clock)
        ends += [implicit] if implicit is not None else []
    ends += [around.end] if around.end is not None else []
    return Interval(start, min(ends, default=None), is_readable)


def _ms(text: str | None, clock: TimeBase) -> int | None:
    return None if text is None else clock.ms(text)


def _implicit_end(element: Element, begin: int, clock: TimeBase) -> int | None:
    """End of an element in a sequence that says none: that of its last child; text alone has no end."""
    children = [
        found for child, found in child_intervals(element, Interval(begin), clock) if local_name(child.tag) != "set"
    ]
    if local_name(element.tag) == "br" or not children:
        is_nothing = local_name(element.tag) == "br" or element.get("timeContainer") == "seq"
        return begin if is_nothing else None  # a text in a sequence lasts no time
    if _has_text(element) and element.get("timeContainer") != "seq":
        return None
    ends = [found.end for found in children if not found.is_empty]
    return None if None in ends else max((end for end in ends if end is not None), default=begin)


def _has_text(element: Element) -> bool:
    texts = [element.text, *(child.tail for child in element)]
    return any(text and text.strip() for text in texts) and local_name(element.tag) in ("p", "span")


# Stretches in which something is seen


def intersection(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """The time that is in one of each."""
    found = []
    for a in one:
        for b in other:
            ends = [end for end in (a.end, b.end) if end is not None]
            both = Interval(max(a.begin, b.begin), min(ends, default=None))
            if not both.is_empty:
                found.append(both)
    return found


def difference(spans: Sequence[Interval], hole: Interval) -> list[Interval]:
    """The time of stretches that is not in another one."""
    before = [Interval(0, hole.begin)] if hole.begin else []
    after = [Interval(hole.end)] if hole.end is not None else []
    return intersection(spans, [*before, *after])
