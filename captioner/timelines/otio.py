"""OTIO and AAF, read by OpenTimelineIO.

It is an extra (`captioner[otio]`): the lists that most programs write are read without it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from captioner.errors import ConfigError, ReplyError
from captioner.timecode import nominal_rate
from captioner.timelines.timeline import Clip, Timeline, base_name, nothing_in

__all__ = ["read_otio"]


def read_otio(data: bytes, name: str, ending: str) -> Timeline:
    """Read a timeline.

    Args:
        data: The file.
        name: What messages call it.
        ending: "otio", "otioz" or "aaf".

    Raises:
        ConfigError: OpenTimelineIO is not installed.
        ReplyError: It cannot be read, or has no clips.
    """
    try:
        import opentimelineio
    except ImportError as error:
        raise ConfigError(f"{name}: {ending} needs OpenTimelineIO; pip install 'captioner[otio]'") from error
    with tempfile.TemporaryDirectory(prefix="captioner-") as folder:
        copy = Path(folder) / f"timeline.{ending}"  # its adapters know a kind by the ending, and AAF wants a file
        copy.write_bytes(data)
        try:
            found = opentimelineio.adapters.read_from_file(str(copy))
        except Exception as error:  # each adapter raises errors of its own
            raise ReplyError(
                f"{name}: OpenTimelineIO cannot read it; export the timeline again, or as an EDL"
            ) from error
    timeline = _timeline(found, opentimelineio)
    if timeline is None:
        raise ReplyError(f"{name}: holds no timeline; export the timeline that was cut")
    notes: list[str] = []
    clips = list(_clips(timeline, name, notes, opentimelineio))
    nothing_in(name, clips, "the timeline")
    rates = {Fraction(clip.trimmed_range().start_time.rate).limit_denominator(1001) for clip in timeline.find_clips()}
    rate = _exact(rates.pop()) if len(rates) == 1 else None
    hour_ms = Fraction(3_600_000) if rate is None else 3600 * nominal_rate(rate) * 1000 / rate
    return Timeline(timeline.name, tuple(clips), rate, tuple(notes), hour_ms)


def _timeline(found: Any, otio: Any) -> Any:
    """The first timeline of what was read: AAF gives a collection where it has several."""
    if isinstance(found, otio.schema.Timeline):
        return found
    children = found.find_children(descended_from_type=otio.schema.Timeline) if hasattr(found, "find_children") else []
    return next(iter(children), None)


def _clips(timeline: Any, name: str, notes: list[str], otio: Any) -> Iterator[Clip]:
    for letter, tracks in (("V", timeline.video_tracks()), ("A", timeline.audio_tracks())):
        for number, track in enumerate(tracks, 1):
            for clip in track.find_clips():
                made = _clip(clip, timeline, f"{letter}{number}", name, notes, otio)
                if made is not None:
                    yield made


def _clip(clip: Any, timeline: Any, track: str, name: str, notes: list[str], otio: Any) -> Clip | None:
    called = f"clip {clip.name or '?'}"
    if not clip.enabled:
        notes.append(f"{name}: {called} is switched off and left out")
        return None
    if isinstance(clip.media_reference, otio.schema.GeneratorReference):
        return None
    speed = Fraction(1)
    for effect in clip.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= Fraction(effect.time_scalar).limit_denominator(10_000)
        elif isinstance(effect, otio.schema.TimeEffect):
            notes.append(f"{name}: {called} is played at a changing speed and is left out")
            return None
    shown = clip.trimmed_range()
    placed = clip.transformed_time_range(shown, timeline.tracks)
    media = clip.media_reference
    available = getattr(media, "available_range", None)
    begin = _ms(shown.start_time) - (_ms(available.start_time) if available is not None else 0)
    names = [clip.name, getattr(media, "name", ""), base_name(getattr(media, "target_url", "") or "")]
    known = tuple(dict.fromkeys(each for each in names if each))
    at = _ms(placed.start_time)
    whole = Clip(called, known, track, begin, at, _ms(placed.duration), speed, by_timecode=available is None)
    holders = list(_holders(clip, timeline))
    if not all(getattr(holder, "enabled", True) for holder in holders):
        notes.append(f"{name}: {called} is in a track or nested sequence that is switched off and is left out")
        return None
    if any(isinstance(effect, otio.schema.TimeEffect) for holder in holders for effect in holder.effects):
        notes.append(f"{name}: {called} is in a nested sequence played at another speed and is left out; flatten it")
        return None
    return _within(whole, holders, timeline)


def _holders(clip: Any, timeline: Any) -> Iterator[Any]:
    """The tracks and nested sequences that hold a clip, innermost first."""
    holder = clip.parent()
    while holder is not None and holder is not timeline.tracks:
        yield holder
        holder = holder.parent()


def _within(clip: Clip, holders: list[Any], timeline: Any) -> Clip | None:
    """The part of a clip that a nested sequence shows; None where it shows nothing of it."""
    start, end = clip.at_ms, clip.end_ms
    for holder in holders:
        shown = holder.transformed_time_range(holder.trimmed_range(), timeline.tracks)
        start, end = max(start, _ms(shown.start_time)), min(end, _ms(shown.start_time) + _ms(shown.duration))
    if end <= start:
        return None
    source = clip.source_ms + (start - clip.at_ms) * clip.speed
    return replace(clip, source_ms=source, at_ms=start, length_ms=end - start)


def _ms(time: Any) -> Fraction:
    return Fraction(time.value).limit_denominator(1_000_000) * 1000 / _exact(Fraction(time.rate))


def _exact(rate: Fraction) -> Fraction:
    """The rate that a float such as 23.976 or 29.97 stands for."""
    for base in (24, 30, 48, 60, 120):
        if abs(rate - Fraction(base * 1000, 1001)) < Fraction(1, 200):
            return Fraction(base * 1000, 1001)
    return rate.limit_denominator(1001)
