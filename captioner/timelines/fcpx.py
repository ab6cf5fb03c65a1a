"""FCPXML, as Final Cut Pro and Resolve write it.

Every item has an `offset` in its parent's time and a `start` in its own; items inside another one (connected clips, a
clip's media) count in the time of that one. Where sound was cut apart from the picture (`audioStart`), captions follow
the sound. Times are exact fractions of seconds.

Source: Apple, "FCPXML Reference" (1.8 to 1.13).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from captioner.errors import ReplyError
from captioner.timecode import exact_number
from captioner.timelines.timeline import Clip, Timeline, base_name, nothing_in

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["read_fcpx"]

_CONTAINERS = frozenset({"spine", "gap", "clip", "sync-clip", "audition", "sync-source"})
_CLOSED = {"ref-clip": "a compound clip", "mc-clip": "a multicam clip"}


@dataclass(slots=True)
class _Document:
    """Facts about the document while its clips are read."""

    name: str
    resources: dict[str, Element]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class _Window:
    """Place of an item's own time in the timeline: `at_ms` is its `start_ms`; nothing after `end_ms` is seen."""

    start_ms: Fraction
    at_ms: Fraction
    end_ms: Fraction


def read_fcpx(root: Element, name: str) -> Timeline:
    """Read the first project of the document.

    Raises:
        ReplyError: No sequence, or one without clips.
    """
    sequence = root.find(".//project/sequence")
    sequence = root.find(".//sequence") if sequence is None else sequence
    spine = None if sequence is None else sequence.find("spine")
    if sequence is None or spine is None:
        raise ReplyError(f"{name}: has no project with a time line; export the project that was cut")
    state = _Document(name, {each.get("id", ""): each for each in root.findall("resources/*")}, [])
    projects = root.findall(".//project")
    title = projects[0].get("name", "") if projects else ""
    if len(projects) > 1:
        state.notes.append(f"{name}: has {len(projects)} projects; the first, {title}, is read")
    length = _ms(sequence.get("duration")) or Fraction(10**12)
    zero = _ms(sequence.get("tcStart"))
    # Offsets in the main storyline count from tcStart in some programs and from 0 in others: the first tells.
    first = min((_ms(each.get("offset")) for each in spine if each.get("offset")), default=Fraction(0))
    clips = list(_inside(spine, _Window(zero if first >= zero else Fraction(0), Fraction(0), length), state, "1"))
    nothing_in(name, clips, "the project")
    return Timeline(title, tuple(clips), _rate(sequence, state), tuple(dict.fromkeys(state.notes)))


def _inside(parent: Element, window: _Window, state: _Document, lane: str) -> Iterator[Clip]:
    """Clips of the items in a container; those without an offset follow each other."""
    follows = window.start_ms
    for item in parent:
        if item.tag == "audition":
            item = next(iter(item), item)
        if item.tag not in {"asset-clip", "video", "audio", *_CONTAINERS, *_CLOSED}:
            continue
        offset = _ms(item.get("offset")) if item.get("offset") else follows
        length = _ms(item.get("duration")) or window.end_ms - window.at_ms
        own = item.get("lane")
        if own is None and parent.tag == "spine":
            follows = offset + length
        at = window.at_ms + offset - window.start_ms
        start, end = _start(item, state), at + length
        if own is None or item.tag in {"video", "audio"}:  # what is connected reaches beyond the clip that holds it
            begin, end = max(at, window.at_ms), min(end, window.end_ms)
            start, at = start + begin - at, begin
        if end > at and item.get("enabled", "1") != "0":
            yield from _item(item, _Window(start, at, end), state, own or lane)
        elif end > at:
            state.notes.append(f"{state.name}: {_called(item)} is switched off and left out")


def _start(item: Element, state: _Document) -> Fraction:
    """Begin of an item in its own time; without one it begins where its asset does, which has nothing before."""
    asset = state.resources.get(item.get("ref", ""))
    if item.get("start") is None and asset is not None and asset.tag == "asset":
        return _ms(asset.get("start"))
    return _ms(item.get("start"))


def _item(item: Element, window: _Window, state: _Document, lane: str) -> Iterator[Clip]:
    if item.tag in _CLOSED:
        state.notes.append(f"{state.name}: {_called(item)} is {_CLOSED[item.tag]}, which is not opened; break it apart")
        return
    if item.tag in {"asset-clip", "video", "audio"}:
        yield from _media(item, window, state, lane)
    if item.tag != "video" or len(item):
        yield from _inside(item, window, state, lane)


def _media(item: Element, window: _Window, state: _Document, lane: str) -> Iterator[Clip]:
    """The clip of an item that plays an asset."""
    asset = state.resources.get(item.get("ref", ""))
    if asset is None or asset.tag != "asset" or item.get("srcEnable") == "none":
        return
    start, at, length = window.start_ms, window.at_ms, window.end_ms - window.at_ms
    if item.get("audioStart") or item.get("audioDuration"):
        sound = _ms(item.get("audioStart")) if item.get("audioStart") else start
        at, length = at + sound - start, _ms(item.get("audioDuration")) or length
        start = sound
    speed = Fraction(1)
    if (remap := item.find("timeMap")) is not None:
        points = [(_ms(point.get("time")), _ms(point.get("value"))) for point in remap.findall("timept")]
        found = _retimed(points, start)
        if found is None:
            state.notes.append(f"{state.name}: {_called(item)} is played at a changing speed and is left out")
            return
        start, speed = found
    heard = asset.get("hasAudio") == "1" and item.get("srcEnable", "all") != "video" and item.tag != "video"
    track = f"{'A' if heard else 'V'}{lane.lstrip('-')}"
    names = [item.get("name", ""), asset.get("name", ""), base_name(_address(asset))]
    known = tuple(dict.fromkeys(each for each in names if each))
    yield Clip(_called(item), known, track, start - _ms(asset.get("start")), at, length, speed, by_timecode=False)


def _retimed(points: list[tuple[Fraction, Fraction]], start: Fraction) -> tuple[Fraction, Fraction] | None:
    """Begin in the recording and speed of a retimed clip; None where the speed changes."""
    if len(points) < 2:
        return None
    (first, value), (last, final) = points[0], points[-1]
    if last == first:
        return None
    speed = (final - value) / (last - first)
    if any(abs(value + (time - first) * speed - given) > 1 for time, given in points):
        return None
    return value + (start - first) * speed, speed


def _address(asset: Element) -> str:
    media = asset.find("media-rep")
    return asset.get("src", "") or ("" if media is None else media.get("src", ""))


def _called(item: Element) -> str:
    return f"clip {item.get('name') or item.tag}"


def _rate(sequence: Element, state: _Document) -> Fraction | None:
    found = state.resources.get(sequence.get("format", ""))
    length = _ms(found.get("frameDuration")) if found is not None else Fraction(0)
    return 1000 / length if length else None


def _ms(text: str | None) -> Fraction:
    """Milliseconds from `1001/30000s` or `5s`; 0 from nothing."""
    try:
        return exact_number((text or "0").removesuffix("s")) * 1000
    except (ValueError, ZeroDivisionError):
        return Fraction(0)
