"""Timelines that OpenTimelineIO writes: as OTIO, and as EDL and Final Cut Pro XML for our own readers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from captioner.errors import ReplyError
from captioner.timelines import read
from captioner.timelines.timeline import heard

# Name, begin in the media, length: frames.
CUT = [("anna", 100, 50), ("bo", 0, 75), ("anna", 20, 30), ("anna", 400, 1)]


def timeline_of(rate: float, speed: float = 1) -> Any:
    """A timeline with one track of sound, in which each medium begins at frame 90,000 of its time code."""
    timeline = otio.schema.Timeline("cut")
    track = otio.schema.Track("A1", kind=otio.schema.TrackKind.Audio)
    timeline.tracks.append(track)
    for name, begin, length in CUT:
        media = otio.schema.ExternalReference(
            f"file:///media/{name}.mov",
            otio.opentime.TimeRange(*(otio.opentime.RationalTime(each, rate) for each in (90_000, 9000))),
        )
        media.name = name
        start = otio.opentime.RationalTime(90_000 + begin, rate)
        shown = otio.opentime.TimeRange(start, otio.opentime.RationalTime(length, rate))
        clip = otio.schema.Clip(name, media, shown)
        if speed != 1:
            clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))
        track.append(clip)
    return timeline


def placed(clips: Sequence[Any], rate: Fraction) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Begin in the media, in the cut, and length, in frames."""
    return [tuple(each * rate / 1000 for each in (clip.source_ms, clip.at_ms, clip.length_ms)) for clip in clips]


@pytest.mark.parametrize(("number", "rate"), [(25.0, Fraction(25)), (30000 / 1001, Fraction(30000, 1001))])
def test_otio_is_read_to_the_frame(number: float, rate: Fraction) -> None:
    text = otio.adapters.write_to_string(timeline_of(number), "otio_json")
    timeline = read(text.encode(), "cut.otio")
    clips = heard(timeline)
    assert timeline.rate == rate
    assert placed(clips, rate) == [(100, 0, 50), (0, 50, 75), (20, 125, 30), (400, 155, 1)]
    assert clips[0].names == ("anna", "anna.mov")
    assert not clips[0].by_timecode


def test_retimed_clips_of_otio_have_their_speed() -> None:
    text = otio.adapters.write_to_string(timeline_of(25.0, 2.0), "otio_json")
    assert {clip.speed for clip in heard(read(text.encode(), "cut.otio"))} == {2}


def test_an_edl_that_otio_writes_is_read_to_the_frame(tmp_path: Path) -> None:
    timeline = timeline_of(25.0)
    timeline.tracks[0].kind = otio.schema.TrackKind.Video
    otio.adapters.write_to_file(timeline, str(tmp_path / "cut.edl"), rate=25.0)
    clips = heard(read((tmp_path / "cut.edl").read_bytes(), "cut.edl", Fraction(25)))
    assert [(at, length) for _, at, length in placed(clips, Fraction(25))] == [(0, 50), (50, 75), (125, 30), (155, 1)]
    assert [source for source, _, _ in placed(clips, Fraction(25))] == [90_100, 90_000, 90_020, 90_400]
    assert "anna" in clips[0].names


def test_final_cut_xml_that_otio_writes_is_read_to_the_frame(tmp_path: Path) -> None:
    otio.adapters.write_to_file(timeline_of(25.0), str(tmp_path / "cut.xml"))
    clips = heard(read((tmp_path / "cut.xml").read_bytes(), "cut.xml"))
    assert placed(clips, Fraction(25)) == [(100, 0, 50), (0, 50, 75), (20, 125, 30), (400, 155, 1)]


def test_aaf_is_read_to_the_frame(tmp_path: Path) -> None:
    path = tmp_path / "cut.aaf"
    otio.adapters.write_to_file(timeline_of(25.0), str(path), use_empty_mob_ids=True)
    clips = heard(read(path.read_bytes(), "cut.aaf"))
    assert [(at, length) for _, at, length in placed(clips, Fraction(25))] == [(0, 50), (50, 75), (125, 30), (155, 1)]
    assert [clip.names[0] for clip in clips] == ["anna", "bo", "anna", "anna"]


# The library's reader of AAF leaves its file open when it fails.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_damaged_otio_is_told() -> None:
    with pytest.raises(ReplyError, match="OpenTimelineIO cannot read it"):
        read(b'{"OTIO_SCHEMA": "Timeline.1", "tracks": ', "cut.otio")
    with pytest.raises(ReplyError, match="OpenTimelineIO cannot read it"):
        read(b"\xd0\xcf\x11\xe0" + bytes(600), "cut.aaf")


def nested(**changes: Any) -> bytes:
    """A track with a nested sequence of which frames 20 to 60 are shown, after a gap of 10 frames."""
    inner = timeline_of(25.0).tracks[0].deepcopy()
    stack = otio.schema.Stack("nest", [inner], otio.opentime.TimeRange(*_times(20, 40)), **changes)
    outer = otio.schema.Timeline("cut")
    gap = otio.schema.Gap(source_range=otio.opentime.TimeRange(*_times(0, 10)))
    outer.tracks.append(otio.schema.Track("A1", [gap, stack], kind=otio.schema.TrackKind.Audio))
    return bytes(otio.adapters.write_to_string(outer, "otio_json").encode())


def _times(*frames: int) -> list[Any]:
    return [otio.opentime.RationalTime(each, 25) for each in frames]


def test_a_nested_sequence_shows_only_its_part() -> None:
    clips = heard(read(nested(), "cut.otio"))
    assert placed(clips, Fraction(25)) == [(120, 10, 30), (0, 40, 10)]


def test_a_nested_sequence_at_another_speed_is_left_out() -> None:
    with pytest.raises(ReplyError, match="no clips"):
        read(nested(effects=[otio.schema.LinearTimeWarp(time_scalar=2.0)]), "cut.otio")
