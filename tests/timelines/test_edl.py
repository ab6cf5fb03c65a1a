"""Edit decision lists of the shapes that Premiere, Resolve and Avid write."""

from fractions import Fraction

import pytest

from captioner.errors import CaptionerError, ConfigError, ReplyError
from captioner.timelines import Clip, read
from captioner.timelines.timeline import heard

PREMIERE = """TITLE: Sequence 01
FCM: NON-DROP FRAME

001  AX       V     C        00:00:10:00 00:00:14:00 00:00:00:00 00:00:04:00
* FROM CLIP NAME: interview-en.mp4

002  AX       A     C        00:00:10:00 00:00:14:00 00:00:00:00 00:00:04:00
* FROM CLIP NAME: interview-en.mp4

003  AX       AA/V  C        00:00:02:00 00:00:10:00 00:00:04:00 00:00:08:00
* FROM CLIP NAME: interview-en.mp4
M2   AX       050.0                00:00:02:00

004  BL       V     C        00:00:00:00 00:00:01:00 00:00:08:00 00:00:09:00
005  AX       V     C        00:00:30:00 00:00:30:00 00:00:09:00 00:00:09:00
005  AX       V     D    012 00:00:20:00 00:00:22:00 00:00:09:00 00:00:11:00
* FROM CLIP NAME: b.mov
* TO CLIP NAME: c.mov
"""
RESOLVE = """TITLE: Timeline 1
FCM: NON-DROP FRAME

001  A001C003 V     C        10:00:10:00 10:00:14:00 01:00:00:00 01:00:04:00
* FROM CLIP NAME: A001C003.mov
* LOC: 01:00:01:00 RED     hello
002  A001C003 V     C        10:00:02:00 10:00:06:00 01:00:04:00 01:00:08:00
M2   A001C003 -24.0                10:00:02:00
* FROM CLIP NAME: A001C003.mov
003  A001C003 V     C        10:00:02:00 10:00:06:00 01:00:08:00 01:00:12:00
M2   A001C003 000.0                10:00:02:00
"""
AVID = """TITLE:   STORY_12
FCM: DROP FRAME
000001  TAPE_07_LONG_NAME.A1 V     C        01:00:59;28 01:01:01;02 01:00:00;00 01:00:01;04 \r
* FROM CLIP NAME:  ANNA CU\r
* SOURCE FILE: ANNA CU.NEW.01\r
000002  TAPE_08                          A2    C        02:00:00;00 02:00:01;00 01:00:01;04 01:00:02;04 \r
"""


def clips_of(text: str, rate: Fraction | None = Fraction(25), track: str = "") -> tuple[Clip, ...]:
    return heard(read(text.encode(), "cut.edl", rate), track)


def test_captions_follow_the_tracks_that_are_heard() -> None:
    first, second = clips_of(PREMIERE)
    assert (first.number, first.names) == ("event 002", ("interview-en.mp4",))
    assert (first.source_ms, first.at_ms, first.length_ms, first.speed) == (10_000, 0, 4000, 1)
    assert (second.source_ms, second.at_ms, second.length_ms, second.speed) == (2000, 4000, 4000, 2)


def test_a_dissolve_is_the_clip_that_comes_and_black_is_none() -> None:
    seen = clips_of(PREMIERE, track="V1")
    assert [clip.names for clip in seen] == [("interview-en.mp4",), ("interview-en.mp4",), ("c.mov",)]
    assert (seen[-1].source_ms, seen[-1].at_ms, seen[-1].length_ms) == (20_000, 9000, 2000)


def test_speeds_stand_below_their_event_in_any_order() -> None:
    forwards, backwards, still = clips_of(RESOLVE, Fraction(24))
    assert (forwards.speed, backwards.speed, still.speed) == (1, -1, 0)
    assert forwards.names == ("A001C003.mov", "A001C003")
    assert forwards.at_ms == 0  # the hour that time code begins at is taken off
    assert forwards.source_ms == 36_010_000


def test_the_hour_that_was_taken_off_is_told() -> None:
    assert any("hour 01" in note for note in read(RESOLVE.encode(), "r.edl", Fraction(24)).notes)


def test_drop_frame_says_the_rate_and_skips_labels() -> None:
    timeline = read(AVID.encode(), "a.edl")
    assert timeline.rate == Fraction(30000, 1001)
    assert any("29.97" in note for note in timeline.notes)
    (picture,) = heard(timeline, "V")
    # 01:01:00;00 and ;01 do not exist: from 59;28 to 1:01;02 are 2 + 30 frames.
    assert picture.length_ms == 34 * 1000 / timeline.rate
    assert picture.names == ("ANNA CU", "ANNA CU.NEW.01", "TAPE_07_LONG_NAME.A1")


def test_a_speed_without_m2_is_taken_from_the_lengths_and_told() -> None:
    text = "001  AX V C 00:00:00:00 00:00:08:00 00:00:00:00 00:00:04:00\n* FROM CLIP NAME: a.mov\n"
    timeline = read(text.encode(), "cut.edl", Fraction(25))
    assert timeline.clips[0].speed == 2
    assert "event 001 shows 200 frames in 100: taken as played at 200 %" in timeline.notes[0]


