"""Times on frames: never late, never overlapping, gaps in frames, shots respected."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner import style
from captioner.errors import ConfigError
from captioner.layout.frames import FrameLimits, clip_to_media, shots_from_text, snap_to_frames, to_frames
from captioner.model import Cue, Line
from captioner.timecode import (
    Rounding,
    frames_to_ms,
    frames_to_timecode,
    ms_to_frames,
    supports_drop_frame,
    timecode_to_frames,
)

RATES = [Fraction(text) for text in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")]
NETFLIX = style.load_style("netflix").for_language("en")


def cue(start_ms: int, end_ms: int) -> Cue:
    return Cue(start_ms, end_ms, (Line("Good evening."),))


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_every_frame_of_ten_minutes_survives_milliseconds_and_is_shown_on_its_frame(rate: Fraction) -> None:
    for frame in range(int(600 * rate) + 1):
        ms = frames_to_ms(frame, rate)
        assert ms_to_frames(ms, rate) == frame
        assert ms * rate <= frame * 1000  # a player that shows the caption while start <= time is not a frame late


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("rounding", ["floor", "nearest", "ceil"])
def test_every_rounding_of_a_frame_finds_its_way_back(rate: Fraction, rounding: Rounding) -> None:
    for frame in range(8_000):
        assert ms_to_frames(frames_to_ms(frame, rate, rounding), rate) == frame


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_an_importer_that_cuts_down_to_frames_finds_the_frame_of_a_ceiled_time(rate: Fraction) -> None:
    for frame in range(8_000):
        assert ms_to_frames(frames_to_ms(frame, rate, "ceil"), rate, "floor") == frame


@pytest.mark.parametrize("rate", [rate for rate in RATES if supports_drop_frame(rate)], ids=str)
def test_drop_frame_labels_round_trip_and_skip_what_they_do_not_have(rate: Fraction) -> None:
    nominal = round(rate)
    labels = {frames_to_timecode(frame, rate, True) for frame in range(int(600 * rate) + 1)}
    for frame in range(int(1200 * rate)):
        assert timecode_to_frames(frames_to_timecode(frame, rate, True), rate) == frame
    for minute in range(1, 10):
        for dropped in range(nominal // 15):
            label = f"00:{minute:02d}:00;{dropped:02d}"
            assert label not in labels
            with pytest.raises(ConfigError, match="left out"):
                timecode_to_frames(label, rate)


@pytest.mark.parametrize(
    ("rate", "half", "nearest_before_cut", "two_frames_ms"),
    [
        # half a second in frames, the snap zone before a cut and two frames, as published for each rate
        ("24000/1001", 12, 7, 83),
        ("24", 12, 7, 83),
        ("25", 13, 7, 80),
        ("30000/1001", 15, 9, 66),
        ("30", 15, 9, 66),
        ("50", 25, 15, 40),
        ("60000/1001", 30, 18, 33),
        ("60", 30, 18, 33),
    ],
)
def test_the_zones_scale_with_the_rate(rate: str, half: int, nearest_before_cut: int, two_frames_ms: int) -> None:
    grid = FrameLimits.from_style(NETFLIX, Fraction(rate))
    assert (grid.chain, grid.zone, grid.snap, grid.gap) == (half, half, nearest_before_cut, 2)
    assert frames_to_ms(grid.gap, grid.rate) == two_frames_ms


@pytest.mark.parametrize(
    ("gap_frames", "kept"),
    [(0, 2), (1, 2), (2, 2), (3, 2), (11, 2), (12, 12), (13, 13), (48, 48)],
)
def test_a_gap_is_two_frames_or_at_least_half_a_second(gap_frames: int, kept: int) -> None:
    rate = Fraction(24)
    second = 72 + gap_frames
    cues = (cue(0, frames_to_ms(72, rate)), cue(frames_to_ms(second, rate), frames_to_ms(second + 48, rate)))
    (_, end), (start, _) = to_frames(snap_to_frames(cues, NETFLIX, rate), rate)
    assert start - end == kept


@pytest.mark.parametrize(
    ("start", "moved"),
    # frames around a cut at 240, 24 a second: on it within half a second after or 7 before, else half a second before
    [(227, 227), (228, 228), (229, 228), (232, 228), (233, 240), (239, 240), (240, 240), (251, 240), (252, 252)],
)
def test_an_in_time_near_a_cut_goes_onto_it_or_leaves_it(start: int, moved: int) -> None:
    rate = Fraction(24)
    cues = [cue(frames_to_ms(start, rate), frames_to_ms(start + 60, rate))]
    (found, _), *_ = to_frames(snap_to_frames(cues, NETFLIX, rate, shots=[10_000]), rate)
    assert found == moved


@pytest.mark.parametrize(
    ("end", "moved"), [(227, 227), (229, 238), (238, 238), (240, 238), (245, 238), (251, 238), (252, 252)]
)
def test_an_out_time_near_a_cut_goes_two_frames_before_it(end: int, moved: int) -> None:
    rate = Fraction(24)
    cues = [cue(frames_to_ms(150, rate), frames_to_ms(end, rate))]
    ((_, found),) = to_frames(snap_to_frames(cues, NETFLIX, rate, shots=[10_000]), rate)
    assert found == moved


def test_an_out_time_that_would_leave_too_little_before_the_cut_stays_well_after_it() -> None:
    rate = Fraction(24)
    cues = [cue(frames_to_ms(226, rate), frames_to_ms(246, rate))]
    ((start, end),) = to_frames(snap_to_frames(cues, NETFLIX, rate, shots=[10_000]), rate)
    assert (start, end) == (226, 252)


LENGTHS = st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 9000)), min_size=1, max_size=12)


def laid_out(lengths: list[tuple[int, int]]) -> list[Cue]:
    cues, at = [], 0
    for gap, length in lengths:
        cues.append(cue(at + gap, at + gap + length))
        at += gap + length
    return cues


@given(LENGTHS, st.sampled_from(RATES), st.lists(st.integers(0, 60_000), max_size=8))
def test_snapped_captions_lie_on_frames_in_order_and_do_not_overlap(
    lengths: list[tuple[int, int]], rate: Fraction, shots: list[int]
) -> None:
    snapped = snap_to_frames(laid_out(lengths), NETFLIX, rate, shots=shots)
    for one in snapped:
        assert one.start_ms == frames_to_ms(ms_to_frames(one.start_ms, rate), rate)
        assert one.end_ms == frames_to_ms(ms_to_frames(one.end_ms, rate), rate)
        assert one.start_ms < one.end_ms
    for one, other in pairwise(snapped):
        assert one.end_ms <= other.start_ms


@given(LENGTHS, st.sampled_from(RATES), st.lists(st.integers(1100, 9000), max_size=8))
def test_snapping_twice_is_snapping_once(lengths: list[tuple[int, int]], rate: Fraction, takes: list[int]) -> None:
    shots = list(accumulate(takes))  # shots of a second or more: shorter ones leave no room for both zones
    once = snap_to_frames(laid_out(lengths), NETFLIX, rate, shots=shots)
    assert snap_to_frames(once, NETFLIX, rate, shots=shots) == once


@given(LENGTHS, st.sampled_from(RATES))
def test_without_shots_a_begin_moves_by_half_a_frame_at_the_most(
    lengths: list[tuple[int, int]], rate: Fraction
) -> None:
    cues = [one for one in laid_out(lengths) if one.end_ms - one.start_ms > 100]
    for before, after in zip(cues, snap_to_frames(cues, NETFLIX, rate), strict=True):
        assert abs(before.start_ms - after.start_ms) <= 500 / rate + 1


def test_rounding_up_is_for_importers_that_cut() -> None:
    rate = Fraction(30_000, 1001)
    (floored,) = snap_to_frames([cue(1001, 3003)], NETFLIX, rate)
    (ceiled,) = snap_to_frames([cue(1001, 3003)], NETFLIX, rate, rounding="ceil")
    assert (floored.start_ms, ceiled.start_ms) == (1001, 1001)
    assert (floored.end_ms, ceiled.end_ms) == (3003, 3003)
    (floored,) = snap_to_frames([cue(1040, 3040)], NETFLIX, rate)
    (ceiled,) = snap_to_frames([cue(1040, 3040)], NETFLIX, rate, rounding="ceil")
    assert ceiled.start_ms - floored.start_ms == 1


def test_a_caption_ends_with_the_media() -> None:
    assert [one.end_ms for one in clip_to_media([cue(0, 900), cue(1000, 2500), cue(2600, 2700)], 2000)] == [
        900,
        2000,
        2700,
    ]
    assert clip_to_media([cue(0, 900)], 0)[0].end_ms == 900


def test_shot_lists_are_seconds_or_time_codes() -> None:
    assert shots_from_text("# scene list\n12.48, 3\n00:00:20:12\n", Fraction(24)) == (3000, 12_480, 20_500)


@pytest.mark.parametrize(("text", "complaint"), [("12.x", "neither"), ("00:00:01:00", "--fps")])
def test_a_shot_list_that_cannot_be_read_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        shots_from_text(text)
