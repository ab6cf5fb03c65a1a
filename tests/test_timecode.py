from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner import timecode as tc
from captioner.errors import ConfigError, FormatError, ReplyError

HOUR = 3_600_000
RATES = {
    "23.976": Fraction(24000, 1001),
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30000, 1001),
    "30": Fraction(30),
    "50": Fraction(50),
    "59.94": Fraction(60000, 1001),
    "60": Fraction(60),
}
DROP = [RATES["29.97"], RATES["59.94"]]


@pytest.mark.parametrize(
    ("ms", "srt", "vtt", "ass", "clock"),
    [
        (0, "00:00:00,000", "00:00:00.000", "0:00:00.00", "00:00:00"),
        (999, "00:00:00,999", "00:00:00.999", "0:00:00.99", "00:00:00"),
        (3_723_456, "01:02:03,456", "01:02:03.456", "1:02:03.45", "01:02:03"),
        (10 * HOUR - 1, "09:59:59,999", "09:59:59.999", "9:59:59.99", "09:59:59"),
    ],
)
def test_a_time_has_one_spelling_in_each_format(ms, srt, vtt, ass, clock):
    assert (tc.ms_to_srt(ms), tc.ms_to_vtt(ms), tc.ms_to_ass(ms), tc.ms_to_clock(ms)) == (srt, vtt, ass, clock)


@given(st.integers(0, 100 * HOUR - 1))
def test_what_is_spelled_reads_back(ms):
    assert tc.srt_to_ms(tc.ms_to_srt(ms)) == ms
    assert tc.vtt_to_ms(tc.ms_to_vtt(ms)) == ms
    assert tc.clock_to_ms(tc.ms_to_clock(ms)) == ms // 1000 * 1000
    if ms < 10 * HOUR:
        assert tc.ass_to_ms(tc.ms_to_ass(ms)) == ms // 10 * 10


def test_vtt_takes_more_than_a_hundred_hours_and_leaves_out_no_digit():
    assert tc.ms_to_vtt(123 * HOUR) == "123:00:00.000"
    assert tc.vtt_to_ms("123:00:00.000") == 123 * HOUR
    assert tc.vtt_to_ms("01:02.003") == 62_003


@pytest.mark.parametrize(
    ("spell", "ms"),
    [
        (tc.ms_to_srt, -1),
        (tc.ms_to_srt, 100 * HOUR),
        (tc.ms_to_vtt, -1),
        (tc.ms_to_ass, -1),
        (tc.ms_to_ass, 10 * HOUR),
    ],
)
def test_a_time_the_format_cannot_hold_is_refused_and_never_clamped(spell, ms):
    with pytest.raises(FormatError, match=r"\d+:\d\d:\d\d\.\d{3}"):
        spell(ms)


@pytest.mark.parametrize("text", ["", "1", "00:60:00,000", "00:00:61,000", "00:00:00", "٠٠:٠٠:٠٠,٠٠٠", "-1:00:00,000"])
@pytest.mark.parametrize("read", [tc.srt_to_ms, tc.vtt_to_ms, tc.ass_to_ms])
def test_a_text_that_is_no_time_is_refused(read, text):
    with pytest.raises(ReplyError, match="is not"):
        read(text)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        *RATES.items(),
        ("23.98", RATES["23.976"]),
        ("23.9760239", RATES["23.976"]),
        (" 30000/1001 ", RATES["29.97"]),
        (29.97, RATES["29.97"]),
        (25, Fraction(25)),
        ("25.0", Fraction(25)),
        (Fraction(60000, 1001), RATES["59.94"]),
        ("12.5", Fraction(25, 2)),
        ("119.88", Fraction(120000, 1001)),
    ],
)
def test_a_frame_rate_is_read_exactly(text, rate):
    assert tc.parse_rate(text) == rate
    assert tc.parse_rate(tc.format_rate(rate)) == rate


@pytest.mark.parametrize("text", ["", "PAL", "0", "-25", "25/0", "nan", "inf", "1e9"])
def test_a_frame_rate_that_is_none_is_refused(text):
    with pytest.raises(ConfigError, match="frame rate"):
        tc.parse_rate(text)


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES.keys())
def test_every_frame_of_ten_minutes_survives_milliseconds_and_labels(rate):
    frames_in_ten_minutes = int(600 * rate) + 2
    for start in (0, int(3600 * rate) - 300):
        for n in range(start, start + (frames_in_ten_minutes if start == 0 else 600)):
            ms = tc.frames_to_ms(n, rate)
            assert ms * rate.numerator <= n * 1000 * rate.denominator
            assert tc.ms_to_frames(ms, rate) == n
            assert tc.timecode_to_frames(tc.frames_to_timecode(n, rate), rate) == n