def test_a_list_does_not_say_its_rate() -> None:
    with pytest.raises(ConfigError, match="--fps"):
        read(PREMIERE.encode(), "cut.edl")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("TITLE: nothing\n001  BL V C 00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00\n", "no clips"),
        ("001  AX V C 00:00:00:26 00:00:01:00 00:00:00:00 00:00:01:00\n", "line 1.*--fps"),
        ("just words\n", "is no list"),
        ("", "is no list"),
    ],
)
def test_what_is_no_list_is_refused(text: str, said: str) -> None:
    with pytest.raises(CaptionerError, match=said):
        read(text.encode(), "cut.edl", Fraction(25))


def test_a_track_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="no track A4; it has A1, A2, V1"):
        clips_of(PREMIERE, track="A4")


def test_utf16_and_other_bytes_are_read() -> None:
    assert read(PREMIERE.encode("utf-16"), "cut.edl", Fraction(25)).clips
    named = PREMIERE.replace("interview-en", "Gespräch")
    assert "Gespräch.mp4" in read(named.encode("latin-1"), "cut.edl", Fraction(25)).clips[0].names


def test_damaged_xml_is_told() -> None:
    with pytest.raises(ReplyError, match="damaged XML"):
        read(b"<?xml version='1.0'?><xmeml><sequence>", "cut.xml")
    with pytest.raises(ReplyError, match="another kind"):
        read(b"<html></html>", "cut.xml")


HEAD = "TITLE: CUT\nFCM: NON-DROP FRAME\n"
EVENT = "001  TALK     V     C        00:00:00:00 00:00:10:00 01:00:00:00 01:00:10:00\n"


@pytest.mark.parametrize(
    "line",
    [
        "002  TALK     V     C        00:00:40:00 00:00:50:00 01:00:10:00 01:00:20:0",
        "002  TALK     V     C        00:00:40:00 00:00:50:00 01:00:10:00",
        "002  TALK     V     X        00:00:40:00 00:00:50:00 01:00:10:00 01:00:20:00",
        "002A TALK     V              00:00:40:00 00:00:50:00 01:00:10:00 01:00:20:00",
    ],
)
def test_an_event_that_cannot_be_read_is_named_wherever_it_stands(line: str) -> None:
    with pytest.raises(ReplyError, match="line 4 looks like an event and cannot be read"):
        clips_of(HEAD + EVENT + line + "\n")


def test_time_code_goes_on_after_midnight() -> None:
    first, second = clips_of(
        HEAD
        + "001  TALK     V     C        23:59:50:00 00:00:05:00 23:59:50:00 00:00:05:00\n"
        + "002  TALK     V     C        00:00:10:00 00:00:20:00 00:00:05:00 00:00:15:00\n"
    )
    assert first.length_ms == 15_000
    assert first.speed == 1
    assert second.source_ms - first.source_ms == 20_000
    assert second.at_ms == first.end_ms


def test_a_drop_frame_day_has_fewer_frames() -> None:
    (clip,) = clips_of(
        "FCM: DROP FRAME\n001  TALK     V     C        23:59:59;00 00:00:01;00 01:00:00;00 01:00:02;00\n",
        rate=None,
    )
    assert clip.length_ms == Fraction(60 * 1001, 30)
    assert clip.speed == 1


def test_the_speed_of_the_clip_that_goes_is_not_that_of_the_one_that_comes() -> None:
    goes = "002  ANNA     V     C        00:00:10:00 00:00:10:00 01:00:10:00 01:00:10:00\n"
    comes = "002  TALK     V     D    025 00:00:20:00 00:00:30:00 01:00:10:00 01:00:20:00\n"
    speeds = "M2   ANNA     050.0                00:00:10:00\n"
    assert [clip.speed for clip in clips_of(HEAD + EVENT + goes + comes + speeds)] == [1, 1]


def test_sound_that_has_a_line_of_its_own_counts_as_sound() -> None:
    text = (
        HEAD
        + EVENT.replace(" V ", " A ")
        + EVENT.replace("001", "002").replace("V   ", "NONE").replace("01:00:", "01:01:")
        + "AUD  3    4\n"
    )
    assert [(clip.number, clip.track) for clip in clips_of(text)] == [("event 001", "A1"), ("event 002", "A3")]


def test_a_drop_frame_timeline_begins_at_its_hour() -> None:
    (clip,) = clips_of(
        "FCM: DROP FRAME\n001  TALK     V     C        00:00:00;00 00:00:02;00 01:00:05;00 01:00:07;00\n", rate=None
    )
    assert clip.at_ms == 150 * Fraction(1001, 30)


@pytest.mark.parametrize(
    ("mode", "rate", "frames"),
    [
        ("NON-DROP", Fraction(24000, 1001), 86_400),
        ("DROP", Fraction(30000, 1001), 107_892),
        ("NON-DROP", Fraction(25), 90_000),
    ],
)
def test_an_hour_of_time_code_lasts_as_long_as_its_frames(mode: str, rate: Fraction, frames: int) -> None:
    text = f"FCM: {mode} FRAME\n{EVENT}"
    assert read(text.encode(), "cut.edl", rate).hour_ms == frames * 1000 / rate
