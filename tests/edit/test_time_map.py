"""Clocks: from the time in a file to the right one."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.edit import DropFrameRelabel, Linear
from captioner.errors import ConfigError, FormatError
from captioner.timecode import frames_to_ms, timecode_to_frames

NTSC_24, NTSC_30, NTSC_60 = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)
HOUR = 3_600_000
times = st.integers(0, 20 * HOUR)


@pytest.mark.parametrize(
    ("made_for", "shown_at", "hour_becomes"),
    [
        (Fraction(25), NTSC_24, 3_753_750),  # 90 000 frames of the PAL version at 23.976
        (NTSC_24, Fraction(25), 3_452_547),
        (Fraction(24), Fraction(25), 3_456_000),
        (Fraction(30), NTSC_30, 3_603_600),
        (Fraction(25), Fraction(25), HOUR),
    ],
)
def test_frames_keep_their_number_at_another_rate(made_for: Fraction, shown_at: Fraction, hour_becomes: int) -> None:
    assert Linear.between_rates(made_for, shown_at).at(HOUR) == hour_becomes


def test_two_points_come_out_where_they_should() -> None:
    clock = Linear.from_two_points((10_000, 12_345), (3_000_000, 3_010_001))
    assert (clock.at(10_000), clock.at(3_000_000)) == (12_345, 3_010_001)


@given(times, times, st.integers(-HOUR, HOUR))
def test_a_straight_clock_keeps_order_and_length(a: int, b: int, offset: int) -> None:
    clock = Linear(offset_ms=Fraction(offset))
    assert clock.at(b) - clock.at(a) == b - a


@pytest.mark.parametrize("points", [((5, 0), (5, 9)), ((0, 0), (1000, 5000)), ((0, 9000), (1000, 0))])
def test_points_that_cannot_be_are_refused(points: tuple[tuple[int, int], tuple[int, int]]) -> None:
    with pytest.raises(ConfigError, match="points"):
        Linear.from_two_points(*points)


@pytest.mark.parametrize(
    ("drop", "was", "should_be"),
    [
        (False, "01:00:00;00", "01:00:00:00"),
        (True, "01:00:00:00", "01:00:00;00"),
        (False, "00:09:59;29", "00:09:59:29"),
        (True, "00:09:59:29", "00:09:59;29"),
        (True, "00:01:00:00", "00:01:00;02"),  # a label drop-frame leaves out
        (True, "00:10:00:00", "00:10:00;00"),
    ],
)
def test_labels_are_read_by_the_other_count(drop: bool, was: str, should_be: str) -> None:
    read = frames_to_ms(timecode_to_frames(was, NTSC_30), NTSC_30)
    right = frames_to_ms(timecode_to_frames(should_be, NTSC_30), NTSC_30)
    assert DropFrameRelabel(NTSC_30, drop).at(read) == right


@pytest.mark.parametrize("rate", [NTSC_30, NTSC_60])
@given(ms=times)
def test_wrong_labels_drift_by_a_thousandth_and_no_more_than_the_labels_left_out(rate: Fraction, ms: int) -> None:
    # Two labels (67 ms) that come all at once, two more moved on, and drop-frame's own error of 86 ms a day.
    assert abs(DropFrameRelabel(rate, False).at(ms) - ms * Fraction(1001, 1000)) < 67 + 72
    assert abs(DropFrameRelabel(rate, True).at(ms) - ms * Fraction(1000, 1001)) < 134 + 72


@given(times, times)
def test_labels_never_turn_two_times_round(a: int, b: int) -> None:
    for drop in (True, False):
        clock = DropFrameRelabel(NTSC_30, drop)
        assert (clock.at(min(a, b)) <= clock.at(max(a, b)) + 67) if drop else clock.at(min(a, b)) <= clock.at(max(a, b))


def test_labels_refuse_rates_without_drop_frame_and_times_before_zero() -> None:
    with pytest.raises(ConfigError, match="exists at"):
        DropFrameRelabel(Fraction(25), True)
    with pytest.raises(FormatError, match="before the start"):
        DropFrameRelabel(NTSC_30, True).at(-1)