@pytest.mark.parametrize("rate", DROP, ids=["29.97", "59.94"])
def test_every_drop_frame_label_of_ten_minutes_and_across_the_hour_reads_back_in_order(rate):
    ten_minutes = 17_982 if rate == DROP[0] else 35_964
    for start, count in ((0, ten_minutes + 10), (6 * ten_minutes - 2000, 4000), (24 * 6 * ten_minutes - 1000, 1000)):
        labels = [tc.frames_to_timecode(n, rate, drop=True) for n in range(start, start + count)]
        assert labels == sorted(set(labels))
        assert [tc.timecode_to_frames(label, rate) for label in labels] == list(range(start, start + count))


@pytest.mark.parametrize(
    ("rate", "frames", "label"),
    [
        (DROP[0], 1799, "00:00:59;29"),
        (DROP[0], 1800, "00:01:00;02"),
        (DROP[0], 17_981, "00:09:59;29"),
        (DROP[0], 17_982, "00:10:00;00"),
        (DROP[0], 107_892, "01:00:00;00"),
        (DROP[1], 3599, "00:00:59;59"),
        (DROP[1], 3600, "00:01:00;04"),
        (DROP[1], 215_784, "01:00:00;00"),
    ],
)
def test_drop_frame_counts_as_published(rate, frames, label):
    assert tc.frames_to_timecode(frames, rate, drop=True) == label
    assert tc.timecode_to_frames(label, rate) == frames


@pytest.mark.parametrize("rate", DROP, ids=["29.97", "59.94"])
def test_drop_frame_stays_with_the_clock_for_a_day(rate):
    for hour in range(24):
        n = tc.timecode_to_frames(f"{hour:02d}:00:00;00", rate)
        assert abs(tc.frames_to_ms(n, rate) - hour * HOUR) <= 90  # about -86 ms after 24 h, by arithmetic


def test_an_hour_of_non_drop_29_97_is_3_6_seconds_long():
    assert tc.frames_to_ms(tc.timecode_to_frames("01:00:00:00", DROP[0]), DROP[0]) == HOUR + 3600


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("00:01:00;00", DROP[0]),
        ("00:01:00;01", DROP[0]),
        ("00:59:00;03", DROP[1]),
        ("00:00:00:25", Fraction(25)),
        ("00:00:00:24", RATES["23.976"]),
        ("00:00:60:00", Fraction(25)),
        ("24:00:00:00", Fraction(25)),
        ("00:00:00;00", Fraction(25)),
        ("1:00:00:00", Fraction(25)),
        ("", Fraction(25)),
    ],
)
def test_a_label_that_does_not_exist_is_refused(text, rate):
    with pytest.raises(ConfigError, match="time code"):
        tc.timecode_to_frames(text, rate)


def test_a_caller_may_know_better_than_the_separator():
    assert tc.timecode_to_frames("01:00:00:00", DROP[0], drop=True) == 107_892
    assert tc.timecode_to_frames("01:00:00;00", DROP[0], drop=False) == 108_000


@pytest.mark.parametrize(
    ("frames", "rate", "drop"),
    [(-1, Fraction(25), False), (24 * 3600 * 25, Fraction(25), False), (0, Fraction(25), True)],
)
def test_a_frame_without_a_label_is_refused(frames, rate, drop):
    with pytest.raises(FormatError):
        tc.frames_to_timecode(frames, rate, drop)


def test_rounding_to_frames_can_be_chosen():
    assert [tc.ms_to_frames(59, Fraction(25), r) for r in ("floor", "nearest", "ceil")] == [1, 1, 2]
    assert [tc.ms_to_frames(60, Fraction(25), r) for r in ("floor", "nearest", "ceil")] == [1, 2, 2]
    assert [tc.frames_to_ms(1, RATES["29.97"], r) for r in ("floor", "nearest", "ceil")] == [33, 33, 34]


@pytest.mark.parametrize("text", ["1e999999999", "9" * 31, "1/" + "9" * 31, "nan", "", "1_0", "1//2"])
def test_numbers_that_cannot_be_counted_out_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a number"):
        tc.parse_rate(text)
