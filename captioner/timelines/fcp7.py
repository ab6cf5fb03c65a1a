"""Final Cut Pro 7 XML (`xmeml`), as Premiere, Resolve, Avid and Final Cut Pro 7 write it.

Times are counts of frames: `start` and `end` of the sequence's rate, `in` and `out` of the clip's own, from the first
frame of its media and, where the clip is retimed, of the retimed clip. A `start` or `end` of -1 is that of the
transition beside the clip.

Source: Apple, "Final Cut Pro XML Interchange Format" (version 5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from captioner.errors import ReplyError
from captioner.timecode import exact_number
from captioner.timelines.timeline import Clip, Timeline, base_name, nothing_in

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["read_fcp7"]


@dataclass(slots=True)
class _Sequence:
    """Facts about a sequence while its clips are read."""

    name: str
    rate: Fraction
    files: dict[str, Element]
    notes: list[str]
    count: int = 0


def read_fcp7(root: Element, name: str) -> Timeline:
    """Read the first sequence of the document.

    Raises:
        ReplyError: No sequence, or one without clips.
    """
    sequence = root.find(".//sequence")
    if sequence is None:
        raise ReplyError(f"{name}: has no sequence; export the sequence that was cut")
    rate = _rate(sequence.find("rate"))
    if rate is None:
        raise ReplyError(f"{name}: its sequence has no frame rate; export it again")
    state = _Sequence(name, rate, {each.get("id", ""): each for each in root.iter("file") if len(each)}, [])
    others = [each for each in root.iter("sequence") if each is not sequence and len(each.findall("media"))]
    top = [each for each in others if not _is_inside(sequence, each)]
    if top:
        state.notes.append(f"{name}: has {len(top) + 1} sequences; the first, {sequence.findtext('name', '')}, is read")
    clips = list(_clips(sequence, state))
    nothing_in(name, clips, "the sequence")
    return Timeline(sequence.findtext("name", ""), tuple(clips), rate, tuple(state.notes))


def _is_inside(outer: Element, inner: Element) -> bool:
    return any(each is inner for each in outer.iter("sequence"))


def _clips(sequence: Element, state: _Sequence) -> Iterator[Clip]:
    media = sequence.find("media")
    for kind, letter in (("video", "V"), ("audio", "A")):
        part = None if media is None else media.find(kind)
        for number, track in enumerate(() if part is None else part.findall("track"), 1):
            if track.findtext("enabled", "TRUE").strip().upper() == "FALSE":
                state.notes.append(f"{state.name}: track {letter}{number} is switched off and left out")
                continue
            yield from _of_track(list(track), f"{letter}{number}", state)


def _of_track(items: list[Element], track: str, state: _Sequence) -> Iterator[Clip]:
    for place, item in enumerate(items):
        if item.tag == "clipitem":
            state.count += 1
            if item.findtext("enabled", "TRUE").strip().upper() == "FALSE":
                state.notes.append(f"{state.name}: {_called(item)} is switched off and left out")
            elif item.find("sequence") is not None:
                state.notes.append(
                    f"{state.name}: {_called(item)} is a nested sequence, which is not opened; flatten it"
                )
            else:
                yield from _clip(items, place, track, state)


def _clip(items: list[Element], place: int, track: str, state: _Sequence) -> Iterator[Clip]:
    item = items[place]
    start, end, begin = (_number(item, tag) for tag in ("start", "end", "in"))
    if start < 0:
        start = _number(items[place - 1], "start") if place and items[place - 1].tag == "transitionitem" else 0
    if end < 0:
        after = items[place + 1] if place + 1 < len(items) else None
        end = _number(after, "end") if after is not None and after.tag == "transitionitem" else start
    if end <= start:
        return
    speed = _speed(item)
    if speed is None:
        state.notes.append(f"{state.name}: {_called(item)} is played at a changing speed and is left out")
        return
    own = _rate(item.find("rate")) or state.rate
    frame = 1000 / state.rate
    # A subclip counts from its own begin, which its offset gives in frames of the recording.
    offset = max(0, _number(item, "subclipinfo/startoffset"))
    source = (offset + begin * (speed or 1)) * (1000 / own)
    yield Clip(
        _called(item),
        _names(item, state),
        track,
        source,
        start * frame,
        (end - start) * frame,
        speed,
        by_timecode=False,
    )


def _called(item: Element) -> str:
    return f"clip {item.findtext('name') or item.get('id') or '?'}"


def _names(item: Element, state: _Sequence) -> tuple[str, ...]:
    found = item.find("file")
    if found is not None and not len(found):
        found = state.files.get(found.get("id", ""), found)
    names = [item.findtext("name", "")]
    if found is not None:
        names += [found.findtext("name", ""), base_name(found.findtext("pathurl", ""))]
        names.append(found.findtext("timecode/reel/name", ""))
    return tuple(dict.fromkeys(each.strip() for each in names if each.strip()))


def _speed(item: Element) -> Fraction | None:
    """Speed of a clip from its time remap filter; None where it changes within the clip."""
    for effect in item.findall("filter/effect"):
        if effect.findtext("effectid", "").strip().lower() != "timeremap":
            continue
        values = {each.findtext("parameterid", ""): each.findtext("value", "") for each in effect.findall("parameter")}
        if values.get("variablespeed", "0").strip() in {"1", "TRUE"}:
            return None
        try:
            speed = exact_number(values.get("speed", "100").strip() or "100") / 100
        except (ValueError, ZeroDivisionError):
            return None
        return -speed if values.get("reverse", "FALSE").strip().upper() == "TRUE" else speed
    return Fraction(1)


def _rate(element: Element | None) -> Fraction | None:
    """Exact rate from `timebase` and `ntsc`."""
    if (
        element is None
        or not (base := element.findtext("timebase", "").strip()).isdecimal()
        or not 0 < len(base) < 5
        or int(base) == 0
    ):
        return None
    ntsc = element.findtext("ntsc", "FALSE").strip().upper() == "TRUE"
    return Fraction(int(base) * 1000, 1001) if ntsc else Fraction(int(base))


def _number(item: Element, tag: str) -> int:
    text = item.findtext(tag, "").strip()
    return int(text) if re.fullmatch(r"-?\d{1,15}", text) else 0
